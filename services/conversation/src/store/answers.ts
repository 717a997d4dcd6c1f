/**
 * What the functions of `functions/*.sql` answer, by the names of the fields, in the order of their arrays. SQL says the same
 * lists in its comments (`-- answers message_fields [...]`), and `answers.test.ts` compares the two. Times are milliseconds since
 * 1970.
 */
import type { Attachment, ConversationKind, ConversationStatus, LinkPreview } from '@parley/contracts'
import { fieldsOf, type Positional } from '@parley/database'
import type { UserAnswer } from './user-answers.ts'

export interface ReactionAnswer {
  emoji: string
  userIds: string[]
}
export const reactionFields = fieldsOf<ReactionAnswer>()('reaction', ['emoji', 'userIds'])

/** The message that another one answers. Of a hidden one the words are left out. */
export interface ReplyPreviewAnswer {
  id: string
  seq: number
  senderId: string
  name: string | null
  avatarUrl: string | null
  type: string
  content: string
  payload: Record<string, unknown> | null
  deletedAt: number | null
  hidden: boolean
  firstAttachment: Attachment | null
  /** How many there are. */
  attachments: number | null
}
export const replyPreviewFields = fieldsOf<ReplyPreviewAnswer>()('reply_preview', [
  'id',
  'seq',
  'senderId',
  'name',
  'avatarUrl',
  'type',
  'content',
  'payload',
  'deletedAt',
  'hidden',
  'firstAttachment',
  'attachments',
])

/** What the column `extras` of messages holds. */
export interface MoreExtras {
  attachments?: Attachment[]
  linkPreview?: LinkPreview
  /** The ids of what was attached to a message that is deleted for everyone. */
  deletedAttachments?: string[]
  /** The host has changed its words before it was sent. */
  modified?: true
}

/** What few messages have. */
export interface MessageExtrasAnswer {
  replyTo: Positional<ReplyPreviewAnswer> | null
  mentions: string[] | null
  forwarded: boolean | null
  silent: boolean | null
  pinnedAt: number | null
  pinnedBy: string | null
  more: MoreExtras | null
}
export const messageExtras = fieldsOf<MessageExtrasAnswer>()('message_extras', [
  'replyTo',
  'mentions',
  'forwarded',
  'silent',
  'pinnedAt',
  'pinnedBy',
  'more',
])

export interface MessageAnswer {
  id: string
  conversationId: string
  seq: number
  rev: number
  senderId: string
  type: string
  content: string
  payload: Record<string, unknown> | null
  editedAt: number | null
  deletedAt: number | null
  createdAt: number
  name: string | null
  avatarUrl: string | null
  imported: boolean
  reactions: Positional<ReactionAnswer>[] | null
  /** Null for most. */
  extras: Positional<MessageExtrasAnswer> | null
}
export const messageFields = fieldsOf<MessageAnswer>()('message_fields', [
  'id',
  'conversationId',
  'seq',
  'rev',
  'senderId',
  'type',
  'content',
  'payload',
  'editedAt',
  'deletedAt',
  'createdAt',
  'name',
  'avatarUrl',
  'imported',
  'reactions',
  'extras',
])

/** Who wrote messages of a page. */
export interface PageSenderAnswer {
  name: string | null
  avatarUrl: string | null
}
export const pageSender = fieldsOf<PageSenderAnswer>()('page_text.sender', ['name', 'avatarUrl'])

export interface ParticipantAnswer {
  userId: string
  name: string | null
  avatarUrl: string | null
  role: string
  joinedAt: number
  lastReadSeq: number
  lastDeliveredSeq: number
  via: string | null
}
export const participantFields = fieldsOf<ParticipantAnswer>()('participant_fields', [
  'userId',
  'name',
  'avatarUrl',
  'role',
  'joinedAt',
  'lastReadSeq',
  'lastDeliveredSeq',
  'via',
])

export interface ContextAnswer {
  type: string
  id: string
  title: string | null
  status: string | null
  parentType: string | null
  parentId: string | null
}
export const contextFields = fieldsOf<ContextAnswer>()('context_fields', [
  'type',
  'id',
  'title',
  'status',
  'parentType',
  'parentId',
])

export interface DraftAnswer {
  content: string
  replyTo: string | null
  updatedAt: number
}
export const draftFields = fieldsOf<DraftAnswer>()('draft_fields', ['content', 'replyTo', 'updatedAt'])

export interface ConversationAnswer {
  id: string
  kind: ConversationKind
  title: string | null
  status: ConversationStatus
  statusReason: string | null
  participantCount: number
  lastSeq: number
  rev: number
  metadata: Record<string, unknown>
  createdAt: number
  updatedAt: number
  participants: Positional<ParticipantAnswer>[]
  epoch: number
  privateCounter: number
  lastReadSeq: number
  archivedAt: number | null
  mutedUntil: number | null
  pinnedAt: number | null
  unreadCount: number
  lastMessage: Positional<MessageAnswer> | null
  context: Positional<ContextAnswer> | null
  pictureUrl: string | null
  closesAt: number | null
  blocking: boolean
  activityAt: number
  clearedBeforeSeq: number
  clearedAt: number | null
  staysArchived: boolean
  draft: Positional<DraftAnswer> | null
  unreadFrom: number | null
  /** A block stops the viewer. */
  blocked: boolean
}
export const conversationView = fieldsOf<ConversationAnswer>()('conversation_view', [
  'id',
  'kind',
  'title',
  'status',
  'statusReason',
  'participantCount',
  'lastSeq',
  'rev',
  'metadata',
  'createdAt',
  'updatedAt',
  'participants',
  'epoch',
  'privateCounter',
  'lastReadSeq',
  'archivedAt',
  'mutedUntil',
  'pinnedAt',
  'unreadCount',
  'lastMessage',
  'context',
  'pictureUrl',
  'closesAt',
  'blocking',
  'activityAt',
  'clearedBeforeSeq',
  'clearedAt',
  'staysArchived',
  'draft',
  'unreadFrom',
  'blocked',
])

export interface ListedAnswer {
  view: Positional<ConversationAnswer>
  pinned: boolean
  /** Where it stands in the list, with microseconds: when it was pinned, or its activity. */
  place: string
}
export const listedConversation = fieldsOf<ListedAnswer>()('list_conversations.conversation', [
  'view',
  'pinned',
  'place',
])

export interface ListAnswer {
  conversations: Positional<ListedAnswer>[]
  hasMore: boolean
  stoppedAt: string | null
}
export const conversationList = fieldsOf<ListAnswer>()('list_conversations', ['conversations', 'hasMore', 'stoppedAt'])

export interface TenantListAnswer {
  ids: string[]
  /** When each of them was active last: one more than was asked for says that there is more. */
  places: string[]
  stoppedAt: string | null
}
export const tenantList = fieldsOf<TenantListAnswer>()('conversations_of_tenant', ['ids', 'places', 'stoppedAt'])

export interface HeadAnswer {
  conversationId: string
  seq: number
  rev: number
}
export const sessionHead = fieldsOf<HeadAnswer>()('session_state.head', ['conversationId', 'seq', 'rev'])

export interface SessionAnswer {
  at: number
  /** Null when the token says something that is not stored. */
  user: Positional<UserAnswer> | null
  unreadCount: number
  heads: Positional<HeadAnswer>[]
}
export const sessionState = fieldsOf<SessionAnswer>()('session_state', ['at', 'user', 'unreadCount', 'heads'])

export interface HiddenAnswer {
  messageId: string
  seq: number
}
export const syncHidden = fieldsOf<HiddenAnswer>()('sync_conversations.hidden', ['messageId', 'seq'])

export interface ChangesAnswer {
  view: Positional<ConversationAnswer>
  /** The cursor was of no use: messages are the latest page. */
  whole: boolean
  /** Newest first. */
  messages: Positional<MessageAnswer>[]
  changed: Positional<MessageAnswer>[]
  participants: Positional<ParticipantAnswer>[]
  /** What the viewer has hidden since. */
  hidden: Positional<HiddenAnswer>[]
  /** The cursor is of before the database was restored from a backup. */
  restored: boolean
}
export const syncPart = fieldsOf<ChangesAnswer>()('sync_conversations.part', [
  'view',
  'whole',
  'messages',
  'changed',
  'participants',
  'hidden',
  'restored',
])

export interface SyncAnswer {
  at: number
  gone: string[]
  hasMore: boolean
  conversations: Positional<ChangesAnswer>[]
}
export const syncState = fieldsOf<SyncAnswer>()('sync_conversations', ['at', 'gone', 'hasMore', 'conversations'])

/** How a conversation stands for one of those who are in it. */
export interface OwnStateAnswer {
  epoch: number
  seq: number
  rev: number
  privateCounter: number
  lastReadSeq: number
  lastDeliveredSeq: number
  unreadFrom: number | null
  archivedAt: number | null
  mutedUntil: number | null
  pinnedAt: number | null
  unreadCount: number
  clearedBeforeSeq: number
  clearedAt: number | null
  staysArchived: boolean
  draft: Positional<DraftAnswer> | null
  blocked: boolean
}
export const ownState = fieldsOf<OwnStateAnswer>()('own_states', [
  'epoch',
  'seq',
  'rev',
  'privateCounter',
  'lastReadSeq',
  'lastDeliveredSeq',
  'unreadFrom',
  'archivedAt',
  'mutedUntil',
  'pinnedAt',
  'unreadCount',
  'clearedBeforeSeq',
  'clearedAt',
  'staysArchived',
  'draft',
  'blocked',
])

export interface ReceiptAnswer {
  userId: string
  name: string | null
  avatarUrl: string | null
  deliveredAt: number | null
  readAt: number | null
}
export const receiptFields = fieldsOf<ReceiptAnswer>()('message_receipts.receipt', [
  'userId',
  'name',
  'avatarUrl',
  'deliveredAt',
  'readAt',
])

export interface ReceiptsAnswer {
  deliveredCount: number | null
  readCount: number | null
  receipts: Positional<ReceiptAnswer>[]
}
export const receiptsAnswer = fieldsOf<ReceiptsAnswer>()('message_receipts', [
  'deliveredCount',
  'readCount',
  'receipts',
])
