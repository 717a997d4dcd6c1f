import type { NotificationKind } from '@parley/contracts'
import { bigint, boolean, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { HandOverState } from '../../domain/ports/hand-overs.ts'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
export const handOvers = pgTable('hand_overs', {
  id: uuid().primaryKey(),
  tenantId: text().notNull(),
  userId: text().notNull(),
  channel: text().notNull(),
  target: text().notNull(),
  collapseKey: text().notNull(),
  kind: text().$type<NotificationKind>().notNull(),
  withdraws: boolean().notNull(),
  conversationId: uuid(),
  fromSeq: bigint({ mode: 'number' }).notNull(),
  toSeq: bigint({ mode: 'number' }).notNull(),
  state: text().$type<HandOverState>().notNull().default('waiting'),
  taken: boolean().notNull().default(false),
  dueAt: timestamp({ withTimezone: true }).notNull(),
  attempts: integer().notNull().default(0),
  reason: text(),
  eventAt: timestamp({ withTimezone: true }).notNull(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  settledAt: timestamp({ withTimezone: true }),
  sentAs: jsonb().$type<[id: string, seq: number][]>(),
  lost: integer().notNull().default(0),
})
