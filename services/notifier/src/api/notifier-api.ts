import type { ServiceRoutes } from '@parley/runtime'

/** The service's share of the REST API under `/v1`. */
export function notifierApi(): ServiceRoutes {
  return {
    tags: [],
    async register(app) {
      await app.register(async (v1) => v1.addHook('onRequest', app.admit), { prefix: '/v1' })
    },
  }
}
