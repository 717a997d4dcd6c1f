/**
 * The terms, and what the use-cases need of the world.
 *
 * - conversation: people and the messages between them. Its head is (seq, rev): seq counts messages, rev every other change
 *   that others may see. Both are dense, so seq + rev is its position, and each change moves that by one.
 * - participant: a user in a conversation. One who left stays as a row, for the names in old messages.
 * - change: something that became true in a conversation. It is recorded in the transaction that makes it true, and
 *   told after the commit: live to the gateways, durably to the event stream.
 * - receipt: how far a participant has read. Watermarks only move forward.
 * - context: what of the host's a conversation is about (a booking, a contract, a milestone). The host says its members and
 *   status; the tenant's policy says what these mean for the conversations.
 * - policy: the rules of a tenant, as data.
 */
import type {
  Actor,
  AudienceSnapshot,
  AuditEntry,
  Block,
  Change,
  Context,
  ContextMember,
  Control,
  Conversation,
  ConversationKind,
  ConversationStatus,
  Counters,
  Head,
  LiveAudience,
  Message,
  Participant,
  PolicySettings,
  RateRule,
  Report,
  ReportReason,
  ReportStatus,
  SharedConversation,
  Stats,
  SyncResult,
  UpsertUser,
  User,
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
  /** False when a backend sends in the sender's name: that says nothing about what the sender has read. */
  interactive: boolean
}

/** A conversation's row, locked: what the rules of a change look at. */
export interface ConversationRecord {
  id: string
  tenantId: string
  kind: ConversationKind
  /** As it is by now: what it becomes at its closing time counts from that moment on. */
  status: ConversationStatus
  statusReason: string | null
  title: string | null
  context: { type: string; id: string } | null
  createdBy: string
  /** An admin has decided: one that was closed its context does not open; one that was opened goes by its next status. */
  held: boolean
  /** A block between the two who are in it stops it. */
  blockable: boolean
  /** Its closing time has come, and what it becomes by it is not stored yet. */
  due: { status: 'read_only' | 'closed'; reason: string | null } | null
  stored: Omit<ConversationState, 'held'>
  seq: number
  rev: number
  participantsVersion: number
  participantCount: number
}

/** Why somebody is in: as a member of the context, or to moderate; null: they were let in. */
export type Via = 'context' | 'admin' | null

export interface ParticipantRecord {
  userId: string
  role: string
  via: Via
  joinedAt: string
  active: boolean
  /** One of the two has blocked the other. */
  blocked: boolean
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
  contextType?: string | undefined
  contextId?: string | undefined
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
    context?: { type: string; id: string; key: string }
    blockable?: boolean
    state?: ConversationState
  }): Promise<boolean>
  findDirect(directKey: string): Promise<string | null>
  findOfContext(contextKey: string): Promise<string | null>
  /** So many of them, locked, in the order of their ids from behind `after` on. */
  lockOfContext(
    context: { type: string; id: string },
    after: string | null,
    limit: number,
  ): Promise<ConversationRecord[]>
  /** Those of a pair in which a block stops both, locked, in the order of their ids; not those that one only moderates. */
  lockOfPair(oneId: string, otherId: string): Promise<ConversationRecord[]>
  /** Locks every conversation that the user is in, in the order of their ids. */
  lockOfUser(userId: string): Promise<void>
  setState(id: string, rev: number, state: ConversationState): Promise<void>
  setDetails(
    id: string,
    rev: number,
    details: { title?: string | undefined; pictureUrl?: string | null | undefined; metadata?: object | undefined },
  ): Promise<void>
  /** That something of it changed which `conversation_updated` tells. */
  touch(id: string, rev: number): Promise<void>
  /** Whether something that `conversation_updated` tells has changed after the revision. */
  hasChangedSince(id: string, rev: number): Promise<boolean>
  /** The next message's place, by the system or from an earlier one: moves last_seq. */
  advance(id: string, seq: number, at: string | null): Promise<void>
  listAll(filter: ConversationFilter & { userId?: string | undefined }): Promise<{ id: string; activityAt: string }[]>
  /** Moves rev by one and, when people came or went, the participants version and count. */
  revise(id: string, people?: { joined: number }): Promise<{ rev: number; participantsVersion: number }>
  loadShared(id: string): Promise<SharedConversation>
  list(viewerId: string, filter: ConversationFilter): Promise<{ id: string; activityAt: string }[]>
  unreadCount(viewerId: string, id: string): Promise<number | null>
  heads(ids: readonly string[]): Promise<Head[]>
}

/** What a conversation may hold now, and what it becomes by itself. */
export interface ConversationState {
  status: ConversationStatus
  reason: string | null
  next: { status: 'read_only' | 'closed'; reason: string; at: string } | null
  held: boolean
}

export interface Joining {
  conversationId: string
  userId: string
  role: string
  via?: Via
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
  /** The longest-standing active participant besides this one; who only reads or moderates comes after all others. */
  eldestBesides(conversationId: string, userId: string): Promise<ParticipantRecord | null>
  /** Everybody who is in or was, with how they came. */
  everybody(conversationId: string): Promise<ParticipantRecord[]>
  /** Stops these by a block, and nobody else. */
  setBlocked(conversationId: string, userIds: readonly string[]): Promise<void>
  /** Who had read up to `from` has read up to `to`. */
  moveReaders(conversationId: string, from: number, to: number): Promise<void>
  /** Whether the two are in some conversation together. */
  shareConversation(oneId: string, otherId: string): Promise<boolean>
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
  /** Null when the viewer may not see it. */
  findVisible(viewerId: string, id: string): Promise<Message | null>
  /** For the gateways, who filter by audience themselves: whoever looks. */
  range(conversationId: string, afterSeq: number, limit: number): Promise<Message[]>
  changedRange(conversationId: string, afterRev: number, upToSeq: number, limit: number): Promise<Message[]>
  /** Keeps the previous text in the history. */
  edit(id: string, content: string, rev: number, editedBy: string): Promise<Message>
  tombstone(id: string, rev: number, deletedBy: string): Promise<Message>
  /** Writes at a place that the conversation's lock gives. Its time is that of writing unless it says another. */
  write(message: WrittenMessage): Promise<Message>
  findByClientIds(
    conversationId: string,
    keys: readonly { senderId: string; clientId: string }[],
  ): Promise<{ senderId: string; clientId: string; bodyHash: string; id: string }[]>
  byIds(ids: readonly string[]): Promise<Message[]>
  /** A page whoever asks, for admins. Ascending; see Reads.page. */
  inspect(conversationId: string, range: MessageRange): Promise<Message[]>
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
}

export interface StoredUser {
  name: string | null
  avatarUrl: string | null
  hostRole: string | null
  disabled: boolean
}

export interface Users {
  /** People whom the host mentioned before they ever logged in. Names are kept for those who have none. */
  ensure(ids: readonly string[], names?: ReadonlyMap<string, string>): Promise<void>
  /** Users in the order given; `created` says whether they were new. */
  upsert(users: readonly UpsertUser[]): Promise<{ user: User; created: boolean }[]>
  find(id: string): Promise<User | null>
  /**
   * Locks the users' rows, in the order of their ids, so that nobody blocks somebody while they start to talk. `start` is for
   * those who start: any number at once, but not while somebody holds the rows to `refuse`.
   */
  lock(ids: readonly string[], purpose: 'start' | 'refuse'): Promise<void>
  disabledAmong(ids: readonly string[]): Promise<string[]>
  setDisabled(id: string, isDisabled: boolean): Promise<void>
  /** [role word, whether disabled], or null for whom nobody has mentioned. */
  standing(id: string): Promise<{ hostRole: string | null; disabled: boolean } | null>
}

export interface Contexts {
  find(ref: { type: string; id: string }): Promise<Context | null>
  /** Locks the row: to `change` it alone, or to `start` its conversations together with others who start. */
  lock(ref: { type: string; id: string }, purpose: 'start' | 'change'): Promise<Context | null>
  /**
   * Null when the version that is stored is as high. Leaves the row locked. `renamed`: title, status or parent are not what
   * they were; `restated`: the status is not.
   */
  upsert(context: {
    type: string
    id: string
    title: string | null
    status: string | null
    version: number | null
    parent: { type: string; id: string } | null
    members: ContextMember[]
    metadata: object
  }): Promise<{ context: Context; created: boolean; renamed: boolean; restated: boolean } | null>
}

export interface Blocks {
  add(blockerId: string, blockedId: string): Promise<void>
  remove(blockerId: string, blockedId: string): Promise<void>
  /** Whether one of them has blocked the other. */
  between(oneId: string, otherId: string): Promise<boolean>
  list(blockerId: string): Promise<Block[]>
}

export interface Reports {
  insert(report: {
    id: string
    reporterId: string
    messageId: string | null
    conversationId: string | null
    userId: string | null
    reason: ReportReason
    note: string | null
  }): Promise<Report>
  find(id: string): Promise<Report | null>
  list(filter: { status?: ReportStatus | undefined; after?: string | undefined; limit: number }): Promise<Report[]>
  /** Null when it has been decided before. */
  decide(
    id: string,
    decision: { status: ReportStatus; resolution: string | null; decidedBy: string },
  ): Promise<Report | null>
}

export interface Audit {
  write(entry: {
    actorId: string
    actorRole: string
    action: string
    target: string | null
    details: object
    ip: string | null
  }): Promise<void>
  list(filter: {
    actorId?: string | undefined
    action?: string | undefined
    target?: string | undefined
    before?: string | undefined
    limit: number
  }): Promise<AuditEntry[]>
}

export interface Tenants {
  settings(): Promise<PolicySettings>
  setSettings(settings: PolicySettings): Promise<void>
  stats(days: number): Promise<Omit<Stats, 'at' | 'users'> & { users: Omit<Stats['users'], 'online'> }>
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
  contexts: Contexts
  blocks: Blocks
  reports: Reports
  audit: Audit
  tenants: Tenants
  idempotencyKeys: IdempotencyKeys
  /**
   * Records the change in this transaction, as the step of its conversation to `head`; `members` of it are told after the commit, of
   * several changes in their order.
   */
  record(change: Change, place: { conversationId: string; head: Counters; members: LiveAudience }): Promise<void>
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
  /** Conversations of all tenants whose closing time has come. */
  due(limit: number): Promise<{ tenantId: string; conversationId: string }[]>
  /** Reads only, all of them as of one moment. */
  snapshot<T>(tenantId: string, work: (uow: UnitOfWork) => Promise<T>): Promise<T>
}

/** What the use-cases need of the world besides the store. Left out, nobody is limited, told or online. */
export interface Surroundings {
  /** Throws `rate_limited` when the key has used up what the rule gives it. */
  limit(rule: RateRule, key: string): Promise<void>
  /** To every gateway and replica, this one included, at most once. */
  tell(control: Control): void
  /** Users of the tenant who are connected. */
  online(tenantId: string): number
}
