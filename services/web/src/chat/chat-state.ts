import type { Conversation, Me, ServerEvent } from '@parley/contracts'
import type { Outgoing } from './outgoing.ts'
import type { Timeline } from './timeline.ts'

/**
 * A conversation as this tab holds it. The cursor is null until a full answer has brought one: live events tell of a
 * new conversation without it.
 */
export type HeldConversation = Omit<Conversation, 'cursor'> & {
  cursor: string | null
  /** In a large conversation nobody is named: how many people have read up to a message. */
  crowdRead?: { seq: number; count: number }
}

export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline'

export interface Notice {
  id: number
  text: string
}

export type Broadcast = ServerEvent<'admin_broadcast'>

export interface ChatState {
  me: Me | null
  connection: ConnectionState
  conversations: Readonly<Record<string, HeldConversation>>
  list: { status: 'loading' | 'ready' | 'failed'; nextCursor: string | null; detail: string | null }
  timelines: Readonly<Record<string, Timeline>>
  /** Own messages without an acknowledgement, oldest first, by conversation. */
  outgoing: Readonly<Record<string, readonly Outgoing[]>>
  /** By conversation and user: until when (ms since the epoch) the indicator may show. */
  typing: Readonly<Record<string, Readonly<Record<string, number>>>>
  openId: string | null
  /** After which seq "new messages" begins in the open conversation; undefined until it is known how far it was read. */
  newAfter: number | null | undefined
  /** The open conversation is shown at its end and follows it: what arrives is seen as it comes. */
  following: boolean
  /** By conversation: up to which seq messages have been on the screen, before somebody's eyes. */
  seen: Readonly<Record<string, number>>
  /** The page is visible and focused: what is on the screen is being read. */
  attentive: boolean
  notices: readonly Notice[]
  /** User ids of whom this person has blocked. */
  blocked: readonly string[]
  /** What admins said to everybody, until it is put away. */
  broadcasts: readonly Broadcast[]
}

export function initialState(me: Me | null = null): ChatState {
  return {
    me,
    connection: 'connecting',
    conversations: {},
    list: { status: 'loading', nextCursor: null, detail: null },
    timelines: {},
    outgoing: {},
    typing: {},
    openId: null,
    newAfter: null,
    following: false,
    seen: {},
    attentive: true,
    notices: [],
    blocked: [],
    broadcasts: [],
  }
}
