import {
  type Actor,
  type DecideReport,
  type ListReports,
  type OpenReports,
  type Page,
  ParleyError,
  type ReportCase,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { decodeIdCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { audit, auditLook, pageOfIds } from './audit.ts'

/** The oldest first: a queue. */
export async function listReports(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, status }: ListReports,
): Promise<Page<ReportCase>> {
  requireAdmin(actor)
  const after = cursor === undefined ? undefined : decodeIdCursor(cursor, 'uuid')
  return store.transaction(actor.tenantId, async (uow) => {
    const page = pageOfIds(await uow.reports.list({ status, after, limit: limit + 1 }), limit)
    const ids = page.data.map(({ id }) => id)
    const which = { status: status ?? null, from: ids[0] ?? null, to: ids.at(-1) ?? null, count: ids.length }
    await auditLook(uow, actor, 'reports.listed', null, which)
    return page
  })
}

/** A report is decided once. */
export async function decideReport(
  { store, policies, reportsChanged }: Deps,
  actor: Actor,
  { reportId, status, resolution: said }: DecideReport,
): Promise<ReportCase> {
  requireAdmin(actor)
  const resolution = said === undefined ? null : keptText(said, '/resolution')
  const { moderation } = await policies.of(actor.tenantId)
  const report = await store.transaction(actor.tenantId, async (uow) => {
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
  reportsChanged(actor.tenantId)
  return report
}

/** How many wait for a decision, counted up to 100. A number, which is not in the audit log. */
export async function countOpenReports({ store }: Pick<Deps, 'store'>, actor: Actor): Promise<OpenReports> {
  requireAdmin(actor)
  return { open: await store.snapshot(actor.tenantId, ({ reports }) => reports.countOpen()) }
}
