import type {
  Actor,
  Conversation,
  ConversationChanges,
  Message,
  ReplyPreview,
  Sync,
  SyncResult,
} from '@parley/contracts'
import { previewOf } from '@parley/contracts/message-text'

/** A conversation as a device holds it, its messages by seq. */
export interface Held {
  conversation: Conversation
  messages: Map<number, Message>
}

/** What a device asks of the service. */
export interface Service {
  sync(input: Sync): Promise<SyncResult>
  /** What stands before a message, as much as one page has. */
  before(conversationId: string, seq: number): Promise<{ data: Message[]; hasMore: boolean }>
}

const HIDDEN = { content: '', hidden: true }

/** One of somebody's devices: it hears nothing, asks what has changed, and does what the documentation asks of a client. */
export class Device {
  readonly actor: Actor
  held = new Map<string, Held>()
  /** Of the last answer; a device that begins asks for everything. */
  private since = '1970-01-01T00:00:00.000Z'

  constructor(actor: Actor) {
    this.actor = actor
  }

  /** Everything that it held is lost. */
  die(): void {
    this.held = new Map()
    this.since = '1970-01-01T00:00:00.000Z'
  }

  /** `names`: which conversations it names; the others it leaves to the time of its last answer. */
  async sync(service: Service, names: (conversationId: string) => boolean = () => true): Promise<void> {
    for (;;) {
      const cursors = [...this.held.values()]
        .map(({ conversation: { id: conversationId, cursor } }) => ({ conversationId, cursor }))
        .filter(({ conversationId }) => names(conversationId))
      const answer = await service.sync({ cursors, since: this.since })
      for (const id of answer.gone) this.held.delete(id)
      for (const changes of answer.conversations) await this.apply(service, changes)
      if (!answer.hasMore) {
        this.since = answer.at
        return
      }
      // what it was told of just now it names, lest it be told again
      const told = new Set(answer.conversations.map(({ conversation }) => conversation.id))
      const before = names
      names = (id) => told.has(id) || before(id)
    }
  }

  private async apply(
    service: Service,
    { conversation, reset, messages, changed, hidden, participants, hasMore }: ConversationChanges,
  ): Promise<void> {
    const { id } = conversation
    const kept = reset || hasMore ? undefined : this.held.get(id)?.messages
    const held = new Map(kept)
    for (const message of messages) held.set(message.seq, message)
    // where it begins anew, what has changed of what stands before comes with the pages before
    if (kept) for (const message of changed) held.set(message.seq, message)
    for (const { seq } of hidden) held.delete(seq)
    for (let more = hasMore; more; ) {
      const page = await service.before(id, Math.min(...held.keys()))
      for (const message of page.data) held.set(message.seq, message)
      more = page.hasMore
    }
    for (const seq of [...held.keys()]) if (seq <= conversation.me.clearedBeforeSeq) held.delete(seq)
    const byId = new Map([...held.values()].map((message) => [message.id, message]))
    const shown = (message: Message): Message => {
      const { replyTo } = message
      if (!replyTo) return message
      const original = byId.get(replyTo.id)
      return { ...message, replyTo: original ? previewed(original) : { ...replyTo, ...HIDDEN } }
    }
    for (const [seq, message] of held) held.set(seq, shown(message))
    const people = new Map(conversation.participants.map((one) => [one.userId, one]))
    for (const one of participants) people.set(one.userId, one)
    const { lastMessage } = conversation
    this.held.set(id, {
      conversation: {
        ...conversation,
        participants: [...people.values()],
        lastMessage: lastMessage && shown(lastMessage),
      },
      messages: held,
    })
  }

  /** What it shows, in an order that does not depend on how it came to it. */
  shows(): Record<string, { conversation: Conversation; messages: Message[] }> {
    const all = [...this.held.values()].sort((a, b) => (a.conversation.id < b.conversation.id ? -1 : 1))
    return Object.fromEntries(
      all.map(({ conversation, messages }) => [
        conversation.id,
        { conversation, messages: [...messages.values()].sort((a, b) => a.seq - b.seq) },
      ]),
    )
  }
}

function previewed(message: Message): ReplyPreview {
  const { id, seq, senderId, sender, type, deletedAt } = message
  return { id, seq, senderId, sender, type, content: previewOf(message), deletedAt, hidden: false }
}
