import {
  AuditEntry,
  JoinAsAdmin,
  ListAllConversations,
  ListAudit,
  SetConversationStatus,
  Stats,
  StatsQuery,
} from '../shapes/admin.ts'
import { Broadcast, SentBroadcast } from '../shapes/broadcast.ts'
import {
  Conversation,
  ConversationPage,
  ConversationRef,
  ListMessages,
  MessagePage,
  Participant,
} from '../shapes/conversation.ts'
import { MessageRef } from '../shapes/message.ts'
import { Nothing } from '../shapes/nothing.ts'
import { pageOf } from '../shapes/pagination.ts'
import { PolicySettings, TenantPolicy } from '../shapes/policy.ts'
import { DecideReport, ListReports, OpenReports, ReportCase } from '../shapes/report.ts'
import { RevokedSessions, RevokeSessions } from '../shapes/session.ts'
import { MessageXray } from '../shapes/xray.ts'
import { tenantCannedReplies } from './canned-replies.ts'
import { heldForReview } from './held-messages.ts'
import { type Api, defineRpc } from './operation.ts'

/** What moderates a tenant: admin tokens, and the host's backend likewise. What they do, and their looks at people,
 * conversations and reports, are in the audit log; the rules, counts and the log itself say nothing of anybody, and reading them is not. */
export const admin = defineRpc('parley.rpc.v1.admin', {
  getPolicy: {
    summary: "The tenant's rules",
    tag: 'admin',
    http: 'GET /admin/policy',
    input: Nothing,
    output: TenantPolicy,
    errors: ['forbidden'],
  },
  setPolicy: {
    summary: 'Replace them: a preset, and what is to be otherwise',
    tag: 'admin',
    http: 'PUT /admin/policy',
    input: PolicySettings,
    output: TenantPolicy,
    errors: ['forbidden'],
  },
  listAllConversations: {
    summary: 'All conversations of the tenant, the most recently active first',
    description:
      'Where a filter leaves few, a page may hold fewer than asked for, or none, although more follow: go on while `hasMore`.',
    tag: 'admin',
    http: 'GET /admin/conversations',
    input: ListAllConversations,
    output: ConversationPage,
    errors: ['forbidden'],
  },
  inspectConversation: {
    summary: 'Any conversation',
    tag: 'admin',
    http: 'GET /admin/conversations/:conversationId',
    input: ConversationRef,
    output: Conversation,
    errors: ['forbidden', 'not_found'],
  },
  inspectMessages: {
    summary: 'A page of any conversation, ascending; without a position the newest',
    tag: 'admin',
    http: 'GET /admin/conversations/:conversationId/messages',
    input: ListMessages,
    output: MessagePage,
    errors: ['forbidden', 'not_found'],
  },
  xrayMessage: {
    summary: 'What has become of a message: received, committed, told, notified, read, without what it says',
    description:
      'What processes keep in memory for minutes alone, and what lies in streams for days, is said as not known once it is gone.',
    tag: 'admin',
    http: 'GET /admin/messages/:messageId/xray',
    input: MessageRef,
    output: MessageXray,
    errors: ['forbidden', 'not_found'],
  },
  joinConversation: {
    summary: 'Come into a conversation, visibly, to moderate or to observe',
    tag: 'admin',
    http: 'POST /admin/conversations/:conversationId/join',
    input: JoinAsAdmin,
    output: Participant,
    errors: ['forbidden', 'not_found'],
  },
  setConversationStatus: {
    summary: 'Close a conversation, make it read-only, or open it again',
    description: 'What an admin has closed stays so until an admin opens it, whatever its context says.',
    tag: 'admin',
    http: 'PUT /admin/conversations/:conversationId/status',
    input: SetConversationStatus,
    output: Conversation,
    errors: ['forbidden', 'not_found'],
  },
  getStats: {
    summary: 'Totals, who is there, and the last days',
    tag: 'admin',
    http: 'GET /admin/stats',
    input: StatsQuery,
    output: Stats,
    errors: ['forbidden'],
  },
  broadcast: {
    summary: 'Tell everybody: who is connected now, and others when they look',
    tag: 'admin',
    http: 'POST /admin/broadcasts',
    input: Broadcast,
    output: SentBroadcast,
    status: 201,
    errors: ['forbidden'],
  },
  listAudit: {
    summary: 'Who did what, the newest first',
    tag: 'admin',
    http: 'GET /admin/audit',
    input: ListAudit,
    output: pageOf(AuditEntry),
    errors: ['forbidden'],
  },
  listReports: {
    summary: 'What users have reported, the oldest first',
    tag: 'admin',
    http: 'GET /admin/reports',
    input: ListReports,
    output: pageOf(ReportCase),
    errors: ['forbidden'],
  },
  countOpenReports: {
    summary: 'How many reports wait for a decision, counted up to 100; admins hear `reports_changed` when it changes',
    tag: 'admin',
    http: 'GET /admin/reports/count',
    input: Nothing,
    output: OpenReports,
    errors: ['forbidden'],
  },
  decideReport: {
    summary: 'Resolve or dismiss a report',
    tag: 'admin',
    http: 'PATCH /admin/reports/:reportId',
    input: DecideReport,
    output: ReportCase,
    errors: ['forbidden', 'not_found', 'already_decided'],
  },
  revokeSessions: {
    summary: 'Take back the tokens of a user, or of one session of theirs (admin, service)',
    description:
      'Their sockets are closed, and REST and sockets refuse the tokens with `unauthenticated`. Nothing of theirs that came before is ' +
      'under way once it is answered. Again with the same `before` changes nothing.',
    tag: 'users',
    http: 'POST /admin/sessions/revoke',
    input: RevokeSessions,
    output: RevokedSessions,
    errors: ['forbidden', 'not_found'],
  },
  ...heldForReview,
  ...tenantCannedReplies,
})
export type Admin = Api<typeof admin>
