import { type IncomingMessage, request } from 'node:http'
import { request as requestTls } from 'node:https'
import type { LookupFunction } from 'node:net'
import { MAX_WEBHOOK_ANSWER } from '@parley/contracts'
import { isPrivateHost, publicAgents, type Resolver } from '@parley/runtime'
import { traced } from '@parley/tracing'
import type { Post, PostAnswer, WhyNotPost } from '../domain/ports/post.ts'

/** From the beginning to the last byte that is read. Milliseconds. */
const POST_TIMEOUT_MS = 10_000

export interface PostOptions {
  /** Whether `http` and addresses of this machine and its networks may be posted to. */
  allowPrivate: boolean
  timeoutMs?: number
  /** For tests. */
  resolver?: Resolver
}

/**
 * Posts to addresses that hosts name. Connects to public ones alone, by what their names resolve to at that moment; follows no redirect,
 * keeps no connection, and reads so much of an answer as is kept.
 */
export function createPost({ allowPrivate, timeoutMs: usual = POST_TIMEOUT_MS, resolver }: PostOptions): Post {
  const lookup = resolver && lookupBy(resolver)
  const agents = allowPrivate ? undefined : publicAgents(resolver ? { resolver } : {})
  const whyNot = createWhyNotPost({ allowPrivate })
  const post: Post = async (url, { headers, body, timeoutMs = usual, maxAnswerBytes = MAX_WEBHOOK_ANSWER }, leave) => {
    // an address that was fine when it was stored may be none of this process's
    const why = whyNot(url)
    if (why !== undefined) throw new Error(`The address ${why}`)
    const isTls = url.startsWith('https:')
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([leave, timeout])
    const bytes = Buffer.from(body)
    try {
      return await new Promise<PostAnswer>((resolve, reject) => {
        const asking = (isTls ? requestTls : request)(
          url,
          {
            method: 'POST',
            agent: agents?.[isTls ? 'https:' : 'http:'] ?? false,
            headers: { ...headers, 'content-length': bytes.length, 'user-agent': 'Parley-Webhooks/1', accept: '*/*' },
            signal,
            // an agent that looks at addresses has its own
            ...(lookup && !agents && { lookup }),
            maxHeaderSize: 16 * 1024,
          },
          (answer) => resolve(readAnswer(answer, maxAnswerBytes)),
        )
        asking.on('error', reject)
        asking.end(bytes)
      })
    } catch (err) {
      if (timeout.aborted && !leave.aborted) throw new Error(`No answer within ${timeoutMs / 1000} s`, { cause: err })
      throw err
    }
  }
  return (url, { traceparent: parent, ...request }, leave) => {
    if (parent === undefined) return post(url, request, leave)
    return traced('post webhook', { kind: 'producer', parent }, async (span) => {
      const headers = { ...request.headers, ...(span && { traceparent: span.traceparent }) }
      const answer = await post(url, { ...request, headers }, leave)
      span?.set('http.response.status_code', answer.status)
      return answer
    })
  }
}

const lookupBy =
  (resolver: Resolver): LookupFunction =>
  (hostname, { all }, answer) =>
    resolver(hostname, (err, addresses) => {
      const [first] = addresses
      if (all || !first) answer(err, addresses)
      else answer(err, first.address, first.family)
    })

/** The status is the answer: what comes after it is read for whoever looks at it, as far as it comes. */
async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<PostAnswer> {
  const parts: Buffer[] = []
  let size = 0
  let isWhole = false
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (size >= maxBytes) break
    }
    isWhole = size < maxBytes
  } catch {
    // it broke off, or did not end in time
  }
  answer.destroy()
  const text = Buffer.concat(parts).subarray(0, maxBytes).toString().replaceAll('\u0000', '\uFFFD')
  return { status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], body: text, isWhole }
}

/** What can be told of an address without resolving it. */
export function createWhyNotPost({ allowPrivate }: Pick<PostOptions, 'allowPrivate'>): WhyNotPost {
  return (text) => {
    if (!URL.canParse(text)) return 'is no address'
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') return 'has a name or a password in it'
    if (url.hash !== '') return 'has a fragment, which is never sent'
    if (allowPrivate) return undefined
    if (url.protocol !== 'https:') return 'is not https'
    if (isPrivateHost(url.hostname)) return 'is not one that anybody on the internet can reach'
    return undefined
  }
}
