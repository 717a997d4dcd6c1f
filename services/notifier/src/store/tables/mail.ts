import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
export const unreachableAddresses = pgTable('unreachable_addresses', {
  tenantId: text().notNull(),
  address: text().notNull(),
  reason: text().notNull(),
  since: timestamp({ withTimezone: true }).notNull().defaultNow(),
})

export const replyAddresses = pgTable('reply_addresses', {
  id: text().primaryKey(),
  tenantId: text().notNull(),
  userId: text().notNull(),
  conversationId: uuid().notNull(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})
