import { createHash } from 'node:crypto'
import { publicAgents } from '@parley/runtime'
import { LRUCache } from 'lru-cache'
import webPush from 'web-push'
import type { Channel, Outcome } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import { exchange, reasonOf, retryAfterMs } from './exchange.ts'
import { fitBody } from './push-text.ts'

export interface VapidKeys {
  /** In base64url: of 65 and of 32 bytes. */
  publicKey: string
  privateKey: string
  /** Whom the services of browsers write to when something is wrong: `mailto:` or `https:`. */
  subject: string
}

export interface WebPushOptions {
  vapid: VapidKeys
  /** Whether browsers' endpoints may be at `http`, and on this machine and its networks. */
  allowPrivate: boolean
  deadlineMs?: number
}

/** Every service takes 4,096 bytes of what is encrypted (RFC 8030, 7.2); that is 103 more than what is in it (RFC 8188). */
const MOST_PAYLOAD_BYTES = 4_096 - 103

/** A signature is good for at most a day (RFC 8292, 2); it is made anew long before, for services whose clocks differ. */
const [SIGNED_FOR_MS, SIGNED_ANEW_MS] = [12 * 3_600_000, 6 * 3_600_000]
/** Endpoints are anybody's to write. */
const MOST_ORIGINS = 500

/**
 * Pushes to browsers (RFC 8030, 8291, 8292). Endpoints are written by whoever says that it is their browser: only public addresses are
 * connected to, nothing is followed, and no connection is kept.
 */
export function createWebPushChannel({ vapid, allowPrivate, deadlineMs }: WebPushOptions): Channel<DevicePush> {
  const agents = allowPrivate ? undefined : publicAgents()
  const authorizationAt = createAuthorizations(vapid)

  async function handOver(sent: DevicePush, signal: AbortSignal): Promise<Outcome> {
    const { target: endpoint, keys, withdraws, ttlSeconds, collapseKey } = sent
    if (keys === null) return { kind: 'gone', reason: 'the subscription has no keys' }
    const { protocol, origin } = new URL(endpoint)
    if (protocol !== 'https:' && !allowPrivate) return { kind: 'gone', reason: 'the endpoint is not https' }
    const details = webPush.generateRequestDetails({ endpoint, keys }, payloadOf(sent), {
      headers: { authorization: authorizationAt(origin) },
      TTL: ttlSeconds,
      urgency: withdraws ? 'low' : 'high',
      topic: topicOf(collapseKey),
      contentEncoding: 'aes128gcm',
    })
    const answer = await exchange(endpoint, {
      agent: agents?.[protocol as 'http:' | 'https:'],
      headers: details.headers as Record<string, string>,
      body: details.body,
      signal,
      deadlineMs,
    })
    return outcomeOf(answer.status, answer.body, answer.header('retry-after'), answer.header('location'))
  }

  return {
    name: 'web_push',
    handOver: (sent, { signal }) =>
      handOver(sent, signal).catch((err): Outcome => ({ kind: 'later', reason: reasonOf(err) })),
  }
}

/** Signed for each service once in a while: signing costs more than all the rest of a push. */
function createAuthorizations({ subject, publicKey, privateKey }: VapidKeys): (origin: string) => string {
  const signed = new LRUCache<string, string>({
    max: MOST_ORIGINS,
    ttl: SIGNED_ANEW_MS,
    perf: { now: () => Date.now() },
  })
  return (origin) => {
    const known = signed.get(origin)
    if (known !== undefined) return known
    const until = Math.floor((Date.now() + SIGNED_FOR_MS) / 1_000)
    const { Authorization } = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm', until)
    signed.set(origin, Authorization)
    return Authorization
  }
}

function outcomeOf(
  status: number,
  body: string,
  retryAfter: string | undefined,
  location: string | undefined,
): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', ...(location !== undefined && { reference: location }) }
  const reason = `${status} ${body.slice(0, 200)}`.trim()
  if (status === 404 || status === 410) return { kind: 'gone', reason }
  const afterMs = retryAfterMs(retryAfter)
  if (status === 429 || status >= 500 || status === 408)
    return { kind: 'later', reason, ...(afterMs !== undefined && { afterMs }) }
  return { kind: 'refused', reason }
}

/** At most 32 characters of base64url (RFC 8030, 5.4), the same for the same key. */
const topicOf = (collapseKey: string) => createHash('sha256').update(collapseKey).digest('base64url').slice(0, 32)

/** What the page's service worker is given: see docs/notifications.md. */
function payloadOf({ id, title, body, badge, url, data, withdraws, collapseKey }: DevicePush): string {
  const same = { id, tag: collapseKey, ...(badge !== null && { badge }), data }
  if (withdraws) return JSON.stringify({ type: 'withdraw', ...same })
  return fitBody(
    (text) => JSON.stringify({ type: 'notify', ...same, title, body: text, ...(url !== null && { url }) }),
    body,
    MOST_PAYLOAD_BYTES,
  )
}
