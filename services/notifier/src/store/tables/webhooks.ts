import { integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { Answer } from '../../domain/ports/webhooks.ts'

/** As queries see them. The migrations are the truth: keys, checks and policies stand there alone. */
const at = () => timestamp({ withTimezone: true })

export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  url: text().notNull(),
  events: text().array().notNull(),
  description: text(),
  secret: text().notNull(),
  formerSecret: text(),
  formerUntil: at(),
  disabledReason: text().$type<'host' | 'gone' | 'failing'>(),
  disabledAt: at(),
  failures: integer().notNull().default(0),
  failingSince: at(),
  restsUntil: at(),
  createdAt: at().notNull().defaultNow(),
  updatedAt: at().notNull().defaultNow(),
})

export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  endpointId: uuid().notNull(),
  eventId: text().notNull(),
  type: text().notNull(),
  eventAt: at().notNull(),
  messageId: uuid(),
  replyToId: uuid(),
  body: text(),
  status: text().$type<'waiting' | 'delivered' | 'failed' | 'withdrawn'>().notNull().default('waiting'),
  attempts: integer().notNull().default(0),
  dueAt: at(),
  answer: jsonb().$type<Omit<Answer, 'body'>>(),
  answerBody: text(),
  deliveredAt: at(),
  createdAt: at().notNull().defaultNow(),
})
