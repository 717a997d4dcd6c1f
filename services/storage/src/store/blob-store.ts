import { randomBytes } from 'node:crypto'
import type { Tx } from '@parley/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { BlobRepository, Intent } from '../domain/ports/store.ts'
import { blobs } from './tables.ts'

export function blobStore(tx: Tx, tenantId: string): BlobRepository {
  /** One order for all: two who lock several never wait for each other. */
  const lock = async (sha256s: readonly string[]) => {
    const ordered = [...new Set(sha256s)].sort()
    const which = and(eq(blobs.tenantId, tenantId), inArray(blobs.sha256, ordered))
    const found = await tx
      .select({ sha256: blobs.sha256, keptUntil: asText(blobs.keptUntil) })
      .from(blobs)
      .where(which)
      .orderBy(blobs.sha256)
      .for('no key update')
    return { which, found }
  }
  return {
    async intend(wanted, keepMs) {
      const intents = new Map<string, Intent>()
      const { found } = await lock(wanted.map(({ sha256 }) => sha256))
      const before = new Map(found.map(({ sha256, keptUntil }) => [sha256, keptUntil]))
      for (const { sha256, size } of [...wanted].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))) {
        const objectKey = newKey(tenantId, sha256)
        const until = sql`now() + ${keepMs} * interval '1 millisecond'`
        const [place] = await tx
          .insert(blobs)
          .values({
            tenantId,
            sha256,
            size,
            objectKey,
            keptUntil: until as unknown as Date,
            dueAt: until as unknown as Date,
          })
          .onConflictDoUpdate({
            target: [blobs.tenantId, blobs.sha256],
            set: {
              keptUntil: longer,
              // what something refers to is not due, and becomes so when that goes
              dueAt: sql`case when ${blobs.dueAt} is not null then ${longer} end`,
            },
          })
          .returning({
            ...{ sha256: blobs.sha256, objectKey: blobs.objectKey, stored: blobs.stored },
            keptUntil: asText(blobs.keptUntil),
          })
        // whoever made it since we looked relies on it for as long as we do
        const keptBefore = place!.objectKey === objectKey ? null : (before.get(sha256) ?? place!.keptUntil)
        intents.set(sha256, { ...place!, keptBefore })
      }
      return wanted.map(({ sha256 }) => intents.get(sha256)!)
    },
    async withdraw(intents) {
      for (const { sha256, keptUntil, keptBefore } of [...intents].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))) {
        const until = sql`greatest(now(), ${keptBefore}::timestamptz)`
        await tx
          .update(blobs)
          .set({ keptUntil: until, dueAt: sql`case when ${blobs.dueAt} is not null then ${until} end` })
          .where(
            sql`${blobs.tenantId} = ${tenantId} and ${blobs.sha256} = ${sha256} and ${blobs.keptUntil} = ${keptUntil}::timestamptz`,
          )
      }
    },
    async refer(sha256s) {
      await tx
        .update(blobs)
        .set({ stored: true, dueAt: null })
        .where((await lock(sha256s)).which)
    },
    async letGo(sha256s) {
      await tx
        .update(blobs)
        .set({ dueAt: sql`greatest(now(), ${blobs.keptUntil})` })
        .where((await lock(sha256s)).which)
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

const asText = (time: AnyPgColumn) => sql<string>`${time}::text`
/** Later by something than for whoever was the last: so each is told from the others. */
const longer = sql`greatest(${blobs.keptUntil} + interval '1 microsecond', excluded.kept_until)`

/** Another at each time: see the migration. */
const newKey = (tenantId: string, sha256: string) =>
  `${tenantId}/${sha256.slice(0, 2)}/${sha256}.${randomBytes(4).toString('hex')}`
