import { type Actor, type Api, httpRoutes, inputCheck, type RpcContract } from '@parley/contracts'
import type { FastifyInstance } from 'fastify'
// for request.actor
import type {} from '../identity.ts'
import { IdempotencyKey, replies } from './replies.ts'

/**
 * Serves the operations of a contract that have a route, and describes them for OpenAPI; `serveRpc` does the same on the
 * bus. Several services may each serve theirs on one app. The caller's hooks have put an `actor` on every request.
 */
export function serveHttp<C extends RpcContract>(app: FastifyInstance, contract: C, api: Api<C>): void {
  // Which procedure has which input is lost among strings: the route's schemas check it.
  const calls = api as Record<string, (actor: Actor, input: unknown) => Promise<unknown>>
  for (const route of httpRoutes(contract)) {
    const { operationId, summary, description, params, query, body } = route
    // The route's schemas have the fields of the input, and know nothing of what it says of all of them together.
    const { input: schema } = contract.procedures[route.procedure]!
    const check = '~refine' in schema ? inputCheck(schema) : (input: unknown) => input
    app.route({
      method: route.method,
      url: route.path,
      schema: {
        operationId,
        summary,
        ...(description !== undefined && { description }),
        tags: [route.tag],
        ...(route.takesKey && { headers: IdempotencyKey }),
        ...(params && { params }),
        ...(query && { querystring: query }),
        ...(body && { body }),
        response: replies(route.replies, route.errors, { body: body !== undefined }),
      },
      handler: async ({ actor, params, query, body, headers }, reply) => {
        const key = headers['idempotency-key']
        // Node joins what is sent twice, so that a header of this name is never a list.
        const input = check(route.toInput({ params, query, body, key: typeof key === 'string' ? key : undefined }))
        const answer = route.toReply(await calls[route.procedure]!(actor, input))
        return reply.code(answer.status).send(answer.body)
      },
    })
  }
}
