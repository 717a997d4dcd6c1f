/** What was answered, as far as it is read. */
export interface PostAnswer {
  status: number
  /** As the header says it. */
  retryAfter: string | undefined
  /** Its first bytes as text. */
  body: string
  /** Whether that is all of it. */
  isWhole: boolean
}

export interface PostRequest {
  headers: Readonly<Record<string, string>>
  body: string
  /** So long it may take, from the beginning to the last byte that is read; left out, ten seconds. Milliseconds. */
  timeoutMs?: number
  /** An answer is read so far; left out, as far as it is kept. Bytes. */
  maxAnswerBytes?: number
  /** The trace that it belongs to, which the stranger hears of. */
  traceparent?: string
}

/**
 * Posts to an address of a stranger's. Rejects where there is no answer, with a message that may be shown to admins; bounded in time and
 * in what it reads.
 */
export type Post = (url: string, request: PostRequest, signal: AbortSignal) => Promise<PostAnswer>

/** Whether an address may be posted to as far as it can be told without resolving it; undefined: it may. */
export type WhyNotPost = (url: string) => string | undefined
