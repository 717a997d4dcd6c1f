import { type Agent, request } from 'node:http'
import { request as requestTls } from 'node:https'

/** From the beginning to the last byte that is read. Milliseconds. */
export const DEADLINE_MS = 10_000
/** As much of an answer is read: what services of pushes have to say is shorter. */
const MOST_ANSWER_BYTES = 16 * 1024

export interface Exchanged {
  status: number
  /** Of the answer, in lower case. */
  header(name: string): string | undefined
  /** As far as it was read. */
  body: string
}

export interface ExchangeOptions {
  agent?: Agent | undefined
  headers: Readonly<Record<string, string | number>>
  body: Buffer | string
  signal: AbortSignal
  deadlineMs?: number | undefined
}

/** Posts, and reads the beginning of the answer. Rejects where there is none within the deadline. Follows nothing. */
export async function exchange(url: string, options: ExchangeOptions): Promise<Exchanged> {
  const { agent, headers, body, signal, deadlineMs = DEADLINE_MS } = options
  const bytes = Buffer.from(body)
  return withDeadline(
    signal,
    deadlineMs,
    (leave) =>
      new Promise((resolve, reject) => {
        const asking = (url.startsWith('https:') ? requestTls : request)(url, {
          method: 'POST',
          ...(agent && { agent }),
          headers: { 'user-agent': 'Parley/1', ...headers, 'content-length': bytes.length },
          maxHeaderSize: 16 * 1024,
          signal: leave,
        })
        asking.on('error', reject)
        asking.on('response', (answer) => {
          readSome(answer).then((text) => {
            answer.destroy()
            resolve({
              status: answer.statusCode ?? 0,
              header: (name) => {
                const value = answer.headers[name]
                return Array.isArray(value) ? value[0] : value
              },
              body: text,
            })
          })
        })
        asking.end(bytes)
      }),
  )
}

/** Reads to the end, or as far as answers are read; what broke off is read as far as it came. */
export async function readSome(answer: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of answer) {
      parts.push(part)
      size += part.length
      if (size >= MOST_ANSWER_BYTES) break
    }
  } catch {
    // its status is the answer
  }
  return Buffer.concat(parts).subarray(0, MOST_ANSWER_BYTES).toString()
}

/** Does it until the deadline, or until the signal says so; says in words which of the two it was. */
export async function withDeadline<T>(
  signal: AbortSignal,
  deadlineMs: number,
  work: (leave: AbortSignal) => Promise<T>,
): Promise<T> {
  const leave = new AbortController()
  const left = () => leave.abort(signal.reason)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    leave.abort()
  }, deadlineMs)
  signal.addEventListener('abort', left)
  if (signal.aborted) left()
  try {
    return await work(leave.signal)
  } catch (err) {
    if (isLate) throw new Error(`no answer within ${deadlineMs / 1_000} s`, { cause: err })
    throw err
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', left)
  }
}

/** What a receiver asks to be left alone for: seconds, or a date (RFC 9110, 10.2.3). Milliseconds. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(value.trim()) ? Number(value) : (Date.parse(value) - now) / 1_000
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}

/** Why something could not be sent, as dead letters show it. */
export const reasonOf = (err: unknown): string => {
  const { code, message } = err as { code?: unknown; message?: string }
  return typeof code === 'string' && !message?.includes(code) ? `${code}: ${message}` : (message ?? String(err))
}
