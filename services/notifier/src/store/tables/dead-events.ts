import type { EventPlace } from '@parley/contracts'
import { bigint, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
const at = () => timestamp({ withTimezone: true })

export const deadEvents = pgTable('dead_events', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  consumer: text().notNull(),
  eventId: text().notNull(),
  subject: text().notNull(),
  sequence: bigint({ mode: 'number' }),
  type: text(),
  conversationId: uuid(),
  place: jsonb().$type<EventPlace>(),
  state: text().$type<'aside' | 'waiting' | 'lost'>().notNull().default('aside'),
  error: text().notNull(),
  failures: integer().notNull().default(1),
  createdAt: at().notNull().defaultNow(),
  failedAt: at().notNull().defaultNow(),
})
