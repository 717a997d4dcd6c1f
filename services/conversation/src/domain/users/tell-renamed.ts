import { MAX_UPSERTS } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/** Tells the gateways, after the commit, who has another name or picture now. What they are is read by whoever tells clients. */
export function tellRenamed(tell: Deps['tell'], tenantId: string, userIds: readonly string[]): void {
  for (let from = 0; from < userIds.length; from += MAX_UPSERTS)
    tell({ kind: 'profiles_changed', tenantId, userIds: userIds.slice(from, from + MAX_UPSERTS) })
}
