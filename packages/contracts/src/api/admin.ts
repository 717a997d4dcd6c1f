import {
  AuditEntry,
  Broadcast,
  DecideReport,
  JoinAsAdmin,
  ListAllConversations,
  ListAudit,
  ListReports,
  SentBroadcast,
  SetConversationStatus,
  Stats,
  StatsQuery,
} from '../shapes/admin.ts'
import {
  Conversation,
  ConversationPage,
  ConversationRef,
  ListMessages,
  MessagePage,
  Participant,
} from '../shapes/conversation.ts'
import { Nothing } from '../shapes/nothing.ts'
import { pageOf } from '../shapes/pagination.ts'
import { PolicySettings, TenantPolicy } from '../shapes/policy.ts'
import { Report } from '../shapes/user.ts'
import { type Api, defineRpc } from './rpc.ts'

/** What moderates a tenant: admin tokens, and the host's backend likewise. Every call is in the audit log. */
export const admin = defineRpc('parley.rpc.v1.admin', {
  getPolicy: { input: Nothing, output: TenantPolicy, errors: ['forbidden'] },
  setPolicy: { input: PolicySettings, output: TenantPolicy, errors: ['forbidden'] },
  listAllConversations: { input: ListAllConversations, output: ConversationPage, errors: ['forbidden'] },
  inspectConversation: { input: ConversationRef, output: Conversation, errors: ['forbidden', 'not_found'] },
  inspectMessages: { input: ListMessages, output: MessagePage, errors: ['forbidden', 'not_found'] },
  joinConversation: { input: JoinAsAdmin, output: Participant, errors: ['forbidden', 'not_found'] },
  setConversationStatus: { input: SetConversationStatus, output: Conversation, errors: ['forbidden', 'not_found'] },
  getStats: { input: StatsQuery, output: Stats, errors: ['forbidden'] },
  broadcast: { input: Broadcast, output: SentBroadcast, errors: ['forbidden'] },
  listAudit: { input: ListAudit, output: pageOf(AuditEntry), errors: ['forbidden'] },
  listReports: { input: ListReports, output: pageOf(Report), errors: ['forbidden'] },
  decideReport: { input: DecideReport, output: Report, errors: ['forbidden', 'not_found', 'already_decided'] },
})
export type Admin = Api<typeof admin>
