import type { Attachment, AttachmentKind, UploadPurpose, VariantName } from '@parley/contracts'
import { bigint, boolean, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** The tables as queries see them. The migrations are the truth: keys, checks and policies stand there alone. */
const at = () => timestamp({ withTimezone: true })
const count = () => bigint({ mode: 'number' })

export const blobs = pgTable('blobs', {
  tenantId: text().notNull(),
  sha256: text('sha256').notNull(),
  objectKey: text().notNull(),
  size: count().notNull(),
  stored: boolean().notNull().default(false),
  keptUntil: at().notNull(),
  dueAt: at(),
})

export const attachments = pgTable('attachments', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  uploaderId: text().notNull(),
  purpose: text().$type<UploadPurpose>().notNull(),
  conversationId: uuid(),
  uploadKey: text(),
  receivedSha256: text('received_sha256').notNull(),
  name: text().notNull(),
  mime: text().notNull(),
  size: count().notNull(),
  kind: text().$type<AttachmentKind>().notNull(),
  width: integer(),
  height: integer(),
  durationMs: integer(),
  placeholder: text(),
  peaks: jsonb().$type<number[]>(),
  status: text().$type<Attachment['status']>().notNull(),
  sha256: text('sha256').notNull(),
  charged: count().notNull(),
  claimSender: text(),
  claimClient: text(),
  place: integer(),
  claimedAt: at(),
  copiedFrom: uuid(),
  messageId: uuid(),
  dueAt: at(),
  createdAt: at().notNull().defaultNow(),
})

export const variants = pgTable('variants', {
  attachmentId: uuid().notNull(),
  name: text().$type<VariantName>().notNull(),
  tenantId: text().notNull(),
  mime: text().notNull(),
  size: count().notNull(),
  width: integer().notNull(),
  height: integer().notNull(),
  sha256: text('sha256').notNull(),
})

export const usage = pgTable('usage', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  bytes: count().notNull(),
  files: count().notNull(),
})

export const deletedMessages = pgTable('deleted_messages', {
  messageId: uuid().primaryKey(),
  tenantId: text().notNull(),
  createdAt: at().notNull().defaultNow(),
})
