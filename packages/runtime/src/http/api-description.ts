import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { constantAnswer } from './constant-answer.ts'
import { components, namedInOpenapi, withUsedComponents } from './named-in-openapi.ts'

/** A chapter of the OpenAPI document, which operations name in their `tags`. */
export type ApiTag = NonNullable<NonNullable<FastifyDynamicSwaggerOptions['openapi']>['tags']>[number]

/**
 * Describes every route that is registered after it in one OpenAPI 3.1 document at `/openapi.json`, whichever service it
 * is of, with a page to try them at `/docs`.
 */
export const apiDescription = fastifyPlugin(
  async (app: FastifyInstance, { tags }: { tags: ApiTag[] }) => {
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
        tags,
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
    const json = constantAnswer('application/json; charset=utf-8', () => JSON.stringify(app.swagger()))
    const yaml = constantAnswer('application/yaml; charset=utf-8', () => app.swagger({ yaml: true }))
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { persistAuthorization: true },
      // The page's own copies of the document would be encoded for each request.
      uiHooks: {
        onRequest(request, reply, done) {
          const { url = '' } = request.routeOptions
          if (url.endsWith('/json')) json(request, reply)
          else if (url.endsWith('/yaml')) yaml(request, reply)
          else done()
        },
      },
    })
    app.get('/openapi.json', { schema: { hide: true }, logLevel: 'silent' }, json)
  },
  { name: 'parley-api-description', fastify: '5.x' },
)
