import type { Tx } from '@parley/database'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AddressRepository } from '../domain/ports/mail.ts'
import { replyAddresses, unreachableAddresses as unreachable } from './tables/mail.ts'

/** An address that nobody could reach is tried again after so long: mailboxes come back. */
const FORGOTTEN_AFTER = sql`interval '90 days'`

/** Domains know no case, and no server that is in use tells mailboxes apart by it. */
const nameOf = (address: string) => address.toLowerCase()

export function addressStore(tx: Tx, tenantId: string): AddressRepository {
  return {
    async unreachableAmong(addresses) {
      if (addresses.length === 0) return new Set()
      const rows = await tx
        .select({ address: unreachable.address })
        .from(unreachable)
        .where(
          and(
            eq(unreachable.tenantId, tenantId),
            inArray(unreachable.address, addresses.map(nameOf)),
            sql`${unreachable.since} > now() - ${FORGOTTEN_AFTER}`,
          ),
        )
      const found = new Set(rows.map(({ address }) => address))
      return new Set(addresses.filter((address) => found.has(nameOf(address))))
    },
    async markUnreachable(address, reason) {
      await tx
        .insert(unreachable)
        .values({ tenantId, address: nameOf(address), reason })
        .onConflictDoUpdate({
          target: [unreachable.tenantId, unreachable.address],
          set: { reason, since: sql`now()` },
        })
    },
    async markReachable(address) {
      await tx
        .delete(unreachable)
        .where(and(eq(unreachable.tenantId, tenantId), eq(unreachable.address, nameOf(address))))
    },
    async keepReplyAddress(id, place) {
      await tx
        .insert(replyAddresses)
        .values({ id, tenantId, ...place })
        .onConflictDoNothing()
    },
  }
}
