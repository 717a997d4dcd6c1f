import type { Tx } from '@parley/database'
import { and, eq } from 'drizzle-orm'
import type { IdempotencyKeys, KeyRef } from '../../domain/ports/idempotency-keys.ts'
import { idempotencyKeys } from '../tables/tables.ts'

export function idempotencyKeyStore(tx: Tx, tenantId: string): IdempotencyKeys {
  const one = ({ userId, operation, key }: KeyRef) =>
    and(
      eq(idempotencyKeys.tenantId, tenantId),
      eq(idempotencyKeys.userId, userId),
      eq(idempotencyKeys.operation, operation),
      eq(idempotencyKeys.key, key),
    )
  const find: IdempotencyKeys['find'] = async (ref) => {
    const [row] = await tx
      .select({ bodyHash: idempotencyKeys.bodyHash, result: idempotencyKeys.result })
      .from(idempotencyKeys)
      .where(one(ref))
    return row ?? null
  }
  return {
    find,
    async take({ bodyHash, result, ...key }) {
      const inserted = await tx
        .insert(idempotencyKeys)
        .values({ tenantId, ...key, bodyHash, result })
        .onConflictDoNothing()
        .returning({ key: idempotencyKeys.key })
      if (inserted.length > 0) return { taken: true, bodyHash, result }
      return { taken: false, ...(await find(key))! }
    },
    async settle({ result, ...ref }) {
      await tx.update(idempotencyKeys).set({ result }).where(one(ref))
    },
  }
}
