import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  Context,
  ContextBody,
  ContextConversationRef,
  ContextRef,
  Conversation,
  chat as chatContract,
  host as hostContract,
  UpsertContexts,
} from '@parley/contracts'
import { Type } from 'typebox'
import { replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = hostContract
const tags = ['contexts']

export const contextRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat, host }) => {
  app.put(
    '/contexts/:type/:id',
    {
      schema: {
        operationId: 'upsertContext',
        summary: 'Say what a booking, contract or the like is now (service)',
        description:
          'The whole state: members that are not named are none any more. With a `version` that is not higher than the one ' +
          'that is stored, nothing is changed, and the answer is what is stored.',
        tags,
        params: ContextRef,
        body: ContextBody,
        response: replies({ 200: Context, 201: Context }, procedures.upsertContexts.errors, { body: true }),
      },
    },
    async (request, reply) => {
      const contexts = [{ ...request.params, ...request.body }]
      const { data } = await host.upsertContexts(request.actor, { contexts })
      const { context, created } = data[0]!
      return reply.code(created ? 201 : 200).send(context)
    },
  )
  app.put(
    '/contexts',
    {
      schema: {
        operationId: 'upsertContexts',
        summary: 'The same for up to 100 of them (service)',
        description: 'One after the other: when the call fails on the way it can be repeated as it is.',
        tags,
        body: UpsertContexts,
        response: replies({ 200: procedures.upsertContexts.output }, procedures.upsertContexts.errors, { body: true }),
      },
    },
    (request) => host.upsertContexts(request.actor, request.body),
  )
  app.get(
    '/contexts/:type/:id',
    {
      schema: {
        operationId: 'getContext',
        summary: 'A context as it is stored (service)',
        tags,
        params: ContextRef,
        response: replies({ 200: Context }, procedures.getContext.errors),
      },
    },
    (request) => host.getContext(request.actor, request.params),
  )
  app.post(
    '/contexts/:type/:id/conversation',
    {
      schema: {
        operationId: 'openContextConversation',
        summary: "Find or start the context's conversation",
        tags,
        params: ContextRef,
        body: Type.Omit(ContextConversationRef, ['type', 'id']),
        response: replies(
          { 200: Conversation, 201: Conversation },
          chatContract.procedures.openContextConversation.errors,
          { body: true },
        ),
      },
    },
    async (request, reply) => {
      const input = { ...request.params, ...request.body }
      const { conversation, created } = await chat.openContextConversation(request.actor, input)
      return reply.code(created ? 201 : 200).send(conversation)
    },
  )
  app.get(
    '/contexts/:type/:id/conversation',
    {
      schema: {
        operationId: 'findContextConversation',
        summary: "The context's conversation, when somebody has started it",
        tags,
        params: ContextRef,
        querystring: Type.Omit(ContextConversationRef, ['type', 'id']),
        response: replies({ 200: Conversation }, chatContract.procedures.findContextConversation.errors),
      },
    },
    (request) => chat.findContextConversation(request.actor, { ...request.params, ...request.query }),
  )
}
