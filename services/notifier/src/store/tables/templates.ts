import type { TemplateChannel, TemplateKind, TemplateWords } from '@parley/contracts'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** As queries see it. The migrations are the truth: keys, checks and policies stand there alone. */
export const templates = pgTable('templates', {
  tenantId: text().notNull(),
  kind: text().$type<TemplateKind>().notNull(),
  channel: text().$type<TemplateChannel>().notNull(),
  locale: text().notNull(),
  words: jsonb().$type<TemplateWords>().notNull(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  updatedBy: text().notNull(),
})
