import type { NotificationKind } from '@parley/contracts'
import { bigint, boolean, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** As queries see them. The migrations are the truth: keys, checks and policies stand there alone. */
const at = () => timestamp({ withTimezone: true })
const seq = () => bigint({ mode: 'number' })

export const told = pgTable('told', {
  tenantId: text().notNull(),
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  seq: seq().notNull(),
})

export const notifications = pgTable('notifications', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  userId: text().notNull(),
  kind: text().$type<NotificationKind>().notNull(),
  conversationId: uuid(),
  fromSeq: seq().notNull(),
  toSeq: seq().notNull(),
  count: integer().notNull(),
  listed: boolean().notNull(),
  pushed: boolean().notNull(),
  createdAt: at().notNull(),
  updatedAt: at().notNull(),
  readAt: at(),
})
