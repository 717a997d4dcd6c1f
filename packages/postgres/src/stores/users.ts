import type { IdempotencyKeys, Users } from '@parley/domain'
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../database.ts'
import { idempotencyKeys, tenants, users } from '../tables/tables.ts'

export function userStore(tx: Tx, tenantId: string): Users {
  return {
    async ensure(ids) {
      await tx.insert(tenants).values({ id: tenantId }).onConflictDoNothing()
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
