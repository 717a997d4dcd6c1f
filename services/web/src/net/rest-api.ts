import type {
  Block,
  Conversation,
  CreateConversation,
  CreateReport,
  Me,
  Message,
  Participant,
  ParticipantRole,
  Report,
  UpdateConversation,
} from '@parley/contracts'
import { queryOf, requestJson } from './request-json.ts'

export interface Page<T> {
  data: T[]
  nextCursor: string | null
  hasMore: boolean
}

export interface Range {
  before?: number
  after?: number
  limit: number
}

export type RestApi = ReturnType<typeof createRestApi>
export type GroupDetails = Pick<UpdateConversation, 'title' | 'pictureUrl'>

const id = encodeURIComponent

/** The part of the REST API that the page uses for everybody. Everything throws `RequestFailure`. */
export function createRestApi(token: string) {
  const call = <T>(method: string, path: string, body?: unknown) =>
    requestJson<T>(method, `/v1${path}`, { token, body })
  return {
    getMe: () => call<Me>('GET', '/me'),
    listConversations: (cursor?: string) =>
      call<Page<Conversation>>('GET', `/conversations${queryOf({ limit: 50, cursor })}`),
    getConversation: (conversationId: string) => call<Conversation>('GET', `/conversations/${conversationId}`),
    createConversation: (body: CreateConversation) => call<Conversation>('POST', '/conversations', body),
    updateConversation: (conversationId: string, details: GroupDetails) =>
      call<Conversation>('PATCH', `/conversations/${conversationId}`, details),
    listMessages: (conversationId: string, range: Range) =>
      call<Page<Message>>('GET', `/conversations/${conversationId}/messages${queryOf({ ...range })}`),
    addParticipant: (conversationId: string, userId: string) =>
      call<Participant>('POST', `/conversations/${conversationId}/participants`, { userId }),
    setRole: (conversationId: string, userId: string, role: ParticipantRole) =>
      call<Participant>('PATCH', `/conversations/${conversationId}/participants/${id(userId)}`, { role }),
    removeParticipant: (conversationId: string, userId: string) =>
      call<void>('DELETE', `/conversations/${conversationId}/participants/${id(userId)}`),
    listBlocks: () => call<{ data: Block[] }>('GET', '/blocks'),
    block: (userId: string) => call<void>('PUT', `/users/${id(userId)}/block`),
    unblock: (userId: string) => call<void>('DELETE', `/users/${id(userId)}/block`),
    report: (report: CreateReport) => call<Report>('POST', '/reports', report),
  }
}
