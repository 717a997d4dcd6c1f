import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  BlockList,
  CreateReport,
  chat as chatContract,
  host as hostContract,
  Report,
  UpsertUsers,
  User,
  UserBody,
  UserProfile,
  UserRef,
  UserUnread,
} from '@parley/contracts'
import { Type } from 'typebox'
import { IdempotencyKey, replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = chatContract
const ofHost = hostContract.procedures
const tags = ['users']

export const userRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat, host }) => {
  app.put(
    '/users/:userId',
    {
      schema: {
        operationId: 'upsertUser',
        summary: 'Say who a user is (service)',
        description: 'What is left out stays as it was. Users are also made by their tokens, and by being mentioned.',
        tags,
        params: UserRef,
        body: UserBody,
        response: replies({ 200: User, 201: User }, ofHost.upsertUsers.errors, { body: true }),
      },
    },
    async (request, reply) => {
      const { data } = await host.upsertUsers(request.actor, { users: [{ ...request.params, ...request.body }] })
      const { user, created } = data[0]!
      return reply.code(created ? 201 : 200).send(user)
    },
  )
  app.put(
    '/users',
    {
      schema: {
        operationId: 'upsertUsers',
        summary: 'The same for up to 100 of them: all or none (service)',
        tags,
        body: UpsertUsers,
        response: replies({ 200: ofHost.upsertUsers.output }, ofHost.upsertUsers.errors, { body: true }),
      },
    },
    (request) => host.upsertUsers(request.actor, request.body),
  )
  app.get(
    '/users/:userId',
    {
      schema: {
        operationId: 'getUser',
        summary: 'A user whom you share a conversation with',
        tags,
        params: UserRef,
        response: replies({ 200: UserProfile }, procedures.getUser.errors),
      },
    },
    (request) => chat.getUser(request.actor, request.params),
  )
  app.get(
    '/users/:userId/unread',
    {
      schema: {
        operationId: 'getUserUnread',
        summary: 'How much a user has not read (service)',
        tags,
        params: UserRef,
        response: replies({ 200: UserUnread }, ofHost.getUserUnread.errors),
      },
    },
    (request) => host.getUserUnread(request.actor, request.params),
  )
  const done = { 204: Type.Null() }
  app.put(
    '/users/:userId/disabled',
    {
      schema: {
        operationId: 'disableUser',
        summary: 'Shut a user out (admin, service)',
        description: 'Their sockets are closed, and every call is refused with `forbidden`.',
        tags,
        params: UserRef,
        response: replies(done, ofHost.disableUser.errors),
      },
    },
    async (request, reply) => {
      await host.disableUser(request.actor, request.params)
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/users/:userId/disabled',
    {
      schema: {
        operationId: 'enableUser',
        summary: 'Let them in again (admin, service)',
        tags,
        params: UserRef,
        response: replies(done, ofHost.enableUser.errors),
      },
    },
    async (request, reply) => {
      await host.enableUser(request.actor, request.params)
      return reply.code(204).send(null)
    },
  )
  app.put(
    '/users/:userId/block',
    {
      schema: {
        operationId: 'blockUser',
        summary: 'Block somebody: neither of you can write to the other',
        tags,
        params: UserRef,
        response: replies(done, procedures.blockUser.errors),
      },
    },
    async (request, reply) => {
      await chat.blockUser(request.actor, request.params)
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/users/:userId/block',
    {
      schema: {
        operationId: 'unblockUser',
        summary: 'Take a block back',
        tags,
        params: UserRef,
        response: replies(done, procedures.unblockUser.errors),
      },
    },
    async (request, reply) => {
      await chat.unblockUser(request.actor, request.params)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/blocks',
    {
      schema: {
        operationId: 'listBlocks',
        summary: 'Whom you have blocked',
        tags,
        response: replies({ 200: BlockList }, procedures.listBlocks.errors),
      },
    },
    (request) => chat.listBlocks(request.actor, {}),
  )
  app.post(
    '/reports',
    {
      schema: {
        operationId: 'report',
        summary: "Put a message, a conversation or a user before the tenant's admins",
        tags,
        headers: IdempotencyKey,
        body: CreateReport,
        response: replies({ 200: Report, 201: Report }, procedures.report.errors, { body: true }),
      },
    },
    async (request, reply) => {
      const clientId = request.body.clientId ?? request.headers['idempotency-key']
      const { report, created } = await chat.report(request.actor, {
        ...request.body,
        ...(clientId !== undefined && { clientId }),
      })
      return reply.code(created ? 201 : 200).send(report)
    },
  )
}
