import { randomBytes } from 'node:crypto'
import type { Tx } from '@parley/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { BlobPlace, BlobRepository } from '../domain/ports/store.ts'
import { blobs } from './tables.ts'

export function blobStore(tx: Tx, tenantId: string): BlobRepository {
  /** One order for all: two who lock several never wait for each other. */
  const lock = async (sha256s: readonly string[]) => {
    const ordered = [...new Set(sha256s)].sort()
    await tx
      .select({ sha256: blobs.sha256 })
      .from(blobs)
      .where(and(eq(blobs.tenantId, tenantId), inArray(blobs.sha256, ordered)))
      .orderBy(blobs.sha256)
      .for('no key update')
    return and(eq(blobs.tenantId, tenantId), inArray(blobs.sha256, ordered))
  }
  return {
    async intend(wanted, keepMs) {
      const places = new Map<string, BlobPlace>()
      for (const { sha256, size } of [...wanted].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))) {
        const until = sql`now() + ${keepMs} * interval '1 millisecond'`
        const [place] = await tx
          .insert(blobs)
          .values({
            tenantId,
            sha256,
            size,
            objectKey: newKey(tenantId, sha256),
            keptUntil: until as unknown as Date,
            dueAt: until as unknown as Date,
          })
          .onConflictDoUpdate({
            target: [blobs.tenantId, blobs.sha256],
            set: {
              keptUntil: sql`greatest(${blobs.keptUntil}, excluded.kept_until)`,
              // what something refers to is not due, and becomes so when that goes
              dueAt: sql`case when ${blobs.dueAt} is not null then greatest(${blobs.keptUntil}, excluded.kept_until) end`,
            },
          })
          .returning({ sha256: blobs.sha256, objectKey: blobs.objectKey, stored: blobs.stored })
        places.set(sha256, place!)
      }
      return wanted.map(({ sha256 }) => places.get(sha256)!)
    },
    async refer(sha256s) {
      await tx
        .update(blobs)
        .set({ stored: true, dueAt: null })
        .where(await lock(sha256s))
    },
    async letGo(sha256s) {
      await tx
        .update(blobs)
        .set({ dueAt: sql`greatest(now(), ${blobs.keptUntil})` })
        .where(await lock(sha256s))
    },
    async place(sha256) {
      const [place] = await tx
        .select({ sha256: blobs.sha256, objectKey: blobs.objectKey, stored: blobs.stored })
        .from(blobs)
        .where(and(eq(blobs.tenantId, tenantId), eq(blobs.sha256, sha256)))
      return place
    },
  }
}

/** Another at each time: see the migration. */
const newKey = (tenantId: string, sha256: string) =>
  `${tenantId}/${sha256.slice(0, 2)}/${sha256}.${randomBytes(4).toString('hex')}`
