import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Chat } from '@parley/contracts'
import { type IdentityConfig, identity, originCheck } from '@parley/runtime'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { components, namedInOpenapi, withUsedComponents } from './named-in-openapi.ts'
import { rememberActors } from './remember-actors.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { devRoutes } from './routes/dev.ts'
import { meRoutes } from './routes/me.ts'
import { messageRoutes } from './routes/messages.ts'
import { participantRoutes } from './routes/participants.ts'

export interface ApiOptions {
  chat: Chat
  config: IdentityConfig & { CORS_ORIGINS: string[]; NODE_ENV: string }
}

/** What route groups are given. */
export interface RouteOptions {
  chat: Chat
}

/**
 * The REST API: `/v1`, its description at `/openapi.json`, and a page to try it at `/docs`. Decorates the app itself with
 * `identity`, so that sockets on the same app are verified the same way.
 */
export const conversationApi = fastifyPlugin(async (app: FastifyInstance, { chat, config }: ApiOptions) => {
  const allowed = originCheck(config)
  await app.register(cors, {
    origin: (origin, decide) => decide(null, allowed(origin)),
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after'],
    maxAge: 3_600,
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parley',
        version: '1',
        description:
          'Messaging for marketplaces and booking platforms. Errors are RFC 9457 problem details with a stable `code`. ' +
          'Ids of users are yours; every other id is a UUIDv7. Creating calls take a `clientId`, or an `Idempotency-Key` ' +
          'header: the same key with the same body returns the first result.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'conversations', description: 'Direct ones and groups' },
        { name: 'participants', description: 'Who is in a group' },
        { name: 'messages', description: 'Send, read, edit, delete' },
        { name: 'me', description: 'The user of the token' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "The host's own token" },
        },
        schemas: components,
      },
      security: [{ token: [] }],
    },
    transform: namedInOpenapi,
    transformObject: withUsedComponents,
  })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: true } })
  app.get('/openapi.json', { schema: { hide: true }, logLevel: 'silent' }, async () => app.swagger())
  await app.register(identity, { config })
  // Where somebody else's key verifies the tokens, we cannot sign any.
  if (config.NODE_ENV !== 'production' && !config.JWT_PUBLIC_KEY && !config.JWT_JWKS_URL)
    await app.register(devRoutes, { prefix: '/dev', config })
  await app.register(
    async (v1) => {
      const routes = v1.withTypeProvider<TypeBoxTypeProvider>()
      routes.addHook('onRequest', app.requireActor)
      routes.addHook('preHandler', rememberActors(chat))
      await routes.register(meRoutes, { chat })
      await routes.register(conversationRoutes, { chat })
      await routes.register(participantRoutes, { chat })
      await routes.register(messageRoutes, { chat })
    },
    { prefix: '/v1' },
  )
})
