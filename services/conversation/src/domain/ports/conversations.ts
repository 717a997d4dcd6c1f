import type {
  ConversationKind,
  ConversationName,
  ConversationStatus,
  Head,
  SharedConversation,
} from '@parley/contracts'

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
  /** A block stops it while two talk in it. */
  blockable: boolean
  /** Its closing time has come, and what it becomes by it is not stored yet. */
  due: { status: 'read_only' | 'closed'; reason: string | null } | null
  stored: Omit<ConversationState, 'held'>
  seq: number
  rev: number
  participantsVersion: number
  participantCount: number
}

/** What a conversation may hold now, and what it becomes by itself. */
export interface ConversationState {
  status: ConversationStatus
  reason: string | null
  next: { status: 'read_only' | 'closed'; reason: string; at: string } | null
  held: boolean
}

export interface ConversationDetails {
  title?: string | undefined
  pictureUrl?: string | null | undefined
  metadata?: object | undefined
}

/** Where steps have brought a conversation. */
export interface Move
  extends Pick<ConversationRecord, 'id' | 'seq' | 'rev' | 'participantsVersion' | 'participantCount'> {
  /** The revision that last changed something which `conversation_updated` tells; null when none of these did. */
  changedRev: number | null
  /** The one that told last of another title or status of its context. */
  contextRev: number | null
  contextBy: string | null
}

/** Where a page of a tenant's ended: activity time (ISO) and conversation. */
export interface ActivityPlace {
  at: string
  id: string
}

/** Of a tenant's. */
export interface TenantFilter {
  kind?: ConversationKind | undefined
  status?: ConversationStatus | undefined
  userId?: string | undefined
  contextType?: string | undefined
  contextId?: string | undefined
  limit: number
  after?: ActivityPlace | undefined
}

export interface Conversations {
  /** Waits for the lock, at most the adapter's lock timeout; null when there is none in this tenant. */
  lock(id: string): Promise<ConversationRecord | null>
  /** Locks these, in the order of their ids. */
  lockAll(ids: readonly string[]): Promise<ConversationRecord[]>
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
  /** The ids of those of a pair in which a block counts while two talk, direct ones first; not those that one only moderates. */
  ofPair(oneId: string, otherId: string): Promise<string[]>
  /** The ids of those that the user is in. */
  ofUser(userId: string): Promise<string[]>
  /** Brings conversations that are locked to their places. */
  move(moves: readonly Move[]): Promise<void>
  setState(ids: readonly string[], state: ConversationState): Promise<void>
  setDetails(id: string, details: ConversationDetails): Promise<void>
  /** Whether something that `conversation_updated` tells has changed after the revision. */
  hasChangedSince(id: string, rev: number): Promise<boolean>
  /**
   * The places and times of their newest messages, of each conversation one. Null: a line about the conversation itself, which leaves
   * its place in lists.
   */
  advance(newest: readonly { id: string; seq: number; at: string | null }[]): Promise<void>
  /** A page, which may hold fewer than asked for although more follow; `next` is where it ended, null with the last one. */
  listAll(filter: TenantFilter): Promise<{ ids: string[]; next: ActivityPlace | null }>
  /** Moves rev by one and, when people came or went, the participants version and count. */
  revise(id: string, people?: { joined: number }): Promise<{ rev: number; participantsVersion: number }>
  /** What these are called; those that are not there are left out. */
  names(ids: readonly string[]): Promise<ReadonlyMap<string, ConversationName>>
  loadShared(ids: readonly string[]): Promise<Map<string, SharedConversation>>
  unreadCount(viewerId: string, id: string): Promise<number | null>
  heads(ids: readonly string[]): Promise<Head[]>
}
