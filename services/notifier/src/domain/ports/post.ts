/** What was answered, as far as it is read. */
export interface PostAnswer {
  status: number
  /** As the header says it. */
  retryAfter: string | undefined
  /** Its first bytes as text. */
  body: string
}

/**
 * Posts to an address of a stranger's. Rejects where there is no answer, with a message that may be shown to admins; bounded in time and
 * in what it reads.
 */
export type Post = (
  url: string,
  request: { headers: Readonly<Record<string, string>>; body: string },
  signal: AbortSignal,
) => Promise<PostAnswer>

/** Whether an address may be posted to as far as it can be told without resolving it; undefined: it may. */
export type WhyNotPost = (url: string) => string | undefined
