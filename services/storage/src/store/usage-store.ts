import type { Tx } from '@parley/database'
import { and, eq, sql } from 'drizzle-orm'
import type { UsageRepository } from '../domain/ports/store.ts'
import { usage } from './tables.ts'

/** Whose row counts all of a tenant. It is always moved first: one order for all who wait for each other. */
const EVERYBODY = ''

export function usageStore(tx: Tx, tenantId: string): UsageRepository {
  const add = async (userId: string, bytes: number, quota: number | null): Promise<boolean> => {
    const fits = quota === null ? sql`true` : sql`${usage.bytes} + ${bytes} <= ${quota}`
    if (quota !== null && bytes > quota) return false
    const moved = await tx
      .insert(usage)
      .values({ tenantId, userId, bytes, files: 1 })
      .onConflictDoUpdate({
        target: [usage.tenantId, usage.userId],
        set: { bytes: sql`${usage.bytes} + ${bytes}`, files: sql`${usage.files} + 1` },
        setWhere: fits,
      })
      .returning({ userId: usage.userId })
    return moved.length > 0
  }
  const take = (userId: string, bytes: number, files: number) =>
    tx
      .update(usage)
      .set({ bytes: sql`${usage.bytes} - ${bytes}`, files: sql`${usage.files} - ${files}` })
      .where(and(eq(usage.tenantId, tenantId), eq(usage.userId, userId)))
  return {
    async charge(userId, bytes, { user, tenant }) {
      if (!(await add(EVERYBODY, bytes, tenant))) return false
      if (await add(userId, bytes, user)) return true
      await take(EVERYBODY, bytes, 1)
      return false
    },
    async refund(users) {
      const total = (of: 'bytes' | 'files') => users.reduce((sum, user) => sum + user[of], 0)
      await take(EVERYBODY, total('bytes'), total('files'))
      const ordered = [...users].sort((a, b) => (a.userId < b.userId ? -1 : 1))
      for (const { userId, bytes, files } of ordered) await take(userId, bytes, files)
    },
    async of(userId) {
      const [row] = await tx
        .select({ bytes: usage.bytes, files: usage.files })
        .from(usage)
        .where(and(eq(usage.tenantId, tenantId), eq(usage.userId, userId ?? EVERYBODY)))
      return row ?? { bytes: 0, files: 0 }
    },
  }
}
