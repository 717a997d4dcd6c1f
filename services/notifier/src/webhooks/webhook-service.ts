import { type Bus, publishTopic, serveRpc, subscribeTopic, type Unsubscribe } from '@parley/bus'
import {
  type Actor,
  hooks as hooksContract,
  type Oversight,
  topics,
  WEBHOOK_DELIVERY_DAYS,
  type WebhookDisabled,
  type Webhooks,
} from '@parley/contracts'
import type { Job, JobHandler } from '@parley/database'
import { failpoint, type Logger, type Meters, type SetAside, subsystem } from '@parley/runtime'
import { setEventAside } from '../domain/dead-letters/set-event-aside.ts'
import { type HearEvent, hearEvents } from '../domain/webhooks/hear-events.ts'
import { createHooks } from '../domain/webhooks/hooks.ts'
import { createLane } from '../domain/webhooks/lane.ts'
import { createListeners } from '../domain/webhooks/listeners.ts'
import { createWebhooks } from '../domain/webhooks/webhooks.ts'
import { createWebhookConsumer, WEBHOOK_CONSUMER } from '../events/webhook-consumer.ts'
import { createWebhookMeter } from '../meter.ts'
import { newId } from '../new-id.ts'
import type { NotifierStore } from '../store/store.ts'
import { createPost, createWhyNotPost } from './post.ts'
import { createSealing, type SealSettings, sealKeys } from './seal.ts'

export interface WebhookSettings extends SealSettings {
  WEBHOOK_ALLOW_PRIVATE?: boolean
}

/** As many webhooks have their turn in a process at once: one that hangs keeps a place, and asks for it less and less often. */
export const WEBHOOKS_AT_ONCE = 16

export interface WebhookServiceDeps extends Meters {
  config: WebhookSettings
  store: NotifierStore
  bus: Bus
  oversight: Oversight
  log: Logger
  setAside: (what: SetAside) => void
}

export interface WebhookService {
  webhooks: Webhooks
  /** Stores an event for whoever is told of it. */
  hear: HearEvent
  /** Of the kind `webhook`. */
  handler: JobHandler
  forget(limit: number): Promise<number>
  start(): Promise<void>
  close(): Promise<void>
}

/** The service itself, as it asks the conversation service. */
const serviceOf = (tenantId: string): Actor => ({
  tenantId,
  userId: 'notifier',
  role: 'service',
  hostRole: null,
  name: null,
  avatarUrl: null,
})

/** Webhooks, with what they are made of. Throws a ConfigError where their secrets cannot be kept. */
export function createWebhookService(deps: WebhookServiceDeps): WebhookService {
  const { config, store, bus, oversight, log, setAside, ...meters } = deps
  const { NODE_ENV, WEBHOOK_ALLOW_PRIVATE: allowPrivate = NODE_ENV !== 'production' } = config
  const sealing = createSealing(sealKeys(config))
  const listeners = createListeners(store.webhookLanes)
  const hear = hearEvents({ listeners, lanes: store.webhookLanes })
  const consumer = createWebhookConsumer({
    ...{ bus, listeners, hear, show: meters.show },
    async setAside(event, err) {
      await setEventAside(store, WEBHOOK_CONSUMER, event, err)
      setAside('delivery')
    },
    log: subsystem(log, 'webhooks'),
  })
  const tell = (tenantId: string, disabled: WebhookDisabled | null) =>
    publishTopic(bus, topics.control, { kind: 'webhooks_changed', tenantId, disabled })
  const meter = createWebhookMeter(meters, store.webhookLanes.waiting)
  const post = createPost({ allowPrivate })
  const lane = createLane({
    ...{ store, lanes: store.webhookLanes, sealing },
    post,
    tried: meter.tried,
    passing: () => failpoint('notifier.posted'),
    async disabled(tenantId, what) {
      listeners.forget()
      tell(tenantId, what)
      const { webhookId, reason } = what
      const line = { action: 'webhooks.disabled', target: webhookId, details: { reason } }
      // it is turned off all the same, and says so itself
      await oversight
        .record(serviceOf(tenantId), line)
        .catch((err) =>
          log.warn({ err, tenantId, webhookId, reason }, 'no line in the audit log of a webhook turned off'),
        )
    },
  })
  const hooks = createHooks({ store, sealing, post, newId })
  const stops: Unsubscribe[] = []
  return {
    webhooks: createWebhooks({
      ...{ store, oversight, sealing, newId },
      whyNotPost: createWhyNotPost({ allowPrivate }),
      async changed(tenantId) {
        listeners.forget()
        await consumer.listen()
        tell(tenantId, null)
      },
    }),
    hear,
    handler: ({ tenantId, key }: Job, { signal }) => lane(tenantId, key, signal),
    forget: (limit) => store.webhookLanes.forget(WEBHOOK_DELIVERY_DAYS, limit),
    async start() {
      const control = await subscribeTopic(
        bus,
        topics.control,
        ({ kind }) => {
          if (kind !== 'webhooks_changed') return
          listeners.forget()
          consumer.listen().catch((err) => log.warn({ err }, 'it cannot be told who has webhooks; trying on'))
        },
        subsystem(log, 'control'),
      )
      const onError = (err: unknown, procedure: string) => log.error({ err, procedure }, 'call failed')
      stops.push(control, await serveRpc(bus, hooksContract, { queue: 'notifier', api: hooks, onError }))
      await consumer.start()
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()))
      await consumer.close()
    },
  }
}
