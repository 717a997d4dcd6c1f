import type { NotificationTemplate } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { MAX_TEMPLATES, type TemplatePlace, type TemplateRepository } from '../domain/ports/templates.ts'
import { templates } from './tables/templates.ts'

export function templateStore(tx: Tx, tenantId: string): TemplateRepository {
  const ofTenant = eq(templates.tenantId, tenantId)
  const at = ({ kind, channel, locale }: TemplatePlace) =>
    and(ofTenant, eq(templates.kind, kind), eq(templates.channel, channel), eq(templates.locale, locale))
  return {
    async list() {
      const rows = await tx
        .select()
        .from(templates)
        .where(ofTenant)
        .orderBy(asc(templates.kind), asc(templates.channel), asc(templates.locale))
      return rows.map(toTemplate)
    },
    async find(kind, channel, locales) {
      const rows = await tx
        .select()
        .from(templates)
        .where(
          and(
            ofTenant,
            eq(templates.kind, kind),
            eq(templates.channel, channel),
            inArray(templates.locale, [...locales]),
          ),
        )
      return rows.map(toTemplate)
    },
    async put(place, words, by) {
      // two who each put the last one
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`templates ${tenantId}`}, 0))`)
      const [counted] = await tx
        .select({ others: sql<number>`count(*)::integer` })
        .from(templates)
        .where(and(ofTenant, sql`not (${at(place)})`))
      if ((counted?.others ?? 0) >= MAX_TEMPLATES) return false
      await tx
        .insert(templates)
        .values({ tenantId, ...place, words, updatedBy: by })
        .onConflictDoUpdate({
          target: [templates.tenantId, templates.kind, templates.channel, templates.locale],
          set: { words, updatedBy: by, updatedAt: sql`now()` },
        })
      return true
    },
    async remove(place) {
      await tx.delete(templates).where(at(place))
    },
  }
}

function toTemplate(row: typeof templates.$inferSelect): NotificationTemplate {
  const { kind, channel, locale, words, updatedAt, updatedBy } = row
  return { kind, channel, locale, ...words, updatedAt: updatedAt.toISOString(), updatedBy }
}
