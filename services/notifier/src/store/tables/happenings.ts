import type { Happened } from '@parley/contracts'
import { bigint, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
export const happenings = pgTable('happenings', {
  tenantId: text().notNull(),
  id: text().notNull(),
  kind: text().$type<Happened['kind']>().notNull(),
  aboutId: uuid().notNull(),
  userId: text(),
  seq: bigint({ mode: 'number' }).notNull(),
  rev: bigint({ mode: 'number' }).notNull(),
  at: timestamp({ withTimezone: true }).notNull(),
  toldTo: text(),
  doneAt: timestamp({ withTimezone: true }),
})
