import type {
  Conversation,
  Me,
  Presence,
  ReplyPreview,
  ScheduledMessage,
  ServerEvent,
  UserPolicy,
} from '@parley/contracts'
import type { Outgoing } from './outgoing.ts'
import type { PendingChange } from './pending-changes.ts'
import type { Timeline } from './timeline.ts'

/**
 * A conversation as this tab holds it. The cursor is null until a full answer has brought one: live events tell of a
 * new conversation without it.
 */
export type HeldConversation = Omit<Conversation, 'cursor'> & {
  cursor: string | null
  /** With what the reader's own state came, where that was after the rest. */
  ownCursor?: string | null
  /** In a large conversation nobody is named: how many people have read up to a message. */
  crowdRead?: { seq: number; count: number }
}

/** `offline`: this device has no network. `unreachable`: it has, and the server does not answer. */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline' | 'unreachable'

export interface Notice {
  id: number
  text: string
}

export type Broadcast = ServerEvent<'admin_broadcast'>

export interface ChatState {
  me: Me | null
  connection: ConnectionState
  /** What was missed is on its way. */
  isCatchingUp: boolean
  conversations: Readonly<Record<string, HeldConversation>>
  /**
   * By conversation: how often this page has heard that somebody, maybe this person, has come into it or left it. What was asked for
   * before does not know.
   */
  turnover: Readonly<Record<string, number>>
  list: { status: 'loading' | 'ready' | 'failed'; nextCursor: string | null; detail: string | null }
  timelines: Readonly<Record<string, Timeline>>
  /** Own messages without an acknowledgement, oldest first, by conversation. */
  outgoing: Readonly<Record<string, readonly Outgoing[]>>
  /** Of messages that their reader has deleted for themself since this page was opened: an answer from before may still bring them. */
  hidden: Readonly<Record<string, true>>
  /** Edits and deletions that are not certain, by message. */
  changes: Readonly<Record<string, PendingChange>>
  /** What was begun and not sent, by conversation. */
  drafts: Readonly<Record<string, string>>
  /** Of which conversations the draft and what it answers, or that there is none any more, is not with the server yet. */
  unsaved: Readonly<Record<string, true>>
  /** Own messages that wait for their time, or could not be sent at it, by id. */
  scheduled: Readonly<Record<string, ScheduledMessage>>
  /** What the next message answers, by conversation. */
  replies: Readonly<Record<string, ReplyPreview>>
  /** By conversation and user: until when (ms since the epoch) the indicator may show. */
  typing: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** By user: whether they are there, as far as this person may know. */
  presence: Readonly<Record<string, Presence>>
  openId: string | null
  /** After which seq "new messages" begins in the open conversation; undefined until it is known how far it was read. */
  newAfter: number | null | undefined
  /** The message that somebody wants to see; another object each time. */
  sought: { conversationId: string; seq: number } | null
  /** The open conversation is shown at its end and follows it: what arrives is seen as it comes. */
  following: boolean
  /** By conversation: up to which seq messages have been on the screen, before somebody's eyes. */
  seen: Readonly<Record<string, number>>
  /** The page is visible and focused: what is on the screen is being read. */
  attentive: boolean
  notices: readonly Notice[]
  /** User ids of whom this person has blocked. */
  blocked: readonly string[]
  /** Of an admin: how many reports wait for a decision, up to 100. */
  openReports: number | null
  /** What the tenant's rules let this person do; null until they are known. */
  policy: UserPolicy | null
  /** What admins said to everybody, until it is put away. */
  broadcasts: readonly Broadcast[]
}

export function initialState(me: Me | null = null): ChatState {
  return {
    me,
    connection: 'connecting',
    isCatchingUp: false,
    conversations: {},
    turnover: {},
    list: { status: 'loading', nextCursor: null, detail: null },
    timelines: {},
    outgoing: {},
    hidden: {},
    changes: {},
    drafts: {},
    unsaved: {},
    scheduled: {},
    replies: {},
    typing: {},
    presence: {},
    openId: null,
    newAfter: null,
    sought: null,
    following: false,
    seen: {},
    attentive: true,
    notices: [],
    blocked: [],
    openReports: null,
    broadcasts: [],
    policy: null,
  }
}

/** The contract's own bound, for as long as the tenant's is not known. */
const MAX_LENGTH = 10_000

/** How many characters a message may have. */
export function maxLengthOf({ policy }: ChatState): number {
  return policy?.messages.maxLength ?? MAX_LENGTH
}
