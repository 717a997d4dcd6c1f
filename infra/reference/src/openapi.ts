import type { Admin, Attachments, Chat, Host, Notifications, Webhooks } from '@parley/contracts'
import { conversationApi } from '@parley/conversation'
import { notifierApi } from '@parley/notifier'
import {
  createLogger,
  createRateLimiter,
  createServiceApp,
  httpSettings,
  readConfig,
  serveMounts,
} from '@parley/runtime'
import { storageApi } from '@parley/storage'
import { Type } from 'typebox'

/** The REST API as the services themselves describe it, as an OpenAPI 3.1 document. */
export async function openapiDocument(): Promise<Record<string, unknown>> {
  const config = readConfig(Type.Object(httpSettings), { NODE_ENV: 'test' })
  const log = createLogger({ name: 'reference', level: 'silent' })
  const app = await createServiceApp({ config, log, limiter: createRateLimiter({ log }) })
  try {
    const conversations = conversationApi({
      ...{ chat: nobody, host: nobody, admin: nobody },
      remember: async () => {},
      sockets: async () => [],
      config,
    })
    const files = storageApi(notHere)
    await serveMounts(
      app,
      [conversations, files, notifierApi({ notifications: nobody, webhooks: nobody })].map((routes) => ({
        checks: {},
        routes,
      })),
    )
    const response = await app.inject('/openapi.json')
    return response.json()
  } finally {
    await app.close()
  }
}

/** Describing calls nothing. */
const nobody = new Proxy({} as Chat & Host & Admin & Attachments & Notifications & Webhooks, {
  get: () => () => Promise.reject(new Error('The description of the API calls no use-case')),
})

/** Nor does it move any file. */
const notHere = { storage: { attachments: nobody, directUploads: nobody } } as unknown as Parameters<
  typeof storageApi
>[0]
