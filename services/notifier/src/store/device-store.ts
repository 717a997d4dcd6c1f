import { createHash } from 'node:crypto'
import type { Device } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, desc, eq, inArray, ne, or, sql } from 'drizzle-orm'
import type { DeviceRepository } from '../domain/ports/devices.ts'
import { devices } from './tables/devices.ts'

export function deviceStore(tx: Tx, tenantId: string): DeviceRepository {
  const ofTenant = eq(devices.tenantId, tenantId)
  const ofUser = (userId: string) => and(ofTenant, eq(devices.userId, userId))
  const now = sql`clock_timestamp()` as unknown as Date
  return {
    async put({ userId, id, address, ...device }, atMost) {
      const { channel } = device
      const addressHash = createHash('sha256').update(address).digest('hex')
      // of two who say that an address is theirs it is the later one's; one after the other, or each would wait for what the other removes
      await tx.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${channel} ${addressHash}`}, 0))`,
      )
      await tx
        .delete(devices)
        .where(
          and(
            ofTenant,
            eq(devices.channel, channel),
            eq(devices.addressHash, addressHash),
            or(ne(devices.userId, userId), ne(devices.id, id)),
          ),
        )
      const said = { ...device, address, addressHash, updatedAt: now }
      const [row] = await tx
        .insert(devices)
        .values({ tenantId, userId, id, ...said })
        .onConflictDoUpdate({ target: [devices.tenantId, devices.userId, devices.id], set: said })
        .returning()
      const eldest = tx
        .select({ id: devices.id })
        .from(devices)
        .where(ofUser(userId))
        .orderBy(desc(devices.updatedAt), desc(devices.id))
        .offset(atMost)
      await tx.delete(devices).where(and(ofUser(userId), inArray(devices.id, eldest)))
      return toDevice(row!)
    },
    async remove(userId, id) {
      await tx.delete(devices).where(and(ofUser(userId), eq(devices.id, id)))
    },
    async ofUser(userId) {
      const rows = await tx
        .select()
        .from(devices)
        .where(ofUser(userId))
        .orderBy(desc(devices.updatedAt), desc(devices.id))
      return rows.map(toDevice)
    },
    async ofUsers(userIds) {
      if (userIds.length === 0) return []
      return tx
        .select({ userId: devices.userId, id: devices.id, channel: devices.channel })
        .from(devices)
        .where(and(ofTenant, inArray(devices.userId, [...userIds])))
    },
    async find(wanted) {
      if (wanted.length === 0) return []
      const users = [...new Set(wanted.map(({ userId }) => userId))]
      const ids = new Set(wanted.map(({ userId, id }) => JSON.stringify([userId, id])))
      const rows = await tx
        .select()
        .from(devices)
        .where(and(ofTenant, inArray(devices.userId, users)))
      return rows.filter(({ userId, id }) => ids.has(JSON.stringify([userId, id])))
    },
    async forget({ userId, id, addressHash }) {
      await tx.delete(devices).where(and(ofUser(userId), eq(devices.id, id), eq(devices.addressHash, addressHash)))
    },
    async signOut({ userId, id, sessionId, issuedAt }) {
      const isOf = sql`${devices.sessionId} is not distinct from ${sessionId}::text
        and ${devices.issuedAt} is not distinct from ${issuedAt?.toISOString() ?? null}::timestamptz`
      await tx.delete(devices).where(and(ofUser(userId), eq(devices.id, id), isOf))
    },
  }
}

/** The one place where a row becomes a device. */
function toDevice({ id, channel, locale, app, createdAt, updatedAt }: typeof devices.$inferSelect): Device {
  return { id, channel, locale, app, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}
