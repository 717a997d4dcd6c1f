import type { BrowserStorage } from '../identity/browser-storage.ts'
import type { RestApi } from '../net/rest-api.ts'
import type { Broadcast } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'

const DISMISSED = 'dismissed-broadcasts'
/** More than a server lists. */
const KEPT = 200
/** What is older is no news to somebody who comes. */
const SHOWN_DAYS = 7
/** As many as there are banners for. */
const LISTED = 3
const LOOKED_AT = 100

export interface AnnouncementsDeps {
  store: ChatStore
  list: RestApi['listBroadcasts']
  /** This person's; null before it is known who they are. */
  storage(): BrowserStorage | null
  now(): number
}

/** What admins say to everybody. It stays until somebody puts it away, over reloads, and comes to those who were away. */
export class Announcements {
  readonly #deps: AnnouncementsDeps

  constructor(deps: AnnouncementsDeps) {
    this.#deps = deps
  }

  /** What was said lately. Without an answer, what has been heard stays. */
  async load(): Promise<void> {
    const { list, now } = this.#deps
    const answer = await list({ limit: LISTED }).catch(() => null)
    const since = now() - SHOWN_DAYS * 86_400_000
    for (const broadcast of answer?.data.toReversed() ?? []) if (Date.parse(broadcast.at) > since) this.hear(broadcast)
  }

  /** Shows these again, put away or not, as far as they are still listed. */
  async showAgain(ids: readonly string[]): Promise<void> {
    const answer = await this.#deps.list({ limit: LOOKED_AT }).catch(() => null)
    for (const broadcast of answer?.data.toReversed() ?? [])
      if (ids.includes(broadcast.id)) this.#deps.store.dispatch({ type: 'broadcast_heard', broadcast })
  }

  hear(broadcast: Broadcast): void {
    if (!this.#dismissed().includes(broadcast.id)) this.#deps.store.dispatch({ type: 'broadcast_heard', broadcast })
  }

  dismiss(id: string): void {
    const { store, storage } = this.#deps
    store.dispatch({ type: 'broadcast_dismissed', id })
    storage()?.set(DISMISSED, JSON.stringify([...this.#dismissed(), id].slice(-KEPT)))
  }

  #dismissed(): string[] {
    try {
      const stored: unknown = JSON.parse(this.#deps.storage()?.get(DISMISSED) ?? '[]')
      return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : []
    } catch {
      return []
    }
  }
}
