import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  type Actor,
  ConversationRef,
  chat as contract,
  EditMessage,
  host as hostContract,
  ImportBody,
  ListMessages,
  Message,
  MessageBody,
  MessagePage,
  MessageRef,
  SendMessage,
} from '@parley/contracts'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { IdempotencyKey, replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = contract
const tags = ['messages']

export const messageRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat, host }) => {
  const send = async (reply: FastifyReply, actor: Actor, input: SendMessage, key: string | undefined) => {
    const clientId = input.clientId ?? key
    const { message, created } = await chat.sendMessage(actor, {
      ...input,
      ...(clientId !== undefined && { clientId }),
    })
    return reply.code(created ? 201 : 200).send(message)
  }

  app.post(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'sendMessage',
        summary: 'Send to a conversation',
        tags,
        headers: IdempotencyKey,
        params: ConversationRef,
        body: MessageBody,
        response: replies({ 200: Message, 201: Message }, procedures.sendMessage.errors, { body: true }),
      },
    },
    (request, reply) =>
      send(reply, request.actor, { ...request.params, ...request.body }, request.headers['idempotency-key']),
  )
  app.post(
    '/messages',
    {
      schema: {
        operationId: 'sendMessageTo',
        summary: 'Send to a conversation, or directly to a user; the first message makes the conversation',
        tags,
        headers: IdempotencyKey,
        body: SendMessage,
        response: replies({ 200: Message, 201: Message }, procedures.sendMessage.errors, { body: true }),
      },
    },
    (request, reply) => send(reply, request.actor, request.body, request.headers['idempotency-key']),
  )
  app.post(
    '/conversations/:conversationId/messages/batch',
    {
      schema: {
        operationId: 'importMessages',
        summary: 'Bring in history, up to 100 messages: all or none (service)',
        description:
          'In order, each with its sender, its time and its key. They are marked `imported`, count as read for whoever had ' +
          'read everything, and may not be older than what is in the conversation.',
        tags,
        params: ConversationRef,
        body: ImportBody,
        response: replies(
          { 200: hostContract.procedures.importMessages.output },
          hostContract.procedures.importMessages.errors,
          { body: true },
        ),
      },
    },
    (request) => host.importMessages(request.actor, { ...request.params, ...request.body }),
  )
  app.get(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'listMessages',
        summary: 'A page of messages, ascending; without a position the newest',
        tags,
        params: ConversationRef,
        querystring: Type.Omit(ListMessages, ['conversationId']),
        response: replies({ 200: MessagePage }, procedures.listMessages.errors),
      },
    },
    (request) => chat.listMessages(request.actor, { ...request.params, ...request.query }),
  )
  app.get(
    '/messages/:messageId',
    {
      schema: {
        operationId: 'getMessage',
        summary: 'One message',
        tags,
        params: MessageRef,
        response: replies({ 200: Message }, procedures.getMessage.errors),
      },
    },
    (request) => chat.getMessage(request.actor, request.params),
  )
  app.patch(
    '/messages/:messageId',
    {
      schema: {
        operationId: 'editMessage',
        summary: 'Replace the text of an own message',
        tags,
        params: MessageRef,
        body: Type.Omit(EditMessage, ['messageId']),
        response: replies({ 200: Message }, procedures.editMessage.errors, { body: true }),
      },
    },
    (request) => chat.editMessage(request.actor, { ...request.params, ...request.body }),
  )
  app.delete(
    '/messages/:messageId',
    {
      schema: {
        operationId: 'deleteMessage',
        summary: 'Delete an own message for everyone; its place stays as a tombstone',
        tags,
        params: MessageRef,
        querystring: Type.Object(
          { for: Type.Optional(Type.Literal('everyone', { default: 'everyone', description: 'For whom it goes' })) },
          { additionalProperties: false },
        ),
        response: replies({ 200: Message }, procedures.deleteMessage.errors),
      },
    },
    (request) => chat.deleteMessage(request.actor, request.params),
  )
}
