import type {
  Actor,
  Conversation,
  ConversationKind,
  ConversationStatus,
  Head,
  Receipt,
  SyncResult,
  UserSummary,
} from '@parley/contracts'
import type { MessageRange } from './messages.ts'
import type { StoredUser } from './users.ts'

/** Whose eyes a read sees with. */
export interface Viewer {
  tenantId: string
  userId: string
}

export interface SyncPoint {
  conversationId: string
  epoch: number
  seq: number
  rev: number
  privateCounter: number
}

/** Bounds of one answer to `sync`: whole conversations, the messages of each, and about how many bytes in all. */
export interface SyncBounds {
  conversations: number
  messages: number
  changed: number
  bytes: number
}

/** What somebody who comes back asks: their places in conversations, and since when any other is news. */
export interface SyncQuestion {
  points: readonly SyncPoint[]
  since: string | undefined
  bounds: SyncBounds
}

/** What a connection has to know at its beginning. */
export interface SessionState {
  at: string
  user: StoredUser | null
  unreadCount: number
  heads: Head[]
}

/** The counts are null where the viewer sees nobody's receipts. */
export interface MessageReceipts {
  deliveredCount: number | null
  readCount: number | null
  receipts: Receipt[]
}

/** Somebody whose presence may be known. */
export interface SeenPerson {
  userId: string
  hostRole: string | null
  lastSeenAt: string | null
}

/** In the order of names. */
export interface NamePlace {
  term: string
  userId: string
}

export interface UserSearch {
  tenantId: string
  query: string
  /** Only those whom this user is in a conversation with. */
  knownTo?: string | undefined
  withDisabled: boolean
  after?: NamePlace | undefined
  limit: number
}

/** A place in somebody's list: among the conversations that they have pinned, by that time, or among the others, by activity. */
export interface ListPlace {
  pinned: boolean
  at: string
  id: string
}

export interface ConversationFilter {
  archived: boolean
  kind?: ConversationKind | undefined
  status?: ConversationStatus | undefined
  unread?: boolean | undefined
  contextType?: string | undefined
  contextId?: string | undefined
  /** Words that the title, or names of the others, begin with. */
  query?: string | undefined
  /** Where the page before ended. */
  after?: ListPlace | undefined
  limit: number
}

/** A message as whoever asked is answered: pages are passed on, and few look into them. */
export interface EncodedMessage {
  readonly seq: number
  /** A `Message` as JSON. */
  readonly json: string
}

/** What everybody waits for who comes back, opens a conversation or scrolls: one question each, as of one moment. */
export interface Reads {
  /** Ascending: the newest before `before`, or the oldest after `after`, or the newest of all. Null for an outsider. */
  page(viewer: Viewer, conversationId: string, range: MessageRange): Promise<EncodedMessage[] | null>
  /** In the order of the ids, without those that the viewer is not in. */
  conversations(viewer: Viewer, ids: readonly string[]): Promise<Conversation[]>
  /**
   * A page of the viewer's list: the pinned ones, then the others by activity. `next` is where it goes on; so many conversations are
   * looked at by one question that a page may hold fewer than asked for.
   */
  list(viewer: Viewer, filter: ConversationFilter): Promise<{ page: Conversation[]; next: ListPlace | null }>
  /**
   * The heads are of the most recently active conversations. `user` is null when the actor's token says something of them
   * that is not stored.
   */
  session(actor: Actor, maxHeads: number): Promise<SessionState>
  /** The same, and what `sync` answers, both as of one moment. */
  sessionAndSync(actor: Actor, maxHeads: number, question: SyncQuestion): Promise<[SessionState, SyncResult]>
  /** `stoppedAt`: as many names were looked through as one question may, and what was found may not be all. */
  searchUsers(search: UserSearch): Promise<{ found: (NamePlace & UserSummary)[]; stoppedAt: NamePlace | null }>
  /**
   * Whose presence among these the viewer may know, as far as people and conversations decide it; null: the host asks. In no order.
   */
  presenceSeen(tenantId: string, viewerId: string | null, among: readonly string[]): Promise<SeenPerson[]>
  /** By user id, from behind `after` on. Null for who does not see the message. */
  receipts(viewer: Viewer, messageId: string, after: string | null, limit: number): Promise<MessageReceipts | null>
  /** What differs from the points, and with `since` what changed in the viewer's other conversations, oldest change first. */
  sync(viewer: Viewer, question: SyncQuestion): Promise<SyncResult>
}
