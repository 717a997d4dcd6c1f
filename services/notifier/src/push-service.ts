import type { Audience } from '@parley/contracts'
import { failpoint } from '@parley/runtime'
import { openPushChannels, type PushConfig } from './channels/push-channels.ts'
import { createLanes } from './domain/lanes/lanes.ts'
import { createPushLane } from './domain/lanes/push-lane.ts'
import { createPushWords } from './domain/lanes/push-words.ts'
import type { Store } from './domain/ports/store.ts'
import { createRulesOf, workerOf } from './domain/rules-of.ts'
import { createHandOverMeter, type Meters } from './meter.ts'

export interface PushServiceSettings extends PushConfig {
  CONVERSATION_URL?: string
}

export interface PushServiceDeps extends Meters {
  config: PushServiceSettings
  store: Store
  audience: Audience
}

/** What hands notifications over to devices: its jobs, and which devices there may be. */
export function createPushService({ config, store, audience, ...meters }: PushServiceDeps) {
  const push = openPushChannels(config)
  const meter = createHandOverMeter(meters, store.waiting)
  const { CONVERSATION_URL: page } = config
  const deps = {
    store,
    rulesOf: createRulesOf(audience),
    words: createPushWords(store),
    linkOf: (id: string) => page?.replaceAll('{conversationId}', id) ?? null,
    unreadOf: async () => null,
  }
  const { handlers, atOnce } = createLanes(
    {
      store,
      standingOf: async (tenantId, items) =>
        (await audience.standingOf(workerOf(tenantId), { items: [...items] })).standings,
      ended: meter.ended,
      passing: (moment) => failpoint(`notifier.${moment}`),
    },
    push.channels.map((channel) => createPushLane(deps, channel)),
  )
  return { handlers, atOnce, settings: push.settings, [Symbol.dispose]: () => push[Symbol.dispose]() }
}
