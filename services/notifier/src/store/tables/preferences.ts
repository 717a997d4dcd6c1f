import type { NotificationLevel, PutNotificationPreferences } from '@parley/contracts'
import { jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** As queries see them. The migrations are the truth: keys, checks and policies stand there alone. */
export const preferences = pgTable('preferences', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  said: jsonb().$type<PutNotificationPreferences>().notNull(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
})

export const conversationLevels = pgTable('conversation_levels', {
  tenantId: text().notNull(),
  conversationId: uuid().notNull(),
  userId: text().notNull(),
  level: text().$type<Exclude<NotificationLevel, 'all'>>().notNull(),
})
