import type { Audience, HappenedNews } from '@parley/contracts'
import type { Store } from '../ports/store.ts'
import type { ReadMark } from '../ports/told.ts'
import { workerOf } from '../worker.ts'
import type { WrittenIn } from './hear-messages.ts'

export interface FollowDeps {
  store: Pick<Store, 'isNewsRead'>
  audience: Pick<Audience, 'newsAfter'>
  /** Something was written: these conversations will be looked at. */
  written: (written: readonly WrittenIn[]) => Promise<void>
  /** Something else happened that people are told of. */
  happened: (happened: readonly HappenedNews[]) => Promise<void>
  /** Somebody has read what they were told of. */
  read: (mark: ReadMark) => Promise<void>
}

export interface Followed {
  position: string
  /** There is more at once. */
  more: boolean
}

/** So many who have read what they were told of are seen to at once. */
const READERS_AT_ONCE = 8
/** News are of all tenants, and are asked for as any of them. */
const ANY_TENANT = 'default'

/**
 * One step along the log of what happens. Whatever follows from it is stored when this resolves; doing a step again changes nothing. The
 * log is asked, and not the stream: of a busy conversation it says once a second what the stream says of each message.
 */
export function followNews({ store, audience, ...heard }: FollowDeps): (position: string | null) => Promise<Followed> {
  return async (position) => {
    const { written, read, happened = [], ...followed } = await audience.newsAfter(workerOf(ANY_TENANT), { position })
    await heard.written(written.map(({ at, ...place }) => ({ ...place, at: Date.parse(at) })))
    if (happened.length > 0) await heard.happened(happened)
    const isNews = read.length === 0 ? [] : await store.isNewsRead(read)
    const readers = read.filter((_, i) => isNews[i])
    for (let i = 0; i < readers.length; i += READERS_AT_ONCE)
      await Promise.all(readers.slice(i, i + READERS_AT_ONCE).map(heard.read))
    return followed
  }
}
