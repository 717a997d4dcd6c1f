import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  AuditEntry,
  Broadcast,
  Conversation,
  ConversationPage,
  ConversationRef,
  admin as contract,
  DecideReport,
  DecideReportBody,
  host as hostContract,
  JoinBody,
  ListAllConversations,
  ListAudit,
  ListMessages,
  ListReports,
  MessagePage,
  Participant,
  PolicySettings,
  pageOf,
  Report,
  SentBroadcast,
  Stats,
  StatsQuery,
  StatusBody,
  TenantPolicy,
  User,
  UserRef,
} from '@parley/contracts'
import { Type } from 'typebox'
import { replies } from '../replies.ts'
import type { RouteOptions } from '../route-options.ts'

const { procedures } = contract
const tags = ['admin']

export const adminRoutes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, { admin, host }) => {
  app.get(
    '/policy',
    {
      schema: {
        operationId: 'getPolicy',
        summary: "The tenant's rules",
        tags,
        response: replies({ 200: TenantPolicy }, procedures.getPolicy.errors),
      },
    },
    (request) => admin.getPolicy(request.actor, {}),
  )
  app.put(
    '/policy',
    {
      schema: {
        operationId: 'setPolicy',
        summary: 'Replace them: a preset, and what is to be otherwise',
        tags,
        body: PolicySettings,
        response: replies({ 200: TenantPolicy }, procedures.setPolicy.errors, { body: true }),
      },
    },
    (request) => admin.setPolicy(request.actor, request.body),
  )
  app.get(
    '/conversations',
    {
      schema: {
        operationId: 'listAllConversations',
        summary: 'All conversations of the tenant, the most recently active first',
        tags,
        querystring: ListAllConversations,
        response: replies({ 200: ConversationPage }, procedures.listAllConversations.errors),
      },
    },
    (request) => admin.listAllConversations(request.actor, request.query),
  )
  app.get(
    '/conversations/:conversationId',
    {
      schema: {
        operationId: 'inspectConversation',
        summary: 'Any conversation',
        tags,
        params: ConversationRef,
        response: replies({ 200: Conversation }, procedures.inspectConversation.errors),
      },
    },
    (request) => admin.inspectConversation(request.actor, request.params),
  )
  app.get(
    '/conversations/:conversationId/messages',
    {
      schema: {
        operationId: 'inspectMessages',
        summary: 'A page of any conversation, ascending; without a position the newest',
        tags,
        params: ConversationRef,
        querystring: Type.Omit(ListMessages, ['conversationId']),
        response: replies({ 200: MessagePage }, procedures.inspectMessages.errors),
      },
    },
    (request) => admin.inspectMessages(request.actor, { ...request.params, ...request.query }),
  )
  app.post(
    '/conversations/:conversationId/join',
    {
      schema: {
        operationId: 'joinConversation',
        summary: 'Come into a conversation, visibly, to moderate or to observe',
        tags,
        params: ConversationRef,
        body: JoinBody,
        response: replies({ 200: Participant }, procedures.joinConversation.errors, { body: true }),
      },
    },
    (request) => admin.joinConversation(request.actor, { ...request.params, ...request.body }),
  )
  app.put(
    '/conversations/:conversationId/status',
    {
      schema: {
        operationId: 'setConversationStatus',
        summary: 'Close a conversation, make it read-only, or open it again',
        description: 'What an admin has closed stays so until an admin opens it, whatever its context says.',
        tags,
        params: ConversationRef,
        body: StatusBody,
        response: replies({ 200: Conversation }, procedures.setConversationStatus.errors, { body: true }),
      },
    },
    (request) => admin.setConversationStatus(request.actor, { ...request.params, ...request.body }),
  )
  app.get(
    '/users/:userId',
    {
      schema: {
        operationId: 'inspectUser',
        summary: 'A user as they are stored',
        tags,
        params: UserRef,
        response: replies({ 200: User }, hostContract.procedures.getUser.errors),
      },
    },
    (request) => host.getUser(request.actor, request.params),
  )
  app.get(
    '/stats',
    {
      schema: {
        operationId: 'getStats',
        summary: 'Totals, who is there, and the last days',
        tags,
        querystring: StatsQuery,
        response: replies({ 200: Stats }, procedures.getStats.errors),
      },
    },
    (request) => admin.getStats(request.actor, request.query),
  )
  app.post(
    '/broadcasts',
    {
      schema: {
        operationId: 'broadcast',
        summary: 'Tell everybody who is connected now',
        tags,
        body: Broadcast,
        response: replies({ 201: SentBroadcast }, procedures.broadcast.errors, { body: true }),
      },
    },
    async (request, reply) => reply.code(201).send(await admin.broadcast(request.actor, request.body)),
  )
  app.get(
    '/audit',
    {
      schema: {
        operationId: 'listAudit',
        summary: 'Who did what, the newest first',
        tags,
        querystring: ListAudit,
        response: replies({ 200: pageOf(AuditEntry) }, procedures.listAudit.errors),
      },
    },
    (request) => admin.listAudit(request.actor, request.query),
  )
  app.get(
    '/reports',
    {
      schema: {
        operationId: 'listReports',
        summary: 'What users have reported, the oldest first',
        tags,
        querystring: ListReports,
        response: replies({ 200: pageOf(Report) }, procedures.listReports.errors),
      },
    },
    (request) => admin.listReports(request.actor, request.query),
  )
  app.patch(
    '/reports/:reportId',
    {
      schema: {
        operationId: 'decideReport',
        summary: 'Resolve or dismiss a report',
        tags,
        params: Type.Pick(DecideReport, ['reportId']),
        body: DecideReportBody,
        response: replies({ 200: Report }, procedures.decideReport.errors, { body: true }),
      },
    },
    (request) => admin.decideReport(request.actor, { ...request.params, ...request.body }),
  )
}
