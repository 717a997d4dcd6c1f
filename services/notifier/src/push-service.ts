import type { Audience } from '@parley/contracts'
import { failpoint, type Logger, type Meters } from '@parley/runtime'
import { openPushChannels, type PushConfig } from './channels/push-channels.ts'
import { createLinkOf, type LinkOfSettings } from './conversation-link.ts'
import { createLanes } from './domain/lanes/lanes.ts'
import { createPushLane } from './domain/lanes/push-lane.ts'
import { createPushWords } from './domain/lanes/push-words.ts'
import type { Lane } from './domain/ports/lane.ts'
import type { Store } from './domain/ports/store.ts'
import { createRulesOf } from './domain/rules-of.ts'
import { workerOf } from './domain/worker.ts'
import { createHandOverMeter } from './meter.ts'
import type { Sink } from './sink/sink.ts'

export type PushServiceSettings = PushConfig & LinkOfSettings

export interface PushServiceDeps extends Meters {
  config: PushServiceSettings
  store: Store
  audience: Audience
  /** Where pushes go whose service there are no credentials for. */
  sink: Sink | undefined
  /** What else is handed over. */
  lanes: readonly Lane[]
  log: Logger
}

/** What hands notifications over, to devices and otherwise: its jobs, and which devices there may be. */
export function createPushService({ config, store, audience, sink, lanes, log, ...meters }: PushServiceDeps) {
  const push = openPushChannels(config, { sink, log })
  const meter = createHandOverMeter(meters, store.waiting)
  const deps = {
    store,
    rulesOf: createRulesOf(audience),
    words: createPushWords(store),
    linkOf: createLinkOf(config),
    unreadOf: async (tenantId: string, userIds: readonly string[]) =>
      (await audience.unreadOf(workerOf(tenantId), { userIds: [...userIds] })).unread,
  }
  const { handlers, atOnce } = createLanes(
    {
      store,
      async standingOf(tenantId, items) {
        const { standings, revocations = [] } = await audience.standingOf(workerOf(tenantId), { items: [...items] })
        const revoked = new Map(revocations.map(({ userId, ...revocation }) => [userId, revocation]))
        return items.map(({ userId }, i) => ({
          standing: standings[i] ?? null,
          revocation: revoked.get(userId) ?? null,
        }))
      },
      ended: meter.ended,
      passing: (moment) => failpoint(`notifier.${moment}`),
    },
    [...push.channels.map((channel) => createPushLane(deps, channel)), ...lanes],
  )
  return { handlers, atOnce, settings: push.settings, [Symbol.dispose]: () => push[Symbol.dispose]() }
}
