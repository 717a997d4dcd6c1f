import type { Attachment, ContextRef, LinkPreview, Message, MessageVersion, Payload } from '@parley/contracts'

/** What a plain text has none of. */
export interface MessageExtras {
  payload?: Payload
  replyTo?: string
  /** Who may be mentioned: those of them are who are in the conversation. */
  mentions?: string[]
  forwarded?: true
  silent?: true
  /** As they were when they were claimed for it. */
  attachments?: Attachment[]
  /** The host has changed its words. */
  modified?: true
  /** It waits for a decision until then. */
  expiresAt?: string
}

/** A message on its way into a conversation. The id and the clientId stay the same through every retry. */
export interface MessageDraft {
  tenantId: string
  conversationId: string
  senderId: string
  id: string
  clientId: string
  /** Hash of what the client sent: the same key with another hash is another message under a used key. */
  bodyHash: string
  type: string
  content: string
  extras: MessageExtras | null
  /** False when a backend sends in the sender's name: that says nothing about what the sender has read. */
  interactive: boolean
  /** By which it is sent, so that one that was taken back sends nothing; left out where there is none to ask about. */
  token?: { issuedAt: number | undefined; sessionId: string } | undefined
}

/** Where a message was sent: to a conversation, to that of a pair, or to one about these contexts. */
export type SentTo =
  | { conversationId: string }
  | { directKey: string }
  | { contextKeys: readonly string[] }
  | { contexts: readonly ContextRef[] }

export interface MessageRange {
  before?: number | undefined
  after?: number | undefined
  limit: number
}

export interface WrittenMessage {
  id: string
  conversationId: string
  seq: number
  senderId: string
  type: string
  content: string
  payload: object | null
  clientId: string
  bodyHash: string
  createdAt: string | null
  imported: boolean
  replyTo?: string | undefined
  /** Those of whom are in the conversation. */
  mentions?: string[] | undefined
}

export interface Messages {
  /** Null when the viewer may not see it. */
  findVisible(viewerId: string, id: string): Promise<Message | null>
  /** Those of the ids that the viewer may see, in their order. */
  visibleTo(viewerId: string, ids: readonly string[]): Promise<Message[]>
  /** For the gateways, who filter by audience themselves: whoever looks. */
  range(conversationId: string, afterSeq: number, limit: number): Promise<Message[]>
  changedRange(conversationId: string, afterRev: number, upToSeq: number, limit: number): Promise<Message[]>
  /** Keeps the previous text in the history. */
  /** `keepsCard`: the card of its link stays. */
  edit(
    edited: { id: string; content: string; mentions: string[]; keepsCard: boolean },
    rev: number,
    editedBy: string,
  ): Promise<Message>
  /** As they are now, without a history. */
  setAttachments(id: string, attachments: readonly Attachment[], rev: number): Promise<Message>
  /** The card of its first link; an edit takes it away. */
  setLinkPreview(id: string, preview: LinkPreview, rev: number): Promise<Message>
  /** Says something else in a message of the system's, without a history. */
  restate(message: { id: string; content: string; payload: object }, rev: number): Promise<Message>
  /** Takes the words of each, what was said of it, and what it said before. In their order. */
  tombstones(graves: readonly { id: string; rev: number }[], deletedBy: string): Promise<Message[]>
  /** With `alone` it takes the place of the user's others. */
  addReaction(id: string, reaction: { userId: string; emoji: string; alone: boolean }, rev: number): Promise<Message>
  removeReaction(id: string, reaction: { userId: string; emoji: string }, rev: number): Promise<Message>
  /** Writes at places that the conversations' locks give. Their time is that of writing unless they say another. */
  write(messages: readonly WrittenMessage[]): Promise<Message[]>
  findByClientIds(
    conversationId: string,
    keys: readonly { senderId: string; clientId: string }[],
  ): Promise<{ senderId: string; clientId: string; bodyHash: string; id: string }[]>
  /** What the sender sent there with that key and body, whoever is in it now. */
  findSent(to: SentTo, message: { senderId: string; clientId: string; bodyHash: string }): Promise<Message | undefined>
  /** With null, takes the pin away. */
  setPin(id: string, pinnedBy: string | null, rev: number): Promise<Message>
  countPins(conversationId: string): Promise<number>
  /** Those that the viewer sees, the latest first. */
  pinned(viewerId: string, conversationId: string): Promise<Message[]>
  /** What it said before, the latest first, from before revision `before` on. */
  versions(id: string, before: number | undefined, limit: number): Promise<MessageVersion[]>
  /** In the order of the ids. */
  byIds(ids: readonly string[]): Promise<Message[]>
  /** Those at these places. */
  at(places: readonly { conversationId: string; seq: number }[]): Promise<Message[]>
  /** A page whoever asks, for admins. Ascending; see Reads.page. */
  inspect(conversationId: string, range: MessageRange): Promise<Message[]>
}
