import type { Admin, Chat, Host } from '@parley/contracts'
import { conversationApi } from '@parley/conversation'
import { createHttpApp, createLogger, createRateLimiter, identitySettings, readConfig, settings } from '@parley/runtime'
import { Type } from 'typebox'

/** The REST API as the conversation service itself describes it, as an OpenAPI 3.1 document. */
export async function openapiDocument(): Promise<Record<string, unknown>> {
  const { CORS_ORIGINS, TRUST_PROXY, RATE_LIMIT_IP } = settings
  const config = readConfig(Type.Object({ ...identitySettings, CORS_ORIGINS, TRUST_PROXY, RATE_LIMIT_IP }), {
    NODE_ENV: 'test',
  })
  const log = createLogger({ name: 'reference', level: 'silent' })
  const app = createHttpApp({ log })
  try {
    await app.register(conversationApi, {
      ...{ chat: nobody, host: nobody, admin: nobody },
      sockets: async () => [],
      limiter: createRateLimiter({ log }),
      config,
    })
    await app.ready()
    const response = await app.inject('/openapi.json')
    return response.json()
  } finally {
    await app.close()
  }
}

/** Describing calls nothing. */
const nobody = new Proxy({} as Chat & Host & Admin, {
  get: () => () => Promise.reject(new Error('The description of the API calls no use-case')),
})
