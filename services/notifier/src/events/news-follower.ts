import { randomUUID } from 'node:crypto'
import type { Logger, Reading } from '@parley/runtime'
import type { Followed } from '../domain/look/follow-news.ts'
import type { NewsProgress } from '../domain/ports/news-progress.ts'

/** Whoever has not gone on for so long has died over it, and another does. */
const LEASE_MS = 5_000
const FAILED_MS = 2_000
/** A message is not told of before its delay is over, so nothing comes later by asking for news now and then. */
const EVERY_MS = 1_000

export interface NewsFollowerOptions {
  progress: NewsProgress
  follow: (position: string | null) => Promise<Followed>
  delayMs: number
  log: Logger
  show?: ((reading: Reading) => void) | undefined
}

/** Follows what happens, one worker at a time: another goes on where it ends, or has died. */
export function createNewsFollower({ progress, follow, delayMs, log, show }: NewsFollowerOptions) {
  const everyMs = Math.min(EVERY_MS, Math.max(delayMs / 4, 20))
  const holder = randomUUID()
  /** What this worker holds, since when. */
  let held: { position: string | null; at: number } | undefined
  let followedAt = Date.now()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let failures = 0
  let isClosed = false

  const hold = async () => {
    if (held && Date.now() - held.at < LEASE_MS / 2) return held
    const at = Date.now()
    const found = await progress.hold(holder, LEASE_MS)
    held = found && { ...found, at }
    return held
  }
  /** Milliseconds until the next step. */
  const step = async (): Promise<number> => {
    const mine = await hold()
    if (!mine) {
      followedAt = Date.now()
      return LEASE_MS / 2
    }
    const at = Date.now()
    const { position, more } = await follow(mine.position)
    if (position !== mine.position)
      held = (await progress.advance(holder, position, LEASE_MS)) ? { position, at } : undefined
    if (!more) followedAt = at
    return more ? 0 : everyMs
  }
  const pass = async (): Promise<number> => {
    try {
      const ms = await step()
      if (failures > 1) log.info('news are followed again')
      failures = 0
      return ms
    } catch (err) {
      // once is nothing: where all start together, whoever is asked may not be there yet
      if (++failures === 2) log.warn({ err }, 'news are not followed; trying on')
      return FAILED_MS
    }
  }
  const schedule = (ms: number) => {
    if (isClosed) return
    timer = setTimeout(() => {
      running = pass().then(schedule)
    }, ms)
  }
  show?.({
    name: 'parley_notifier_news_lag_seconds',
    help: 'Since when it is not known what was written and read, of who has to be told; of the one worker that asks',
    read: async () => Math.max(0, (Date.now() - followedAt - everyMs) / 1_000),
  })
  return {
    start: () => schedule(0),
    async close() {
      isClosed = true
      clearTimeout(timer)
      await running
      if (held) await progress.release(holder).catch((err) => log.info({ err }, 'others wait until the lease is over'))
    },
  }
}
