import type { Tx } from '@parley/database'
import { sql } from 'drizzle-orm'

/** What people are told of that is of no conversation, by the names that it has in the log of what happens. */
export type Announcement = 'broadcast.sent' | 'report.opened' | 'report.decided'

/** Writes it down, in the transaction that makes it true, for who tells people of it. */
export async function recordAnnouncement(tx: Tx, type: Announcement, id: string, number = 0): Promise<void> {
  await tx.execute(sql`select record_announcement(${type}, ${id}::uuid, ${number})`)
}
