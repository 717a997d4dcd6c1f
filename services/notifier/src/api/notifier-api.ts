import { type Notifications, notifications as notificationsContract } from '@parley/contracts'
import { type ServiceRoutes, serveHttp } from '@parley/runtime'

/** The service's share of the REST API under `/v1`. */
export function notifierApi({ notifications }: { notifications: Notifications }): ServiceRoutes {
  return {
    tags: [{ name: 'notifications', description: 'How people are told while they are away' }],
    async register(app) {
      await app.register(
        async (v1) => {
          v1.addHook('onRequest', app.admit)
          serveHttp(v1, notificationsContract, notifications)
        },
        { prefix: '/v1' },
      )
    },
  }
}
