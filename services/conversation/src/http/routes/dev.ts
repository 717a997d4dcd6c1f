import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { TenantId, UserId } from '@parley/contracts'
import { type IdentityConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'
import { DEMO_TENANT, demoPeople } from '../../demo/demo-people.ts'

const TokenRequest = Type.Object(
  {
    userId: UserId,
    role: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    tenant: Type.Optional(TenantId),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)

/** For development only: whoever reaches these routes can be anybody. Not registered in production. */
export const devRoutes: FastifyPluginAsyncTypebox<{ config: IdentityConfig }> = async (app, { config }) => {
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
