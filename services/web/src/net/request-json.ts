import { type FailureCode, notReached, type RefusedPlace, RequestFailure } from './request-failure.ts'
import { besidePage } from './site.ts'

const TIMEOUT_MS = 10_000

/** @throws RequestFailure with the `detail` of the problem document (RFC 9457) where there is one */
export async function requestJson<T>(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<T> {
  let response: Response
  try {
    response = await fetch(besidePage(path), {
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
    if (response.status === 204) return undefined as T
    if (response.ok) return (await response.json()) as T
  } catch (err) {
    const late = err instanceof DOMException && err.name === 'TimeoutError'
    throw late ? new RequestFailure('timeout', 'The server took too long to answer') : notReached()
  }
  throw await toFailure(response)
}

async function toFailure(response: Response): Promise<RequestFailure> {
  const problem = (await response.json().catch(() => ({}))) as object
  return failureOf(response.status, response.headers.get('retry-after'), problem)
}

/** What an answer that is no success says; `body` is a problem document where there is one. */
export function failureOf(status: number, retryAfter: string | null, body: object): RequestFailure {
  const problem: ProblemBody = body
  const seconds = Number(retryAfter)
  return new RequestFailure(
    problem.code ?? codeOf(status),
    problem.detail ?? problem.title ?? `The server answered with status ${status}`,
    seconds > 0 ? seconds * 1000 : undefined,
    problem.errors,
  )
}

interface ProblemBody {
  code?: FailureCode
  detail?: string
  title?: string
  errors?: RefusedPlace[]
}

/** For answers that are no problem documents: a proxy's, say. */
function codeOf(status: number): FailureCode {
  if (status === 401) return 'unauthenticated'
  if (status === 404) return 'not_found'
  if (status === 413) return 'payload_too_large'
  if (status === 507) return 'storage_full'
  if (status === 502 || status === 503 || status === 504) return 'unavailable'
  return status < 500 ? 'invalid_input' : 'internal'
}
