import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Admin, Chat, Host } from '@parley/contracts'
import { createAddressGuard, type IdentityConfig, identity, originCheck, type RateLimiter } from '@parley/runtime'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { GatewaySockets } from '../events/control-channel.ts'
import { components, namedInOpenapi, withUsedComponents } from './named-in-openapi.ts'
import { rememberActors } from './remember-actors.ts'
import { adminRoutes } from './routes/admin.ts'
import { contextRoutes } from './routes/contexts.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { devRoutes } from './routes/dev.ts'
import { meRoutes } from './routes/me.ts'
import { messageRoutes } from './routes/messages.ts'
import { participantRoutes } from './routes/participants.ts'
import { userRoutes } from './routes/users.ts'

export interface ApiOptions extends RouteOptions {
  /** Who is connected where, for development. */
  sockets: () => Promise<GatewaySockets[]>
  limiter: RateLimiter
  config: IdentityConfig & { CORS_ORIGINS: string[]; NODE_ENV: string; TRUST_PROXY: string[]; RATE_LIMIT_IP: number }
}

/** What route groups are given. */
export interface RouteOptions {
  chat: Chat
  host: Host
  admin: Admin
}

/**
 * The REST API: `/v1`, its description at `/openapi.json`, and a page to try it at `/docs`. Decorates the app itself with
 * `identity`, so that sockets on the same app are verified the same way.
 */
export const conversationApi = fastifyPlugin(
  async (app: FastifyInstance, { chat, host, admin, sockets, limiter, config }: ApiOptions) => {
    const allowed = originCheck(config)
    const guard = createAddressGuard({ limiter, config })
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
          { name: 'contexts', description: 'What conversations are about' },
          { name: 'users', description: 'Who there is; block and report' },
          { name: 'me', description: 'The user of the token' },
          {
            name: 'admin',
            description: 'For admin tokens and the host: rules, moderation, statistics. All of it is audited',
          },
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
    if (config.NODE_ENV !== 'production')
      await app.register(devRoutes, { prefix: '/dev', config, chat, host, admin, sockets })
    await app.register(
      async (v1) => {
        const routes = v1.withTypeProvider<TypeBoxTypeProvider>()
        routes.addHook('onRequest', (request) => guard(request.raw, () => app.requireActor(request)))
        routes.addHook('onRequest', async (request) => {
          request.actor = { ...request.actor, ip: request.ip }
        })
        routes.addHook('preHandler', rememberActors(chat))
        const useCases = { chat, host, admin }
        await routes.register(meRoutes, useCases)
        await routes.register(conversationRoutes, useCases)
        await routes.register(participantRoutes, useCases)
        await routes.register(messageRoutes, useCases)
        await routes.register(contextRoutes, useCases)
        await routes.register(userRoutes, useCases)
        await routes.register(adminRoutes, { ...useCases, prefix: '/admin' })
      },
      { prefix: '/v1' },
    )
  },
)
