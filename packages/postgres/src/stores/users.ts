import type { IdempotencyKeys, Users } from '@parley/domain'
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../database.ts'
import { idempotencyKeys, tenants, users } from '../tables/tables.ts'

const stored = {
  name: users.name,
  avatarUrl: users.avatarUrl,
  hostRole: users.hostRole,
  disabled: sql<boolean>`${users.disabledAt} is not null`,
}

export function userStore(tx: Tx, tenantId: string): Users {
  const ensureTenant = () => tx.insert(tenants).values({ id: tenantId }).onConflictDoNothing()
  return {
    async find(userId) {
      const [row] = await tx
        .select(stored)
        .from(users)
        .where(and(eq(users.tenantId, tenantId), eq(users.id, userId)))
      return row ?? null
    },
    async remember({ userId, name, avatarUrl, hostRole }) {
      await ensureTenant()
      const [row] = await tx
        .insert(users)
        .values({ tenantId, id: userId, name, avatarUrl, hostRole })
        .onConflictDoUpdate({
          target: [users.tenantId, users.id],
          set: {
            name: sql`coalesce(excluded.name, ${users.name})`,
            avatarUrl: sql`coalesce(excluded.avatar_url, ${users.avatarUrl})`,
            hostRole: sql`coalesce(excluded.host_role, ${users.hostRole})`,
            updatedAt: sql`now()`,
          },
        })
        .returning(stored)
      return row!
    },
    async ensure(ids) {
      await ensureTenant()
      // in one order, so that two who mention the same people do not wait for each other crosswise
      await tx
        .insert(users)
        .values([...ids].sort().map((id) => ({ tenantId, id })))
        .onConflictDoNothing()
    },
  }
}

export function idempotencyKeyStore(tx: Tx, tenantId: string): IdempotencyKeys {
  return {
    async take({ userId, operation, key, bodyHash, result }) {
      const inserted = await tx
        .insert(idempotencyKeys)
        .values({ tenantId, userId, operation, key, bodyHash, result })
        .onConflictDoNothing()
        .returning({ key: idempotencyKeys.key })
      if (inserted.length > 0) return { taken: true, bodyHash, result }
      const [row] = await tx
        .select({ bodyHash: idempotencyKeys.bodyHash, result: idempotencyKeys.result })
        .from(idempotencyKeys)
        .where(
          and(
            eq(idempotencyKeys.tenantId, tenantId),
            eq(idempotencyKeys.userId, userId),
            eq(idempotencyKeys.operation, operation),
            eq(idempotencyKeys.key, key),
          ),
        )
      return { taken: false, ...row! }
    },
  }
}
