import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Actor, type Admin, type Chat, type Host, TenantId, UserId } from '@parley/contracts'
import { type IdentityConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'
import { DEMO_TENANT, demoPeople } from '../demo/demo-people.ts'
import { sampleConversation } from '../demo/sample-conversation.ts'
import type { GatewaySockets } from '../events/control-channel.ts'
import { rememberActors } from './remember-actors.ts'

const TokenRequest = Type.Object(
  {
    userId: UserId,
    role: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    tenant: Type.Optional(TenantId),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)

export interface DevOptions {
  chat: Chat
  host: Host
  admin: Admin
  /** Stores what a token says of its user. */
  remember: (actor: Actor) => Promise<unknown>
  /** Who is connected where. */
  sockets: () => Promise<GatewaySockets[]>
  config: IdentityConfig
}

/** For development only: whoever reaches these routes can be anybody. Not registered in production. */
export const devRoutes: FastifyPluginAsyncTypebox<DevOptions> = async (
  app,
  { config, remember, sockets, ...useCases },
) => {
  // Where somebody else's key verifies the tokens, we cannot sign any.
  if (!config.JWT_PUBLIC_KEY && !config.JWT_JWKS_URL) {
    app.get('/people', { schema: { hide: true } }, async () => ({
      data: demoPeople.map((person) => ({
        ...person,
        avatarUrl: null,
        token: signDevelopmentToken({ ...person, tenant: DEMO_TENANT }, config),
      })),
    }))
    app.post('/token', { schema: { hide: true, body: TokenRequest } }, async (request, reply) =>
      reply.code(201).send({ token: signDevelopmentToken(request.body, config) }),
    )
  }
  app.post(
    '/sample',
    { schema: { hide: true }, onRequest: app.requireActor, preHandler: rememberActors(remember) },
    async (request, reply) => reply.code(201).send(await sampleConversation(useCases, request.actor)),
  )
  app.get('/sockets', { schema: { hide: true } }, async () => ({ data: await sockets() }))
}
