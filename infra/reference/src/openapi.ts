import type { Chat } from '@parley/contracts'
import { conversationApi } from '@parley/conversation'
import { createHttpApp, createLogger, identitySettings, readConfig, settings } from '@parley/runtime'
import { Type } from 'typebox'

/** The REST API as the conversation service itself describes it, as an OpenAPI 3.1 document. */
export async function openapiDocument(): Promise<Record<string, unknown>> {
  const config = readConfig(Type.Object({ ...identitySettings, CORS_ORIGINS: settings.CORS_ORIGINS }), {
    NODE_ENV: 'test',
  })
  const app = createHttpApp({ log: createLogger({ name: 'reference', level: 'silent' }) })
  try {
    await app.register(conversationApi, { chat: nobody, config })
    await app.ready()
    const response = await app.inject('/openapi.json')
    return response.json()
  } finally {
    await app.close()
  }
}

/** Describing calls nothing. */
const nobody = new Proxy({} as Chat, {
  get: () => () => Promise.reject(new Error('The description of the API calls no use-case')),
})
