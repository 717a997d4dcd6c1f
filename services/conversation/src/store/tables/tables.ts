import type {
  ChosenTime,
  HeldStatus,
  MessageTransition,
  ReportReason,
  ScheduledStatus,
  SystemRole,
} from '@parley/contracts'
import { sql } from 'drizzle-orm'
import { bigint, boolean, integer, jsonb, pgTable, pgView, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Untold } from '../../domain/ports/contexts.ts'
import type { HeldBody } from '../../domain/ports/held-messages.ts'
import type { ReportSnapshot } from '../../domain/ports/reports.ts'
import type { MessageToSend } from '../../domain/ports/scheduled-messages.ts'
import type { MoreExtras } from '../answers.ts'

/**
 * The tables as queries see them. The migrations are the truth (keys, checks, policies stand there alone);
 * `tables.pg.test.ts` fails when a column here and there differ.
 */
const at = () => timestamp({ withTimezone: true })
const count = () => bigint({ mode: 'number' })

export const tenants = pgTable('tenants', {
  id: text().primaryKey(),
  epoch: count().notNull().default(1),
  policy: jsonb().notNull().default({}),
  hidesReceipts: boolean().notNull().generatedAlwaysAs(sql`false`),
  createdAt: at().notNull().defaultNow(),
})

export const users = pgTable('users', {
  tenantId: text().notNull(),
  id: text().notNull(),
  name: text(),
  avatarUrl: text(),
  hostRole: text(),
  locale: text(),
  email: text(),
  disabledAt: at(),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
  /** When the host said them last. */
  nameSaidAt: at(),
  avatarSaidAt: at(),
  roleSaidAt: at(),
  receiptsHidden: boolean().notNull().default(false),
  presenceHidden: boolean().notNull().default(false),
  revokedBefore: at(),
  endedSessions: jsonb().$type<Record<string, number>>(),
})

export const lastSeen = pgTable('last_seen', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  at: at().notNull(),
})

/** Kept by a trigger on users, and read by search_users(). */
export const userTerms = pgTable('user_terms', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  term: text().notNull(),
  before: text().notNull(),
})

export const conversations = pgTable('conversations', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  kind: text({ enum: ['direct', 'group', 'context'] }).notNull(),
  directKey: text(),
  title: text(),
  status: text({ enum: ['active', 'read_only', 'closed'] })
    .notNull()
    .default('active'),
  statusReason: text(),
  closesAt: at(),
  metadata: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  createdBy: text().notNull(),
  lastSeq: count().notNull().default(0),
  rev: count().notNull().default(0),
  participantsVersion: count().notNull().default(0),
  participantCount: integer().notNull().default(0),
  lastMessageAt: at(),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
  contextType: text(),
  contextId: text(),
  contextKey: text(),
  pictureUrl: text(),
  nextStatus: text({ enum: ['read_only', 'closed'] }),
  nextReason: text(),
  held: boolean().notNull().default(false),
  blockable: boolean().notNull().default(false),
  changedRev: count().notNull().default(0),
  listedAt: at(),
  contextRev: count(),
  contextBy: text(),
})

export const contexts = pgTable('contexts', {
  tenantId: text().notNull(),
  type: text().notNull(),
  id: text().notNull(),
  parentType: text(),
  parentId: text(),
  title: text(),
  status: text(),
  statusAt: at().notNull().defaultNow(),
  version: count(),
  members: jsonb().$type<{ userId: string; role: string }[]>().notNull().default([]),
  metadata: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
  untold: jsonb().$type<Untold>(),
})

export const blocks = pgTable('blocks', {
  tenantId: text().notNull(),
  blockerId: text().notNull(),
  blockedId: text().notNull(),
  createdAt: at().notNull().defaultNow(),
})

export const reports = pgTable('reports', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  reporterId: text().notNull(),
  messageId: uuid(),
  conversationId: uuid(),
  userId: text(),
  reason: text().$type<ReportReason>().notNull(),
  note: text(),
  status: text({ enum: ['open', 'resolved', 'dismissed'] })
    .notNull()
    .default('open'),
  resolution: text(),
  resolvedBy: text(),
  resolvedAt: at(),
  createdAt: at().notNull().defaultNow(),
  subject: text(),
  snapshot: jsonb().$type<ReportSnapshot>(),
  snapshotUntil: at(),
  count: integer().notNull().default(1),
  lastReportedAt: at(),
})

export const broadcasts = pgTable('broadcasts', {
  number: count().notNull().generatedByDefaultAsIdentity(),
  id: uuid().notNull(),
  tenantId: text().notNull(),
  sentBy: text().notNull(),
  title: text(),
  content: text().notNull(),
  link: text(),
  at: at().notNull().defaultNow(),
})

export const scheduledMessages = pgTable('scheduled_messages', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  userId: text().notNull(),
  role: text().$type<SystemRole>().notNull(),
  hostRole: text(),
  message: jsonb().$type<MessageToSend>(),
  sendAt: at().notNull(),
  status: text().$type<ScheduledStatus>().notNull().default('scheduled'),
  conversationId: uuid(),
  messageId: uuid(),
  errorCode: text(),
  errorMessage: text(),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
})

export const heldMessages = pgTable('held_messages', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  conversationId: uuid().notNull(),
  senderId: text().notNull(),
  clientId: text().notNull(),
  bodyHash: text().notNull(),
  body: jsonb().$type<HeldBody>(),
  why: text({ enum: ['host', 'no_answer'] }).notNull(),
  status: text().$type<HeldStatus>().notNull().default('held'),
  messageId: uuid(),
  errorCode: text(),
  errorMessage: text(),
  decidedBy: text(),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
})

export const cannedReplies = pgTable('canned_replies', {
  tenantId: text().notNull(),
  ownerId: text().notNull(),
  shortcut: text().notNull(),
  text: text().notNull(),
  roles: text().array(),
  updatedAt: at().notNull().defaultNow(),
})

export const auditLog = pgTable('audit_log', {
  id: count().notNull().generatedByDefaultAsIdentity(),
  tenantId: text().notNull(),
  at: at().notNull().defaultNow(),
  actorId: text().notNull(),
  actorRole: text().notNull(),
  action: text().notNull(),
  target: text(),
  details: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  ip: text(),
})

export const participants = pgTable('participants', {
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  tenantId: text().notNull(),
  role: text().notNull(),
  joinedAt: at().notNull().defaultNow(),
  leftAt: at(),
  visibleFromSeq: count().notNull().default(0),
  clearedBeforeSeq: count().notNull().default(0),
  lastReadSeq: count().notNull().default(0),
  lastDeliveredSeq: count().notNull().default(0),
  unreadFrom: count(),
  mutedUntil: at(),
  archivedAt: at(),
  pinnedAt: at(),
  privateCounter: count().notNull().default(0),
  rev: count().notNull().default(0),
  joinedRev: count().notNull().default(0),
  via: text({ enum: ['context', 'admin'] }),
  blockedAt: at(),
  firstJoinedAt: at(),
  hides: boolean().notNull().default(false),
  archivedSeen: at(),
  clearedAt: at(),
  clearedSeen: at(),
  draftedAt: at(),
  privateAt: at(),
  listedAt: at(),
})

export const drafts = pgTable('drafts', {
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  tenantId: text().notNull(),
  content: text().notNull(),
  replyTo: uuid(),
  updatedAt: at().notNull(),
})

const messageColumns = {
  conversationId: uuid().notNull(),
  seq: count().notNull(),
  id: uuid().notNull(),
  tenantId: text().notNull(),
  senderId: text().notNull(),
  type: text().notNull(),
  content: text().notNull(),
  payload: jsonb().$type<Record<string, unknown>>(),
  clientId: text().notNull(),
  bodyHash: text().notNull(),
  rev: count().notNull().default(0),
  editedAt: at(),
  deletedAt: at(),
  createdAt: at().notNull(),
  imported: boolean().notNull().default(false),
  replyTo: uuid(),
  mentions: text().array(),
  forwarded: boolean(),
  silent: boolean(),
  pinnedAt: at(),
  pinnedBy: text(),
  extras: jsonb().$type<MoreExtras>(),
}
export const messages = pgTable('messages', messageColumns)
/** The visibility rule. Whatever a person reads of messages comes through here. */
export const visibleMessages = pgView('visible_messages', { viewerId: text().notNull(), ...messageColumns }).existing()

export const messageEdits = pgTable('message_edits', {
  messageId: uuid().notNull(),
  rev: count().notNull(),
  tenantId: text().notNull(),
  content: text().notNull(),
  editedBy: text().notNull(),
  editedAt: at().notNull(),
})

export const messageTransitions = pgTable('message_transitions', {
  messageId: uuid().notNull(),
  rev: count().notNull(),
  tenantId: text().notNull(),
  action: text().$type<MessageTransition['action']>().notNull(),
  fromStatus: text().notNull(),
  toStatus: text().notNull(),
  byUser: text(),
  party: text().$type<MessageTransition['party']>().notNull(),
  supersededBy: uuid(),
  data: jsonb().$type<{ reason: string | null; chosen: ChosenTime | null }>(),
  at: at().notNull().defaultNow(),
})

export const reactions = pgTable('reactions', {
  messageId: uuid().notNull(),
  emoji: text().notNull(),
  userId: text().notNull(),
  tenantId: text().notNull(),
  createdAt: at().notNull().defaultNow(),
})

/** What participants have deleted for themselves alone. */
export const hiddenMessages = pgTable('hidden_messages', {
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  seq: count().notNull(),
  tenantId: text().notNull(),
  privateCounter: count().notNull(),
})

/** Deleted messages of which words may be left in the event stream. A trigger writes them. */
export const erasures = pgTable('erasures', {
  messageId: uuid().notNull(),
  tenantId: text().notNull(),
})

export const readMarks = pgTable('read_marks', {
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  seq: count().notNull(),
  tenantId: text().notNull(),
  at: at().notNull(),
  /** It covers what lies behind. */
  fromSeq: count(),
})

export const deliveredMarks = pgTable('delivered_marks', {
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  seq: count().notNull(),
  fromSeq: count().notNull(),
  tenantId: text().notNull(),
  at: at().notNull(),
})

export const idempotencyKeys = pgTable('idempotency_keys', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  operation: text().notNull(),
  key: text().notNull(),
  bodyHash: text().notNull(),
  result: text().notNull(),
  createdAt: at().notNull().defaultNow(),
})
