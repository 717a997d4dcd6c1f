import type { PushChannel, WebPushSubscription } from '@parley/contracts'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
export const devices = pgTable('devices', {
  tenantId: text().notNull(),
  userId: text().notNull(),
  id: text().notNull(),
  channel: text().$type<PushChannel>().notNull(),
  address: text().notNull(),
  addressHash: text().notNull(),
  keys: jsonb().$type<WebPushSubscription['keys']>(),
  locale: text(),
  app: text(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  sessionId: text(),
  issuedAt: timestamp({ withTimezone: true }),
})
