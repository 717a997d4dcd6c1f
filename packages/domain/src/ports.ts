/**
 * The terms, and what the use-cases need of the world.
 *
 * - conversation: people and the messages between them. Its head is (seq, rev): seq counts messages, rev every other change
 *   that others may see. Both are dense, so seq + rev is its position, and each change moves that by one.
 * - participant: a user in a conversation. One who left stays as a row, for the names in old messages.
 * - change: something that became true in a conversation. It is recorded in the transaction that makes it true, and
 *   told after the commit: live to the gateways, durably to the event stream.
 * - receipt: how far a participant has read. Watermarks only move forward.
 */
import type {
  Actor,
  AudienceSnapshot,
  Conversation,
  ConversationKind,
  ConversationStatus,
  EventType,
  Head,
  LiveAudience,
  Message,
  Participant,
  ServerEventName,
  SharedConversation,
  SyncResult,
} from '@parley/contracts'

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
}

/** What a socket is told about a change. */
export interface LiveEmission {
  event: ServerEventName
  data: unknown
  audience: LiveAudience
  /** Positions of the conversation that this stands for; 0 for what is personal. */
  span: number
  /** Only who may see this message may hear it; 0 when it is about none. */
  aboutSeq: number
}

export interface Change {
  type: EventType
  tenantId: string
  conversationId: string
  /** The message that it is about, or the head for what is about none. */
  seq: number
  rev: number
  at: string
  data: unknown
  /** The head after the change, which the live path orders by. */
  head: { seq: number; rev: number }
  live: LiveEmission[]
}

/** Changes of one commit, with the outbox entry that waits for their acknowledgement. */
export interface CommittedBatch {
  eventId: number
  changes: Change[]
  /** What one user alone is told. */
  personal: { tenantId: string; userId: string; head: Head; event: ServerEventName; data: unknown }[]
  /** Heads to mention to the gateways, of changes that may have been committed without having been told. */
  hints: { tenantId: string; head: Head }[]
}

/** A conversation's row, locked: what the rules of a change look at. */
export interface ConversationRecord {
  id: string
  tenantId: string
  kind: ConversationKind
  status: ConversationStatus
  /** True when the closing time has passed, whatever the status says. */
  ended: boolean
  seq: number
  rev: number
  participantsVersion: number
  participantCount: number
}

export interface ParticipantRecord {
  userId: string
  role: string
  joinedAt: string
  active: boolean
  visibleFromSeq: number
}

export interface MessageRange {
  before?: number | undefined
  after?: number | undefined
  limit: number
}

export interface ConversationFilter {
  kind?: ConversationKind | undefined
  status?: ConversationStatus | undefined
  unread?: boolean | undefined
  limit: number
  /** Where the page before ended: activity time (ISO) and conversation. */
  after?: { at: string; id: string } | undefined
}

export interface SyncPoint {
  conversationId: string
  epoch: number
  seq: number
  rev: number
  privateCounter: number
}

export interface Conversations {
  /** Waits for the lock, at most the adapter's lock timeout; null when there is none in this tenant. */
  lock(id: string): Promise<ConversationRecord | null>
  /** False when the pair has a direct conversation already. */
  insert(c: {
    id: string
    kind: ConversationKind
    directKey: string | null
    title: string | null
    metadata: object
    createdBy: string
  }): Promise<boolean>
  findDirect(directKey: string): Promise<string | null>
  /** Moves rev by one and, when people came or went, the participants version and count. */
  revise(id: string, people?: { joined: number }): Promise<{ rev: number; participantsVersion: number }>
  loadShared(id: string): Promise<SharedConversation>
  list(viewerId: string, filter: ConversationFilter): Promise<{ id: string; activityAt: string }[]>
  unreadCount(viewerId: string, id: string): Promise<number | null>
  heads(ids: readonly string[]): Promise<Head[]>
}

export interface Joining {
  conversationId: string
  userId: string
  role: string
  visibleFromSeq: number
  lastReadSeq: number
  rev: number
}

export interface Participants {
  find(conversationId: string, userId: string): Promise<ParticipantRecord | null>
  profile(conversationId: string, userId: string): Promise<Participant>
  list(conversationId: string, after: string | null, limit: number): Promise<Participant[]>
  /** First time or again; they see what comes after `visibleFromSeq`. */
  join(people: readonly Joining[]): Promise<void>
  leave(conversationId: string, userId: string, rev: number): Promise<void>
  setRole(conversationId: string, userId: string, role: string, rev: number): Promise<void>
  /** The longest-standing active participant besides this one. */
  eldestBesides(conversationId: string, userId: string): Promise<ParticipantRecord | null>
  countOwners(conversationId: string): Promise<number>
  audience(conversationId: string): Promise<AudienceSnapshot | null>
  /** Inline for few, by version for many. Those named inline may all see message `aboutSeq`, when one is given. */
  liveAudience(conversationId: string, version: number, count: number, aboutSeq?: number): Promise<LiveAudience>
  changedAfter(
    conversationId: string,
    rev: number,
  ): Promise<{ participant: Participant; joined: boolean; left: boolean }[]>
}

export interface Messages {
  /** The message and its conversation, whoever asks; null when this tenant has none such. */
  locate(id: string): Promise<{ conversationId: string } | null>
  /** Null when the viewer may not see it. */
  findVisible(viewerId: string, id: string): Promise<Message | null>
  /** For the gateways, who filter by audience themselves: whoever looks. */
  range(conversationId: string, afterSeq: number, limit: number): Promise<Message[]>
  changedRange(conversationId: string, afterRev: number, upToSeq: number, limit: number): Promise<Message[]>
  /** Keeps the previous text in the history. */
  edit(id: string, content: string, rev: number, editedBy: string): Promise<Message>
  tombstone(id: string, rev: number, deletedBy: string): Promise<Message>
}

export interface StoredUser {
  name: string | null
  avatarUrl: string | null
  hostRole: string | null
  disabled: boolean
}

export interface Users {
  /** People whom the host mentioned before they ever logged in. */
  ensure(ids: readonly string[]): Promise<void>
}

export interface IdempotencyKeys {
  /** Takes the key, or returns what was stored under it. Waits for a concurrent holder to commit. */
  take(k: { userId: string; operation: string; key: string; bodyHash: string; result: string }): Promise<{
    taken: boolean
    bodyHash: string
    result: string
  }>
}

/** One transaction, bound to one tenant. */
export interface UnitOfWork {
  conversations: Conversations
  participants: Participants
  messages: Messages
  users: Users
  idempotencyKeys: IdempotencyKeys
  /** Records the change in this transaction; it is told after the commit. At most one per transaction. */
  record(change: Omit<Change, 'tenantId' | 'at'>, subjectUserId?: string): Promise<void>
  /** The database's time when the transaction began: nothing it does not see was committed before that. */
  now(): Promise<string>
}

/** Whose eyes a read sees with. */
export interface Viewer {
  tenantId: string
  userId: string
}

/** Bounds of one answer to `sync`: whole conversations, the messages of each, and about how many bytes in all. */
export interface SyncBounds {
  conversations: number
  messages: number
  changed: number
  bytes: number
}

/** What everybody waits for who comes back, opens a conversation or scrolls: one question each, as of one moment. */
export interface Reads {
  /** Ascending: the newest before `before`, or the oldest after `after`, or the newest of all. Null for an outsider. */
  page(viewer: Viewer, conversationId: string, range: MessageRange): Promise<Message[] | null>
  /** In the order of the ids, without those that the viewer is not in. */
  conversations(viewer: Viewer, ids: readonly string[]): Promise<Conversation[]>
  /**
   * The heads are of the most recently active conversations. `user` is null when the actor's token says something of them
   * that is not stored.
   */
  session(
    actor: Actor,
    maxHeads: number,
  ): Promise<{ at: string; user: StoredUser | null; unreadCount: number; heads: Head[] }>
  /** What differs from the points, and with `since` what changed in the viewer's other conversations, oldest change first. */
  sync(viewer: Viewer, points: readonly SyncPoint[], since: string | undefined, bounds: SyncBounds): Promise<SyncResult>
}

export interface Store {
  reads: Reads
  /** Stores what a token says of its user; what it leaves out stays as it was. */
  rememberUser(actor: Actor): Promise<StoredUser>
  /** Appends, or returns what the same clientId made before. Concurrent calls share a commit. Throws the refusal. */
  append(draft: MessageDraft): Promise<{ message: Message; created: boolean }>
  /** Moves the participant's watermark forward. Calls for the same participant within a moment are one. */
  markRead(mark: { tenantId: string; conversationId: string; userId: string; seq: number }): Promise<{
    lastReadSeq: number
    unreadCount: number
  }>
  transaction<T>(tenantId: string, work: (uow: UnitOfWork) => Promise<T>): Promise<T>
  /** Reads only, all of them as of one moment. */
  snapshot<T>(tenantId: string, work: (uow: UnitOfWork) => Promise<T>): Promise<T>
}
