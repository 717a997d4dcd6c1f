import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { chat as contract, Me, Sync, SyncResult, UnreadCount } from '@parley/contracts'
import { replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = contract

export const meRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat }) => {
  app.get(
    '/me',
    { schema: { operationId: 'getMe', summary: 'Who you are', tags: ['me'], response: replies({ 200: Me }, []) } },
    (request) => chat.getMe(request.actor, {}),
  )
  app.get(
    '/unread-count',
    {
      schema: {
        operationId: 'getTotalUnreadCount',
        summary: 'Unread messages over all conversations, each counted up to 100',
        tags: ['me'],
        response: replies({ 200: UnreadCount }, []),
      },
    },
    (request) => chat.getTotalUnreadCount(request.actor, {}),
  )
  app.post(
    '/sync',
    {
      schema: {
        operationId: 'sync',
        summary: 'What changed since the cursors that you hold',
        tags: ['me'],
        body: Sync,
        response: replies({ 200: SyncResult }, procedures.sync.errors, { body: true }),
      },
    },
    (request) => chat.sync(request.actor, request.body),
  )
}
