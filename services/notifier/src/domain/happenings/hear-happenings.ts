import type { HappenedNews } from '@parley/contracts'
import type { Store } from '../ports/store.ts'

export interface HearHappeningsDeps {
  store: Pick<Store, 'transaction'>
  delayMs: number
}

/** Something happened: people are told of it when the delay is over. Hearing of it again changes nothing. */
export function hearHappenings({ store, delayMs }: HearHappeningsDeps) {
  return async (happened: readonly HappenedNews[]): Promise<void> => {
    const byTenant = new Map<string, HappenedNews[]>()
    for (const one of happened) byTenant.set(one.tenantId, [...(byTenant.get(one.tenantId) ?? []), one])
    for (const [tenantId, some] of byTenant)
      await store.transaction(tenantId, ({ happenings }) =>
        happenings.add(
          some.map(({ tenantId: _tenant, ...happening }) => ({
            ...happening,
            id: idOf(happening),
            // by the database's clock alone: this machine's may be off
            dueAt: new Date(Date.parse(happening.at) + delayMs).toISOString(),
          })),
        ),
      )
  }
}

/** The same each time that it is heard of. */
const idOf = ({ kind, aboutId, seq, rev, userId }: Omit<HappenedNews, 'tenantId'>) =>
  [kind, aboutId, seq, rev, ...(userId === null ? [] : [userId])].join(' ')
