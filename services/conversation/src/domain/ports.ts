/**
 * The terms, and what the use-cases need of the world.
 *
 * - conversation: people and the messages between them. Its head is (seq, rev): seq counts messages, rev every other change
 *   that others may see. Both are dense, so seq + rev is its position, and each change moves that by one.
 * - participant: a user in a conversation. One who left stays as a row, for the names in old messages.
 * - change: something that became true in a conversation. It is recorded in the transaction that makes it true, and
 *   told after the commit: live to the gateways, durably to the event stream.
 * - receipt: how far messages have come to a participant, or were read. Watermarks only move forward.
 * - context: what of the host's a conversation is about (a booking, a contract, a milestone). The host says its members and
 *   status; the tenant's policy says what these mean for the conversations.
 * - search: a projection of the words of messages, kept beside the writing; what is found is read from the tables themselves.
 * - policy: the rules of a tenant, as data.
 */
import type {
  Actor,
  Change,
  ConnectedSession,
  Control,
  Counters,
  DeliveryState,
  Heard,
  HeardQuestion,
  LiveAudience,
  Message,
  PresenceState,
  RateRule,
  ReadState,
  Telling,
} from '@parley/contracts'
import type { HookAsked } from './before-send/ask-host.ts'
import type { AudienceReads } from './ports/audience.ts'
import type { Broadcasts } from './ports/broadcasts.ts'
import type { CannedReplies } from './ports/canned-replies.ts'
import type { Contexts } from './ports/contexts.ts'
import type { Conversations } from './ports/conversations.ts'
import type { Erasure, Erasures } from './ports/erasures.ts'
import type { HeldMessages } from './ports/held-messages.ts'
import type { HiddenMessages } from './ports/hidden-messages.ts'
import type { IdempotencyKeys } from './ports/idempotency-keys.ts'
import type { Jobs } from './ports/jobs.ts'
import type { MessageDraft, Messages } from './ports/messages.ts'
import type { Audit, Blocks } from './ports/moderation.ts'
import type { OwnStates } from './ports/own-states.ts'
import type { OwnStanding, Participants, PlaceOf } from './ports/participants.ts'
import type { Reactions } from './ports/reactions.ts'
import type { Reads, Viewer } from './ports/reads.ts'
import type { Reports } from './ports/reports.ts'
import type { ScheduledMessages } from './ports/scheduled-messages.ts'
import type { SearchIndex } from './ports/search.ts'
import type { Tenants } from './ports/tenants.ts'
import type { Transitions } from './ports/transitions.ts'
import type { RememberedUser, Standing, Users } from './ports/users.ts'

/** Which step of its conversation a change is, and who is in there. */
export interface ChangePlace {
  conversationId: string
  head: Counters
  members: LiveAudience
}

/** One transaction, bound to one tenant. */
export interface UnitOfWork {
  conversations: Conversations
  participants: Participants
  ownStates: OwnStates
  messages: Messages
  hidden: HiddenMessages
  reactions: Reactions
  transitions: Transitions
  erasures: Erasures
  users: Users
  contexts: Contexts
  blocks: Blocks
  reports: Reports
  audit: Audit
  broadcasts: Broadcasts
  cannedReplies: CannedReplies
  scheduledMessages: ScheduledMessages
  heldMessages: HeldMessages
  tenants: Tenants
  idempotencyKeys: IdempotencyKeys
  jobs: Jobs
  /**
   * Records the change in this transaction, as the step of its conversation to `head`; `members` of it are told after the commit, of
   * several changes in their order.
   */
  record(change: Change, place: ChangePlace): Promise<void>
  /** The same of many; those of a conversation in the order of their heads. */
  recordAll(changes: readonly { change: Change; place: ChangePlace }[]): Promise<void>
  /**
   * After the commit all sockets of the user hear these, and then how the conversation stands for them: for what is theirs
   * alone and others do not hear of. Whoever misses it finds it by their private counter.
   */
  tellOwn(place: PlaceOf, tellings?: readonly Telling[]): void
  /** The database's time when the transaction began: nothing it does not see was committed before that. */
  now(): Promise<string>
}

/** How far a participant has read, or received. */
export interface ReceiptMark {
  tenantId: string
  conversationId: string
  userId: string
  seq: number
}

export interface Store {
  reads: Reads
  audience: AudienceReads
  search: SearchIndex
  /** Stores what a token says of its user; what it leaves out stays as it was. */
  rememberUser(actor: Actor): Promise<RememberedUser>
  /** Which of these uploaded pictures are somebody's or a group's, or are kept with a report. */
  picturesInUse(tenantId: string, ids: readonly string[]): Promise<string[]>
  /** How a user stands; null for whom nobody has mentioned. Concurrent calls are one question. */
  standing(viewer: Viewer): Promise<Standing | null>
  /** Appends, or returns what the same clientId made before. Concurrent calls share a commit. Throws the refusal. */
  append(draft: MessageDraft): Promise<{ message: Message; created: boolean }>
  /** Moves the participant's watermark forward. Calls for the same participant within a moment are one. */
  markRead(mark: ReceiptMark): Promise<ReadState>
  markDelivered(mark: ReceiptMark): Promise<DeliveryState>
  /** How a conversation stands for the viewer now; null for who is not in it. */
  ownState(viewer: Viewer, conversationId: string): Promise<OwnStanding | null>
  transaction<T>(tenantId: string, work: (uow: UnitOfWork) => Promise<T>): Promise<T>
  /** Conversations of all tenants whose closing time has come. */
  due(limit: number): Promise<{ tenantId: string; conversationId: string }[]>
  /** The tenants with reports that were decided without a word on how long they are kept: by a replica of the former release. */
  tenantsOfUndatedReports(): Promise<string[]>
  /** What of all tenants the event stream does not have yet: how many commits, for how long the first has waited, and how many went aside. */
  outboxState(): Promise<{ depth: number; ageSeconds: number; parked: number }>
  /** Of all tenants: lets go of what reports keep no longer. Returns the number of reports. */
  forgetReported(): Promise<number>
  /** Of all tenants: lets go of broadcasts that nobody reads any more. Returns how many there were. */
  forgetBroadcasts(): Promise<number>
  /** Of all tenants: lets go of the keys of calls that nobody repeats any more. Returns how many there were. */
  forgetKeys(): Promise<number>
  /** Of all tenants: lets go of scheduled messages that were settled long ago. Returns how many there were. */
  forgetScheduled(): Promise<number>
  /** Of all tenants: lets go of held messages that were decided, or that nobody decides, long ago. Returns how many there were. */
  forgetHeld(): Promise<number>
  /** Of all tenants: lets go of jobs that went aside long ago. Returns how many there were. */
  forgetJobs(): Promise<number>
  /** Of all tenants: lets users be found by name who were there before names were looked for. Returns how many there were. */
  fillUserTerms(): Promise<number>
  /** Of all tenants: gives participants their places in lists who were there before there were any. Returns how many there were. */
  fillListPlaces(): Promise<number>
  /** Of all tenants: takes the words out of the histories of messages that were deleted before histories went with them. Returns how many versions it has looked at. */
  cleanHistories(): Promise<number>
  /** Reads only, all of them as of one moment. */
  snapshot<T>(tenantId: string, work: (uow: UnitOfWork) => Promise<T>): Promise<T>
}

/** Where an event was stored, and when. */
export interface StreamPlace {
  sequence: number
  at: string
}

/** What the use-cases need of the world besides the store. Left out, nobody is limited, told or online. */
export interface Surroundings {
  /** Throws `rate_limited` when the key has used up what the rule gives it. */
  limit(rule: RateRule, key: string): Promise<void>
  /** To every gateway and replica, this one included, at most once. */
  tell(control: Control): void
  /** More or fewer reports of the tenant wait for a decision. */
  reportsChanged(tenantId: string): void
  /** Takes the words of deleted messages of a tenant out of the event stream. */
  eraseFromEvents(tenantId: string, erasures: readonly Erasure[], signal: AbortSignal): Promise<unknown>
  /** Users of the tenant who are connected. */
  online(tenantId: string): number
  /** How these users of the tenant are, in their order; `unknown` where nobody can say. */
  presenceOf(tenantId: string, userIds: readonly string[]): Promise<PresenceState[]>
  /** Where a user is connected, as far as anybody can say. */
  sessionsOf(tenantId: string, userId: string): Promise<{ sessions: ConnectedSession[]; complete: boolean }>
  /** What gateways remember of having told a message, and how many of them there are; null where nobody can be asked. */
  heardOf(question: HeardQuestion): Promise<{ heard: Heard[]; gateways: number } | null>
  /**
   * Where the event of a message that was sent stands in the stream: `absent` where it is not, `nowhere` where nothing keeps events. Rejects
   * with `unavailable`.
   */
  streamed(event: { tenantId: string; id: string; at: string }): Promise<StreamPlace | 'absent' | 'nowhere'>
  /** A host was asked about a message before it was sent. */
  hookAsked(asked: HookAsked): void
}
