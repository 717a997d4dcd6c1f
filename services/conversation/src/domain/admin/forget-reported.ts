import type { Deps } from '../deps.ts'

/** Lets go, of all tenants, of what reports keep no longer, those too that a replica of the former release has decided. */
export async function forgetReported({ store, policies }: Pick<Deps, 'store' | 'policies'>): Promise<number> {
  for (const tenantId of await store.tenantsOfUndatedReports()) {
    const { moderation } = await policies.of(tenantId)
    await store.transaction(tenantId, ({ reports }) => reports.dateUndated(moderation.keepReportedSeconds))
  }
  return store.forgetReported()
}
