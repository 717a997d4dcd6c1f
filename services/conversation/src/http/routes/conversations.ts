import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  Conversation,
  ConversationPage,
  ConversationPatch,
  ConversationRef,
  CreateConversation,
  chat as contract,
  ListConversations,
  MarkRead,
  ReadState,
  UnreadCount,
} from '@parley/contracts'
import { Type } from 'typebox'
import { IdempotencyKey, replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = contract
const tags = ['conversations']

export const conversationRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat }) => {
  app.post(
    '/conversations',
    {
      schema: {
        operationId: 'createConversation',
        summary: 'Create a group, or find or create a direct conversation',
        tags,
        headers: IdempotencyKey,
        body: CreateConversation,
        response: replies({ 200: Conversation, 201: Conversation }, procedures.createConversation.errors, {
          body: true,
        }),
      },
    },
    async (request, reply) => {
      const clientId = request.body.clientId ?? request.headers['idempotency-key']
      const { conversation, created } = await chat.createConversation(request.actor, {
        ...request.body,
        ...(clientId !== undefined && { clientId }),
      })
      return reply.code(created ? 201 : 200).send(conversation)
    },
  )
  app.get(
    '/conversations',
    {
      schema: {
        operationId: 'listConversations',
        summary: 'Your conversations, the most recently active first',
        tags,
        querystring: ListConversations,
        response: replies({ 200: ConversationPage }, procedures.listConversations.errors),
      },
    },
    (request) => chat.listConversations(request.actor, request.query),
  )
  app.get(
    '/conversations/:conversationId',
    {
      schema: {
        operationId: 'getConversation',
        summary: 'One conversation',
        tags,
        params: ConversationRef,
        response: replies({ 200: Conversation }, procedures.getConversation.errors),
      },
    },
    (request) => chat.getConversation(request.actor, request.params),
  )
  app.patch(
    '/conversations/:conversationId',
    {
      schema: {
        operationId: 'updateConversation',
        summary: 'Change title, picture or metadata of a group',
        tags,
        params: ConversationRef,
        body: ConversationPatch,
        response: replies({ 200: Conversation }, procedures.updateConversation.errors, { body: true }),
      },
    },
    (request) => chat.updateConversation(request.actor, { ...request.params, ...request.body }),
  )
  app.put(
    '/conversations/:conversationId/read',
    {
      schema: {
        operationId: 'markRead',
        summary: 'Say how far you have read; never moves back',
        tags,
        params: ConversationRef,
        body: Type.Omit(MarkRead, ['conversationId']),
        response: replies({ 200: ReadState }, procedures.markRead.errors, { body: true }),
      },
    },
    (request) => chat.markRead(request.actor, { ...request.params, ...request.body }),
  )
  app.get(
    '/conversations/:conversationId/unread-count',
    {
      schema: {
        operationId: 'getUnreadCount',
        summary: 'Unread messages, counted up to 100',
        tags,
        params: ConversationRef,
        response: replies({ 200: UnreadCount }, procedures.getUnreadCount.errors),
      },
    },
    (request) => chat.getUnreadCount(request.actor, request.params),
  )
}
