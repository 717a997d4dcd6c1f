/** What the functions answer that take many calls at once, as `answers.ts` has it for the others. */
import { fieldsOf, type Positional } from '@parley/database'
import type { MessageExtrasAnswer } from './answers.ts'

/** What a message is not appended for. */
export type RefusalCode =
  | 'not_found'
  | 'key_reused'
  | 'forbidden'
  | 'blocked'
  | 'conversation_closed'
  | 'conversation_read_only'
  | 'reply_not_found'
  | 'unauthenticated'

/** A message that stands in its conversation, by this call or by one before it. */
export interface AppendedItem {
  verdict: 'fresh' | 'duplicate'
  seq: number
  id: string
  createdAt: number
  rev: number
  name: string | null
  avatarUrl: string | null
  /** The conversation's, of a duplicate. */
  lastSeq?: number | null
  /** Of a message that was sent with any. */
  extras?: Positional<MessageExtrasAnswer> | null
}
export const appendedItem = fieldsOf<AppendedItem>()('append_messages.item', [
  'verdict',
  'seq',
  'id',
  'createdAt',
  'rev',
  'name',
  'avatarUrl',
  'lastSeq',
  'extras',
])

export interface RefusedItem {
  verdict: 'locked' | RefusalCode
  /** Whether the sender's account is; said with `forbidden`. */
  isDisabled?: boolean
}
export const refusedItem = fieldsOf<RefusedItem>()('append_messages.refusal', ['verdict', 'isDisabled'])

export type ItemAnswer = Positional<AppendedItem> | Positional<RefusedItem>

export function decodeItem(answer: ItemAnswer): AppendedItem | RefusedItem {
  // either begins with its verdict, which says what the rest of it is
  const [verdict] = answer
  return verdict === 'fresh' || verdict === 'duplicate'
    ? appendedItem.decode(answer as Positional<AppendedItem>)
    : refusedItem.decode(answer as Positional<RefusedItem>)
}

/** Who hears of a conversation: its members, or their version where they are many. */
export interface AudienceAnswer {
  conversationId: string
  version: number
  userIds: string[] | null
}
export const appendAudience = fieldsOf<AudienceAnswer>()('append_messages.audience', [
  'conversationId',
  'version',
  'userIds',
])

export interface MarkedItem {
  verdict: 'not_found' | 'locked' | 'moved' | 'cleared' | 'same'
  /** How far the participant is now. */
  seq: number
  /** Null when nothing moved. */
  rev: number | null
  /** Nobody else may hear of it. */
  isHidden: boolean
}
export const markedItem = fieldsOf<MarkedItem>()('mark_receipts.item', ['verdict', 'seq', 'rev', 'isHidden'])

/** Whom receipts are told in it. */
export interface MarkedConversation extends AudienceAnswer {
  lastSeq: number
  participantCount: number
  /** Who had its last message before this call, in one that is too large to name them. */
  count: number | null
}
export const markedConversation = fieldsOf<MarkedConversation>()('mark_receipts.conversation', [
  'conversationId',
  'lastSeq',
  'version',
  'userIds',
  'participantCount',
  'count',
])
