import { type Bus, followReplicas, publishTopic, rpcClient, subscribeTopic, type Unsubscribe } from '@parley/bus'
import {
  audience as audienceContract,
  type Control,
  type Event,
  MAX_ASKED_CONVERSATIONS,
  oversight as oversightContract,
  topics,
  type Webhooks,
} from '@parley/contracts'
import { createJobs, type Database, type Job, type JobContext } from '@parley/database'
import {
  createCleaning,
  failpoint,
  type Logger,
  type Meters,
  type Service,
  type SetAside,
  subsystem,
  whenReachable,
} from '@parley/runtime'
import type { MailRouteDeps } from './api/mail-routes.ts'
import type { Config } from './config.ts'
import { REDRIVE_EVENTS, redriveEvents } from './domain/dead-letters/redrive-events.ts'
import { createNotifier, type Notifier } from './domain/notifier.ts'
import { connectPresence } from './events/connect-presence.ts'
import { createNewsFollower } from './events/news-follower.ts'
import { WEBHOOK_CONSUMER } from './events/webhook-consumer.ts'
import { createMailService } from './mail/mail-service.ts'
import type { MailConfig } from './mail/open-mail.ts'
import { showDeadLetters } from './meter.ts'
import { createPushService, type PushServiceSettings } from './push-service.ts'
import { createSink, type Sink } from './sink/sink.ts'
import { createStore } from './store/store.ts'
import { createWebhookService, WEBHOOKS_AT_ONCE, type WebhookSettings } from './webhooks/webhook-service.ts'

export type NotifierSettings = WebhookSettings & PushServiceSettings & MailConfig & Pick<Config, 'NOTIFY_DELAY_MS'>

export interface NotifierServiceDeps extends Meters {
  config: NotifierSettings
  database: Database
  bus: Bus
  log: Logger
  setAside?: (what: SetAside) => void
}

export interface NotifierService extends Service {
  notifier: Notifier
  webhooks: Webhooks
  mail: MailRouteDeps
  /** Keeps what has nowhere to go; undefined in production. */
  sink: Sink | undefined
}

/** Tells who is away, and hosts what happens. Each step is a job that is stored before what led to it is acknowledged: whoever dies over it loses nothing. */
export function createNotifierService(deps: NotifierServiceDeps): NotifierService {
  const { config, database, bus, log, setAside = () => {}, ...meters } = deps
  const conversations = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const replicas = { replicas: conversations }
  const store = createStore({ database, onScheduled: (ms) => jobs.wakeIn(ms) })
  const audience = rpcClient(bus, audienceContract, replicas)
  const sink = config.NODE_ENV === 'production' ? undefined : createSink()
  const mail = createMailService({ config, store, audience, sink, log })
  const push = createPushService({
    ...{ config, store, audience, sink, log: subsystem(log, 'pushes'), ...meters },
    lanes: mail.lane ? [mail.lane] : [],
  })
  const notifier = createNotifier({
    ...{ store, audience, push: push.settings, delayMs: config.NOTIFY_DELAY_MS },
    sendsEmail: mail.lane !== undefined,
    tell: (control) => publishTopic(bus, topics.control, control),
    areLooking: connectPresence(bus, subsystem(log, 'presence')),
    passing: (moment) => failpoint(`notifier.${moment}`),
  })
  const oversight = rpcClient(bus, oversightContract, replicas)
  const webhooks = createWebhookService({ config, store, bus, oversight, log, setAside, ...meters })
  const redriving = {
    ...{ store, audience },
    handlers: { [WEBHOOK_CONSUMER]: (event: Event) => webhooks.hear(event.tenantId, () => event) },
  }
  const jobs = createJobs({
    queue: store.jobs,
    handlers: {
      look: ({ tenantId, key }: Job) => notifier.look(tenantId, key),
      happening: ({ tenantId, key }: Job) => notifier.tellHappening(tenantId, key),
      webhook: webhooks.handler,
      [REDRIVE_EVENTS]: ({ tenantId }: Job, { signal }: JobContext) => redriveEvents(redriving, tenantId, signal),
      ...push.handlers,
    },
    atOnce: { ...push.atOnce, webhook: WEBHOOKS_AT_ONCE, look: MAX_ASKED_CONVERSATIONS },
    // endpoints that hang, of one tenant, keep no other's waiting
    ofTenant: { webhook: WEBHOOKS_AT_ONCE - 4 },
    log: subsystem(log, 'jobs'),
    setAside,
    show: meters.show,
  })
  const follower = createNewsFollower({
    progress: store.newsProgress,
    follow: notifier.follow,
    delayMs: config.NOTIFY_DELAY_MS,
    log: subsystem(log, 'news'),
    show: meters.show,
  })
  showDeadLetters(meters, store.countDeadLetters)
  const cleaning = createCleaning(
    {
      'webhook deliveries': webhooks.forget,
      notifications: store.forgetNotifications,
      'what people were told of': store.forgetHappenings,
      'hand-overs': store.forgetHandOvers,
      'events put aside': store.forgetDeadEvents,
      'jobs put aside': store.jobs.forget,
    },
    subsystem(log, 'cleaning'),
  )
  const controlLog = subsystem(log, 'control')
  let stopControl: Unsubscribe | undefined
  const hear = (control: Control) => {
    if (control.kind !== 'tokens_revoked') return
    notifier
      .tokensRevoked(control)
      .catch((err) => controlLog.warn({ err }, 'devices of ended sessions stay until the next push to them'))
  }
  return {
    name: 'notifier',
    notifier,
    webhooks: webhooks.webhooks,
    mail: mail.routes,
    sink,
    async start() {
      const applied = await whenReachable(log, () => database.migrate())
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      stopControl = await subscribeTopic(bus, topics.control, hear, controlLog)
      await webhooks.start()
      await mail.start()
      follower.start()
      jobs.start()
      cleaning.start()
    },
    async close() {
      // Also after a start that failed half way.
      await stopControl?.()
      await mail.close()
      await webhooks.close()
      await follower.close()
      await jobs.close()
      await cleaning.close()
      await conversations.close()
      push[Symbol.dispose]()
    },
  }
}
