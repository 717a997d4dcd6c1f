import { setTimeout as sleep } from 'node:timers/promises'

/** What a call came to. `code` is one of ours, or `network`, `timeout`, `disconnected`, `http_502` where none was given. */
export type Answer<T> = { ok: true; data: T } | { ok: false; code: string; retryAfterMs?: number | undefined }

const REST_TIMEOUT_MS = 8_000

/** One REST request as a user; what has a `clientId` says so to proxies as well. Never throws. */
export async function callRest<T>(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: { clientId?: string; [field: string]: unknown },
): Promise<Answer<T>> {
  try {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      signal: AbortSignal.timeout(REST_TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(body?.clientId !== undefined && { 'idempotency-key': body.clientId }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.ok) return { ok: true, data: (text ? JSON.parse(text) : null) as T }
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      ok: false,
      code: codeOf(text) ?? `http_${response.status}`,
      retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1_000 : undefined,
    }
  } catch (error) {
    return { ok: false, code: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'network' }
  }
}

function codeOf(text: string): string | undefined {
  try {
    const { code } = JSON.parse(text) as { code?: string }
    return code
  } catch {
    return undefined
  }
}

/** After one of these, asking again gives the same answer. */
const FINAL = new Set([
  'forbidden',
  'not_found',
  'invalid_input',
  'malformed',
  'key_reused',
  'unauthenticated',
  'conversation_closed',
  'conversation_read_only',
])

const isFinal = (code: string): boolean => FINAL.has(code)

const MOST_PATIENCE_MS = 4_000

/** Asks until there is an answer that stays: success, a final refusal, or `given up` once the signal says stop. */
export async function untilAnswered<T>(
  attempt: (number: number) => Promise<Answer<T>>,
  options: { failed: (code: string) => void; signal: AbortSignal },
): Promise<Answer<T> & { attempts: number }> {
  for (let number = 1; ; number++) {
    const answer = await attempt(number)
    if (answer.ok) return { ...answer, attempts: number }
    options.failed(answer.code)
    if (isFinal(answer.code)) return { ...answer, attempts: number }
    if (options.signal.aborted) return { ok: false, code: 'given up', attempts: number }
    const patience = Math.min(MOST_PATIENCE_MS, 100 * 2 ** Math.min(number, 10))
    const wait = Math.max(answer.retryAfterMs ?? 0, patience) * (0.5 + Math.random())
    await sleep(wait, undefined, { signal: options.signal }).catch(() => {})
  }
}
