import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  ConversationRef,
  chat as contract,
  ListParticipants,
  Participant,
  ParticipantBody,
  ParticipantPage,
  ParticipantRef,
  UpdateParticipant,
} from '@parley/contracts'
import { Type } from 'typebox'
import { replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = contract
const tags = ['participants']

export const participantRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { chat }) => {
  app.get(
    '/conversations/:conversationId/participants',
    {
      schema: {
        operationId: 'listParticipants',
        summary: 'Everybody in a conversation, by user id',
        tags,
        params: ConversationRef,
        querystring: Type.Omit(ListParticipants, ['conversationId']),
        response: replies({ 200: ParticipantPage }, procedures.listParticipants.errors),
      },
    },
    (request) => chat.listParticipants(request.actor, { ...request.params, ...request.query }),
  )
  app.post(
    '/conversations/:conversationId/participants',
    {
      schema: {
        operationId: 'addParticipant',
        summary: "Let somebody into a group; what they see of before is the tenant's policy",
        tags,
        params: ConversationRef,
        body: ParticipantBody,
        response: replies({ 200: Participant, 201: Participant }, procedures.addParticipant.errors, { body: true }),
      },
    },
    async (request, reply) => {
      const { participant, created } = await chat.addParticipant(request.actor, { ...request.params, ...request.body })
      return reply.code(created ? 201 : 200).send(participant)
    },
  )
  app.patch(
    '/conversations/:conversationId/participants/:userId',
    {
      schema: {
        operationId: 'updateParticipant',
        summary: 'Give somebody in a group another role',
        tags,
        params: ParticipantRef,
        body: Type.Pick(UpdateParticipant, ['role']),
        response: replies({ 200: Participant }, procedures.updateParticipant.errors, { body: true }),
      },
    },
    (request) => chat.updateParticipant(request.actor, { ...request.params, ...request.body }),
  )
  app.delete(
    '/conversations/:conversationId/participants/:userId',
    {
      schema: {
        operationId: 'removeParticipant',
        summary: 'Remove somebody from a group, or leave it',
        tags,
        params: ParticipantRef,
        response: replies({ 204: Type.Null() }, procedures.removeParticipant.errors),
      },
    },
    async (request, reply) => {
      await chat.removeParticipant(request.actor, request.params)
      return reply.code(204).send(null)
    },
  )
}
