import type { Actor, AuditEntry, ListAudit, Page } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { decodeIdCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField } from '../refusals.ts'

/** Writes down who did what, in the transaction that does it. */
export function audit(
  uow: UnitOfWork,
  { userId, role, ip }: Actor,
  action: string,
  target: string | null,
  details: object = {},
): Promise<void> {
  return uow.audit.write({ actorId: userId, actorRole: role, action, target, details, ip: ip ?? null })
}

/** What is asked for over and over, by pages that show it, is one line a minute. */
const SAME_LOOK_SECONDS = 60

/** Writes down who has looked at what, in the transaction that reads it. The same look again within a minute is in the same line. */
export function auditLook(
  uow: UnitOfWork,
  { userId, role, ip }: Actor,
  action: string,
  target: string | null,
  details: object = {},
): Promise<void> {
  const entry = { actorId: userId, actorRole: role, action, target, details, ip: ip ?? null }
  return uow.audit.write({ ...entry, onceIn: SAME_LOOK_SECONDS })
}

/** The newest first. Reading the log is not itself in the log. */
export async function listAudit(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, ...filter }: ListAudit,
): Promise<Page<AuditEntry>> {
  requireAdmin(actor)
  for (const [field, wanted] of Object.entries(filter))
    if (wanted?.includes('\0')) throw invalidField(`/${field}`, 'pattern', 'holds a character that no entry has')
  const before = cursor === undefined ? undefined : decodeIdCursor(cursor, 'number')
  const found = await store.snapshot(actor.tenantId, (uow) => uow.audit.list({ ...filter, before, limit: limit + 1 }))
  return pageOfIds(found, limit)
}

export function pageOfIds<T extends { id: string }>(found: T[], limit: number) {
  const data = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = data.at(-1)
  return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([last.id]) : null }
}
