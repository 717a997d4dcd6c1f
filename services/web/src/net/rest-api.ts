import type { Conversation, CreateConversation, Me, Message } from '@parley/contracts'
import { type FailureCode, RequestFailure } from './request-failure.ts'

export interface Page<T> {
  data: T[]
  nextCursor: string | null
  hasMore: boolean
}

export type RestApi = ReturnType<typeof createRestApi>

const TIMEOUT_MS = 10_000

/** The part of the REST API that the page uses. Everything throws `RequestFailure`. */
export function createRestApi(token: string) {
  const call = <T>(method: string, path: string, body?: unknown) => requestJson<T>(method, path, { token, body })
  return {
    getMe: () => call<Me>('GET', '/v1/me'),
    listConversations: (cursor?: string) =>
      call<Page<Conversation>>(
        'GET',
        `/v1/conversations?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      ),
    getConversation: (id: string) => call<Conversation>('GET', `/v1/conversations/${id}`),
    createConversation: (body: CreateConversation) => call<Conversation>('POST', '/v1/conversations', body),
    listMessages: (id: string, range: { before?: number; after?: number; limit: number }) => {
      const query = new URLSearchParams({ limit: String(range.limit) })
      if (range.before !== undefined) query.set('before', String(range.before))
      if (range.after !== undefined) query.set('after', String(range.after))
      return call<Page<Message>>('GET', `/v1/conversations/${id}/messages?${query}`)
    },
  }
}

/** @throws RequestFailure with the `detail` of the problem document (RFC 9457) where there is one */
export async function requestJson<T>(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    // The schemas live on the server and checked the answer there; `T` is what they promise.
    if (response.ok) return (await response.json()) as T
  } catch (err) {
    const late = err instanceof DOMException && err.name === 'TimeoutError'
    throw late
      ? new RequestFailure('timeout', 'The server took too long to answer')
      : new RequestFailure('disconnected', 'The server cannot be reached')
  }
  throw await toFailure(response)
}

async function toFailure(response: Response): Promise<RequestFailure> {
  const problem = (await response.json().catch(() => ({}))) as { code?: FailureCode; detail?: string; title?: string }
  const seconds = Number(response.headers.get('retry-after'))
  return new RequestFailure(
    problem.code ?? codeOf(response.status),
    problem.detail ?? problem.title ?? `The server answered with status ${response.status}`,
    seconds > 0 ? seconds * 1000 : undefined,
  )
}

/** For answers that are no problem documents: a proxy's, say. */
function codeOf(status: number): FailureCode {
  if (status === 401) return 'unauthenticated'
  if (status === 404) return 'not_found'
  if (status === 502 || status === 503 || status === 504) return 'unavailable'
  return status < 500 ? 'invalid_input' : 'internal'
}
