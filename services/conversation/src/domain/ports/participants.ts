import type {
  AudienceSnapshot,
  CatchUp,
  ConversationStatus,
  Counters,
  LiveAudience,
  Participant,
  ServerEvent,
} from '@parley/contracts'

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

export interface Joining {
  conversationId: string
  userId: string
  role: string
  via?: Via
  visibleFromSeq: number
  lastReadSeq: number
  rev: number
}

/** Somebody's place in a conversation. */
export interface PlaceOf {
  conversationId: string
  userId: string
}

/** How a conversation stands for one of those who are in it: what their own devices are told, and its head. */
export interface OwnStanding extends ServerEvent<'conversation_state'> {
  head: Counters
  lastDeliveredSeq: number
}

export interface Participants {
  find(conversationId: string, userId: string): Promise<ParticipantRecord | null>
  /** Those of the places that are or were taken. */
  findAll(places: readonly PlaceOf[]): Promise<(ParticipantRecord & PlaceOf)[]>
  /**
   * What says whether somebody may write there, null for who is not in it: their role, a block, and the conversation's status,
   * which ends by itself at `until`.
   */
  place(
    conversationId: string,
    userId: string,
  ): Promise<{ role: string; blocked: boolean; status: ConversationStatus; until: string | null } | null>
  profile(conversationId: string, userId: string): Promise<Participant>
  /** In the order of the places, which are all taken. */
  profiles(places: readonly PlaceOf[]): Promise<Participant[]>
  /** As the viewer may see them, by user id, from behind `after` on. */
  list(viewerId: string, conversationId: string, after: string | null, limit: number): Promise<Participant[]>
  /** First time or again; they see what comes after `visibleFromSeq`. */
  join(people: readonly Joining[]): Promise<void>
  leave(people: readonly (PlaceOf & { rev: number })[]): Promise<void>
  setRole(people: readonly (PlaceOf & { role: string; rev: number })[]): Promise<void>
  /** The longest-standing active participant besides this one; who only reads or moderates comes after all others. */
  eldestBesides(conversationId: string, userId: string): Promise<ParticipantRecord | null>
  /** The two of each conversation in which exactly two talk; who came to moderate it is not counted. */
  pairs(conversationIds: readonly string[]): Promise<{ conversationId: string; one: string; other: string }[]>
  /** Everybody who is in or was, with how they came, by conversation. */
  everybody(conversationIds: readonly string[]): Promise<Map<string, ParticipantRecord[]>>
  /** The ids of those who are in, by conversation. */
  present(conversationIds: readonly string[]): Promise<Map<string, string[]>>
  /** Stops these in the conversations by a block, and nobody else. Returns those for whom that is new, with their private counters moved. */
  setBlocked(conversationIds: readonly string[], stopped: readonly PlaceOf[]): Promise<PlaceOf[]>
  /** Who had read up to `from` has read up to `to`. */
  moveReaders(conversationId: string, from: number, to: number): Promise<void>
  /** Whoever sent message `seq` has read what stands before it. */
  hasSent(conversationId: string, userId: string, seq: number): Promise<void>
  /** Whether the two are in some conversation together. */
  shareConversation(oneId: string, otherId: string): Promise<boolean>
  /**
   * Whether they ever were. Not who came when the other had left: whether they did is not the other's to know. Who has come back
   * counts as having been there since they first came: a gap between two stays is not stored, so who came and went within it was met.
   */
  haveMet(oneId: string, otherId: string): Promise<boolean>
  countOwners(conversationId: string): Promise<number>
  audience(conversationId: string): Promise<AudienceSnapshot | null>
  /** Inline for few, by version for many. Those named inline may all see message `aboutSeq`, when one is given. */
  liveAudience(conversationId: string, version: number, count: number, aboutSeq?: number): Promise<LiveAudience>
  /** The same of several messages of one conversation. */
  liveAudiences(
    conversationId: string,
    version: number,
    count: number,
    aboutSeqs: readonly number[],
  ): Promise<(aboutSeq: number) => LiveAudience>
  /** For the gateways, who tell receipts only to those who may hear them. */
  changedAfter(conversationId: string, rev: number): Promise<CatchUp['participants']>
  /**
   * What was read counts as unread again from `seq` on, or from the last message of somebody else's that counts. False when that
   * changes nothing, as for who is not in it.
   */
  markUnread(conversationId: string, userId: string, seq: number | undefined): Promise<boolean>
}
