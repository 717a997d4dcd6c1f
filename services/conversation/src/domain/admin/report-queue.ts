import {
  type Actor,
  type DecideReport,
  type ListReports,
  type Page,
  ParleyError,
  type ReportCase,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { decodeIdCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { audit, pageOfIds } from './audit.ts'

/** The oldest first: a queue. */
export async function listReports(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, status }: ListReports,
): Promise<Page<ReportCase>> {
  requireAdmin(actor)
  const after = cursor === undefined ? undefined : decodeIdCursor(cursor, 'uuid')
  const found = await store.snapshot(actor.tenantId, (uow) => uow.reports.list({ status, after, limit: limit + 1 }))
  return pageOfIds(found, limit)
}

/** A report is decided once. */
export async function decideReport(
  { store, policies }: Deps,
  actor: Actor,
  { reportId, status, resolution: said }: DecideReport,
): Promise<ReportCase> {
  requireAdmin(actor)
  const resolution = said ?? null
  const { moderation } = await policies.of(actor.tenantId)
  return store.transaction(actor.tenantId, async (uow) => {
    const decided = await uow.reports.decide(reportId, {
      status,
      resolution,
      decidedBy: actor.userId,
      keepSeconds: moderation.keepReportedSeconds,
    })
    if (!decided) {
      if (!(await uow.reports.find(reportId))) throw new ParleyError('not_found', 'No such report')
      throw new ParleyError('already_decided', 'This report has been decided before')
    }
    await audit(uow, actor, `report.${status}`, reportId, { resolution })
    return decided
  })
}
