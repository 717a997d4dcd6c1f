import type { PutNotificationPreferences } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { PreferenceRepository } from '../domain/ports/preferences.ts'
import { conversationLevels, preferences } from './tables/preferences.ts'

export function preferenceStore(tx: Tx, tenantId: string): PreferenceRepository {
  return {
    async of(userIds) {
      if (userIds.length === 0) return new Map()
      const rows = await tx
        .select({ userId: preferences.userId, said: preferences.said })
        .from(preferences)
        .where(and(eq(preferences.tenantId, tenantId), inArray(preferences.userId, [...userIds])))
      return new Map<string, PutNotificationPreferences>(rows.map(({ userId, said }) => [userId, said]))
    },
    async put(userId, said) {
      await tx
        .insert(preferences)
        .values({ tenantId, userId, said })
        .onConflictDoUpdate({
          target: [preferences.tenantId, preferences.userId],
          set: { said, updatedAt: sql`now()` },
        })
    },
    async turnOffEmail(userId) {
      const email = sql`'{"email": false}'::jsonb`
      await tx
        .insert(preferences)
        .values({ tenantId, userId, said: { channels: { email: false } } })
        .onConflictDoUpdate({
          target: [preferences.tenantId, preferences.userId],
          set: {
            said: sql`${preferences.said} || jsonb_build_object('channels', coalesce(${preferences.said} -> 'channels', '{}') || ${email})`,
            updatedAt: sql`now()`,
          },
        })
    },
    async levels(conversationIds, userIds) {
      if (conversationIds.length === 0 || userIds.length === 0) return []
      const { conversationId, userId, level } = conversationLevels
      return tx
        .select({ conversationId, userId, level })
        .from(conversationLevels)
        .where(
          and(
            eq(conversationLevels.tenantId, tenantId),
            inArray(conversationId, [...conversationIds]),
            inArray(userId, [...userIds]),
          ),
        )
    },
    async setLevel(conversationId, userId, level) {
      const { tenantId: tenant, conversationId: conversation, userId: user } = conversationLevels
      if (level === 'all') {
        await tx
          .delete(conversationLevels)
          .where(and(eq(tenant, tenantId), eq(conversation, conversationId), eq(user, userId)))
        return
      }
      await tx
        .insert(conversationLevels)
        .values({ tenantId, conversationId, userId, level })
        .onConflictDoUpdate({ target: [tenant, conversation, user], set: { level } })
    },
  }
}
