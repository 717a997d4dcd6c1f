import type { Notification, NotificationChange } from '@parley/contracts'
import type { NotificationsApi } from '../net/rest-api.ts'

const PAGE = 30

export interface NotificationListState {
  /** How many are unread, up to 100; null until it is known. */
  unread: number | null
  /** Another number each time that something has changed: what was listed before may be old. */
  version: number
}

interface NotificationListDeps {
  api: Pick<NotificationsApi, 'countNotifications' | 'listNotifications' | 'markNotificationsRead'>
  /** Where in its conversation a message stands. */
  seqOf(messageId: string): Promise<number>
}

/** What this person was told of while they were away, and how much of it is unread. */
export class NotificationList {
  readonly #deps: NotificationListDeps
  readonly #listeners = new Set<() => void>()
  #state: NotificationListState = { unread: null, version: 0 }

  constructor(deps: NotificationListDeps) {
    this.#deps = deps
  }

  readonly getState = (): NotificationListState => this.#state

  /** Returns its own undoing. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Without an answer what is known stays; what is heard live meanwhile is newer. */
  async count(): Promise<void> {
    const { version } = this.#state
    const count = await this.#deps.api.countNotifications().catch(() => null)
    if (count && version === this.#state.version) this.#set(count.unreadCount)
  }

  /** Something is new, counts more, or was read: here or on another device. */
  hear({ unreadCount }: NotificationChange): void {
    this.#set(unreadCount)
  }

  /** A page of them, the latest first. @throws RequestFailure */
  page = (cursor?: string) => this.#deps.api.listNotifications({ limit: PAGE, cursor })

  /** What came after the newest that was seen stays unread. @throws RequestFailure */
  async markSeen(newest: Notification): Promise<void> {
    const { unreadCount } = await this.#deps.api.markNotificationsRead({ upTo: newest.updatedAt })
    this.#set(unreadCount)
  }

  async markRead({ id, readAt }: Notification): Promise<void> {
    if (readAt !== null) return
    // Not said: it stays unread, and is there the next time.
    const answer = await this.#deps.api.markNotificationsRead({ ids: [id] }).catch(() => null)
    if (answer) this.#set(answer.unreadCount)
  }

  /** Whoever looks at a conversation has seen what they were told of there, also where there is nothing to read. */
  async look(conversationId: string): Promise<void> {
    if (!this.#state.unread) return
    const answer = await this.#deps.api.markNotificationsRead({ conversationId }).catch(() => null)
    if (answer && answer.unreadCount !== this.#state.unread) this.#set(answer.unreadCount)
  }

  /** Where its newest message stands; null: in none that can still be seen. */
  async placeOf({ messages }: Notification): Promise<number | null> {
    const newest = messages.at(-1)
    return newest ? await this.#deps.seqOf(newest.messageId).catch(() => null) : null
  }

  #set(unread: number): void {
    this.#state = { unread, version: this.#state.version + 1 }
    for (const listener of [...this.#listeners]) listener()
  }
}
