import type {
  AuditEntry,
  Conversation,
  ConversationStatus,
  DecideReport,
  ListAllConversations,
  ListAudit,
  ListReports,
  Message,
  Participant,
  PolicySettings,
  Report,
  Stats,
  TenantPolicy,
} from '@parley/contracts'
import { queryOf, requestJson } from './request-json.ts'
import type { Page, Range } from './rest-api.ts'

export type AdminApi = ReturnType<typeof createAdminApi>

/** What an admin may ask for. Everything throws `RequestFailure`; what is read and done is in the audit log. */
export function createAdminApi(token: string) {
  const call = <T>(method: string, path: string, body?: unknown) =>
    requestJson<T>(method, `/v1/admin${path}`, { token, body })
  return {
    listConversations: (filter: ListAllConversations) =>
      call<Page<Conversation>>('GET', `/conversations${queryOf({ limit: 30, ...filter })}`),
    getConversation: (id: string) => call<Conversation>('GET', `/conversations/${id}`),
    listMessages: (id: string, range: Range) =>
      call<Page<Message>>('GET', `/conversations/${id}/messages${queryOf({ ...range })}`),
    join: (id: string) => call<Participant>('POST', `/conversations/${id}/join`, {}),
    setStatus: (id: string, status: ConversationStatus) =>
      call<Conversation>('PUT', `/conversations/${id}/status`, { status }),
    listReports: (filter: ListReports) => call<Page<Report>>('GET', `/reports${queryOf({ limit: 30, ...filter })}`),
    decideReport: ({ reportId, ...decision }: DecideReport) => call<Report>('PATCH', `/reports/${reportId}`, decision),
    getStats: (days: number) => call<Stats>('GET', `/stats${queryOf({ days })}`),
    broadcast: (body: { title?: string; content: string }) =>
      call<{ id: string; at: string }>('POST', '/broadcasts', body),
    listAudit: (filter: ListAudit) => call<Page<AuditEntry>>('GET', `/audit${queryOf({ limit: 50, ...filter })}`),
    getPolicy: () => call<TenantPolicy>('GET', '/policy'),
    setPolicy: (settings: PolicySettings) => call<TenantPolicy>('PUT', '/policy', settings),
  }
}
