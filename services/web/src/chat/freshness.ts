import type { ServerEvent, ServerEventName } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'

/** Each says one change of a conversation besides its messages. */
const CHANGES: ReadonlySet<ServerEventName> = new Set<ServerEventName>([
  ...(['message_updated', 'messages_read', 'messages_delivered', 'new_conversation', 'conversation_updated'] as const),
  ...(['participant_joined', 'participant_left'] as const),
])

/** Above this, receipts are told together, and how often says nothing of how many there were. */
const MAX_COUNTED_PARTICIPANTS = 50

interface Heard {
  /** Where the server said that the conversation's changes stood; null: it has not said so on this socket. */
  rev: number | null
  /** Changes heard since. */
  changes: number
}

interface FreshnessDeps {
  state(): Pick<ChatState, 'conversations' | 'timelines'>
  /** Brings whatever was missed. */
  sync(): Promise<void>
}

/** Compares what this page has heard of conversations with where the server says that they stand, and syncs when it has missed something. */
export class Freshness {
  readonly #deps: FreshnessDeps
  readonly #heard = new Map<string, Heard>()

  constructor(deps: FreshnessDeps) {
    this.#deps = deps
  }

  /** A new socket: what was missed until then is synced in any case. */
  restart(): void {
    this.#heard.clear()
  }

  hear(name: ServerEventName, conversationId: string | null): void {
    const heard = conversationId !== null && CHANGES.has(name) ? this.#heard.get(conversationId) : undefined
    if (heard) heard.changes++
  }

  compare({ heads }: ServerEvent<'heads'>): void {
    // each of them, for all are remembered
    const missed = heads.filter((head) => this.#hasMissed(head))
    if (missed.length > 0) void this.#deps.sync()
  }

  #hasMissed({ conversationId, seq, rev }: ServerEvent<'heads'>['heads'][number]): boolean {
    const { conversations, timelines } = this.#deps.state()
    const conversation = conversations[conversationId]
    if (!conversation) return false
    const heard = this.#heard.get(conversationId) ?? { rev: null, changes: 0 }
    this.#heard.set(conversationId, { rev, changes: 0 })
    const here = Math.max(conversation.lastSeq, timelines[conversationId]?.messages.at(-1)?.seq ?? 0)
    if (seq > here) return true
    if (conversation.participantCount > MAX_COUNTED_PARTICIPANTS) return false
    return heard.rev !== null && rev > heard.rev + heard.changes
  }
}
