import type { ScheduledMessage, UpdateScheduledMessage } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'

type Scheduled = ChatState['scheduled']

/** What is to be sent to a conversation, the next one first; those that have failed wait for somebody to change them. */
export function scheduledIn(scheduled: Scheduled, conversationId: string): ScheduledMessage[] {
  return Object.values(scheduled)
    .filter((one) => one.conversationId === conversationId)
    .sort((a, b) => Date.parse(a.sendAt) - Date.parse(b.sendAt))
}

/** With what has become of one. One that was sent or cancelled is told of once more, and never heard of again. */
export function withScheduled(held: Scheduled, told: ScheduledMessage): Scheduled {
  const known = held[told.id]
  if (known && Date.parse(known.updatedAt) > Date.parse(told.updatedAt)) return held
  const { [told.id]: _before, ...others } = held
  // what waits for somebody to look at it has no words here any more
  const isOver = told.status === 'sent' || told.status === 'cancelled' || told.message === null
  return isOver ? others : { ...held, [told.id]: told }
}

/** All of them, as they were listed, and what has become of them since they were asked for. */
export function withListed(held: Scheduled, before: Scheduled, listed: readonly ScheduledMessage[]): Scheduled {
  const told = new Set([...Object.keys(held), ...Object.keys(before)].filter((id) => held[id] !== before[id]))
  const since = Object.values(held).filter(({ id }) => told.has(id))
  return [...listed.filter(({ id }) => held[id] || !told.has(id)), ...since].reduce(withScheduled, {})
}

interface ScheduledMessagesDeps {
  store: ChatStore
  /** Each rejects with `RequestFailure`. */
  list(): Promise<readonly ScheduledMessage[]>
  schedule(input: ToSchedule): Promise<ScheduledMessage>
  update(input: UpdateScheduledMessage): Promise<ScheduledMessage>
  cancel(scheduledMessageId: string): Promise<unknown>
}

export interface ToSchedule {
  conversationId: string
  content: string
  replyTo?: string
  sendAt: string
  /** The same again is the same one. */
  clientId: string
}

/** One's own messages that wait for their time. */
export class ScheduledMessages {
  readonly #deps: ScheduledMessagesDeps

  constructor(deps: ScheduledMessagesDeps) {
    this.#deps = deps
  }

  /** All of them: nobody has more than one page. Without an answer what is known stays. */
  async load(): Promise<void> {
    const { store, list } = this.#deps
    const before = store.getState().scheduled
    const scheduled = await list().catch(() => null)
    if (scheduled) store.dispatch({ type: 'scheduled_known', scheduled, before })
  }

  /** @throws RequestFailure */
  async add(input: ToSchedule): Promise<void> {
    this.#hear(await this.#deps.schedule(input))
  }

  /** Other words, or another time. @throws RequestFailure */
  async change(scheduledMessageId: string, changes: { content: string; sendAt: string }): Promise<void> {
    this.#hear(await this.#deps.update({ scheduledMessageId, ...changes }))
  }

  /** @throws RequestFailure */
  async cancel(scheduled: ScheduledMessage): Promise<void> {
    await this.#deps.cancel(scheduled.id)
    this.#hear({ ...scheduled, status: 'cancelled' })
  }

  #hear(scheduled: ScheduledMessage): void {
    this.#deps.store.dispatch({ type: 'scheduled_changed', scheduled })
  }
}
