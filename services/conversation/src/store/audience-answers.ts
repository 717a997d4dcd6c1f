/** What the functions of `audience.sql` answer; see `answers.ts`. */
import type { Attachment, ConversationKind, Happened, NotifiedMessage } from '@parley/contracts'
import { fieldsOf, type Positional } from '@parley/database'
import type { ContextAnswer } from './answers.ts'

export interface NotifiedConversationAnswer {
  id: string
  kind: ConversationKind
  title: string | null
  context: Positional<ContextAnswer> | null
}
export const audienceConversation = fieldsOf<NotifiedConversationAnswer>()('audience_conversation', [
  'id',
  'kind',
  'title',
  'context',
])

export interface UntoldAnswer {
  toSeq: number
  seqs: number[]
  mentions: number[]
}
export const untold = fieldsOf<UntoldAnswer>()('audience_recipients.untold', ['toSeq', 'seqs', 'mentions'])

export interface RecipientAnswer {
  userId: string
  name: string | null
  locale: string | null
  email: string | null
  observes: boolean
  mutedUntil: number | null
  unreadCount: number
  lastReadSeq: number
  untold: Positional<UntoldAnswer>
}
export const audienceRecipient = fieldsOf<RecipientAnswer>()('audience_recipients.recipient', [
  'userId',
  'name',
  'locale',
  'email',
  'observes',
  'mutedUntil',
  'unreadCount',
  'lastReadSeq',
  'untold',
])

export interface UnreadMessageAnswer {
  messageId: string
  seq: number
  type: string
  senderId: string
  at: number
}
export const audienceMessage = fieldsOf<UnreadMessageAnswer>()('audience_recipients.message', [
  'messageId',
  'seq',
  'type',
  'senderId',
  'at',
])

export interface ReaderAnswer {
  userId: string
  seq: number
}
export const audienceReader = fieldsOf<ReaderAnswer>()('audience_recipients.reader', ['userId', 'seq'])

export interface RecipientsAnswer {
  conversation: Positional<NotifiedConversationAnswer>
  agedSeq: number
  agesInMs: number | null
  recipients: Positional<RecipientAnswer>[]
  messages: Positional<UnreadMessageAnswer>[]
  next: string | null
  readers: Positional<ReaderAnswer>[]
}
export const audienceRecipients = fieldsOf<RecipientsAnswer>()('audience_recipients', [
  'conversation',
  'agedSeq',
  'agesInMs',
  'recipients',
  'messages',
  'next',
  'readers',
])

type MovedAnswer = NonNullable<NotifiedMessage['moved']>
export const standingMoved = fieldsOf<MovedAnswer>()('audience_standing.moved', ['type', 'action', 'party'])

export interface NotifiedMessageAnswer {
  id: string
  seq: number
  type: string
  senderId: string
  senderName: string | null
  senderAvatarUrl: string | null
  content: string
  payload: Record<string, unknown> | null
  at: number
  firstAttachment: Attachment | null
  attachments: number | null
  /** What they are called who are mentioned, by their ids. */
  mentions: Record<string, string> | null
  /** Of a line that says what became of a message; the rest is that one's, and of whoever did it. */
  moved?: Positional<MovedAnswer> | null
}
export const standingMessage = fieldsOf<NotifiedMessageAnswer>()('audience_standing.message', [
  'id',
  'seq',
  'type',
  'senderId',
  'senderName',
  'senderAvatarUrl',
  'content',
  'payload',
  'at',
  'firstAttachment',
  'attachments',
  'mentions',
  'moved',
])

export interface AudienceStandingAnswer {
  conversation: Positional<NotifiedConversationAnswer>
  messages: Positional<NotifiedMessageAnswer>[]
  unreadCount: number
  totalUnread: number
  name: string | null
  locale: string | null
  email: string | null
}
export const audienceStanding = fieldsOf<AudienceStandingAnswer>()('audience_standing', [
  'conversation',
  'messages',
  'unreadCount',
  'totalUnread',
  'name',
  'locale',
  'email',
])

export interface NewsWrittenAnswer {
  tenantId: string
  conversationId: string
  at: number
}
export const newsWritten = fieldsOf<NewsWrittenAnswer>()('news_after.written', ['tenantId', 'conversationId', 'at'])

export interface NewsReadAnswer {
  tenantId: string
  conversationId: string
  userId: string
  seq: number
}
export const newsRead = fieldsOf<NewsReadAnswer>()('news_after.read', ['tenantId', 'conversationId', 'userId', 'seq'])

export interface HappenedAnswer {
  tenantId: string
  kind: Happened['kind']
  aboutId: string
  userId: string | null
  seq: number
  rev: number
  at: number
}
export const newsHappened = fieldsOf<HappenedAnswer>()('news_after.happened', [
  'tenantId',
  'kind',
  'aboutId',
  'userId',
  'seq',
  'rev',
  'at',
])

export interface NewsAnswer {
  position: string
  written: Positional<NewsWrittenAnswer>[]
  read: Positional<NewsReadAnswer>[]
  more: boolean
  happened: Positional<HappenedAnswer>[]
}
export const newsAfter = fieldsOf<NewsAnswer>()('news_after', ['position', 'written', 'read', 'more', 'happened'])

export interface ConcernedAnswer {
  userId: string
  name: string | null
  locale: string | null
  email: string | null
  mutedUntil: number | null
  seq: number
}
export const concernedPerson = fieldsOf<ConcernedAnswer>()('audience_concerned.person', [
  'userId',
  'name',
  'locale',
  'email',
  'mutedUntil',
  'seq',
])

export interface ConcernedPageAnswer {
  concerned: Positional<ConcernedAnswer>[]
  next: string | null
}
export const audienceConcerned = fieldsOf<ConcernedPageAnswer>()('audience_concerned', ['concerned', 'next'])
