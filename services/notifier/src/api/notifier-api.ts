import {
  type Notifications,
  notifications as notificationsContract,
  type Webhooks,
  webhooks as webhooksContract,
} from '@parley/contracts'
import { type ServiceRoutes, serveHttp } from '@parley/runtime'
import type { Sink } from '../sink/sink.ts'
import { sinkRoutes } from '../sink/sink-routes.ts'
import { type MailRouteDeps, mailRoutes } from './mail-routes.ts'

export interface NotifierApiDeps {
  notifications: Notifications
  webhooks: Webhooks
  mail?: MailRouteDeps
  /** In development. */
  sink?: Sink | undefined
}

/** The service's share of the REST API under `/v1`. */
export function notifierApi({ notifications, webhooks, mail, sink }: NotifierApiDeps): ServiceRoutes {
  return {
    tags: [
      { name: 'notifications', description: 'How people are told while they are away' },
      { name: 'webhooks', description: 'Who is told of events over HTTP; for admins and the host' },
    ],
    async register(app) {
      await app.register(
        async (v1) => {
          v1.addHook('onRequest', app.admit)
          serveHttp(v1, notificationsContract, notifications)
          serveHttp(v1, webhooksContract, webhooks)
        },
        { prefix: '/v1' },
      )
      if (mail) await app.register(async (open) => mailRoutes(open, mail), { prefix: '/v1' })
      if (sink) await app.register(async (dev) => sinkRoutes(dev, { sink }), { prefix: '/dev' })
    },
  }
}
