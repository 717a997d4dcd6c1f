import { createPrivateKey } from 'node:crypto'
import type { Channel, Outcome } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import { DEADLINE_MS, reasonOf, retryAfterMs } from './exchange.ts'
import { createHttp2Client, type Http2Answer } from './http2-client.ts'
import { signedToken } from './jwt.ts'
import { fitBody } from './push-text.ts'

export interface ApnsOptions {
  /** Of Apple's developer program: the key as PEM, what it is called, and whose it is. */
  key: string
  keyId: string
  teamId: string
  /** The bundle id of the app, for devices that do not say theirs. */
  topic: string
  /** Where pushes are sent; without the slash at the end. */
  endpoint: string
  deadlineMs?: number
}

const MOST_PAYLOAD_BYTES = 4_096
/** Apple takes a token for an hour, and no new one within twenty minutes. */
const TOKEN_AGE_MS = 45 * 60_000
const LEAVE_ALONE_MS = 60_000

/** The device has the app no more. */
const GONE = new Set(['Unregistered', 'ExpiredToken'])
/** Something is wrong with how this server shows who it is: for every device. */
const OF_EVERYBODY = new Set([
  'TooManyProviderTokenUpdates',
  'ExpiredProviderToken',
  'InvalidProviderToken',
  'MissingProviderToken',
  'BadCertificate',
  'BadCertificateEnvironment',
  'Forbidden',
])

/**
 * Apple says so of a token that is none, and of every token where this server sends to the development's endpoint what is the production's,
 * or the other way round: as long as it has taken none it is the settings that are doubted, and no device is forgotten.
 */
const BAD_TOKEN = 'BadDeviceToken'

/** Pushes to Apple's devices, by tokens that are signed here, over one connection that is kept. */
export function createApnsChannel(options: ApnsOptions): Channel<DevicePush> & Disposable {
  const { key, keyId, teamId, topic, endpoint, deadlineMs = DEADLINE_MS } = options
  const client = createHttp2Client(endpoint)
  const token = createProviderToken(key, keyId, teamId)
  let hasTaken = false

  async function handOver(sent: DevicePush, signal: AbortSignal): Promise<Outcome> {
    const { id, target, app, withdraws, ttlSeconds, collapseKey } = sent
    const answer = await client.post(
      `/3/device/${encodeURIComponent(target)}`,
      {
        authorization: `bearer ${token.get()}`,
        'apns-id': id,
        'apns-topic': app ?? topic,
        'apns-push-type': withdraws ? 'background' : 'alert',
        'apns-priority': withdraws ? '5' : '10',
        'apns-expiration': `${Math.floor(Date.now() / 1_000) + ttlSeconds}`,
        'apns-collapse-id': collapseKey.slice(0, 64),
        'content-type': 'application/json',
      },
      payloadOf(sent),
      { signal, deadlineMs },
    )
    const outcome = outcomeOf(answer, hasTaken, () => token.renew())
    hasTaken ||= outcome.kind === 'accepted'
    return outcome
  }

  return {
    name: 'apns',
    handOver: (sent, { signal }) =>
      handOver(sent, signal).catch((err): Outcome => ({ kind: 'later', reason: reasonOf(err) })),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}

function outcomeOf({ status, header, body }: Http2Answer, hasTaken: boolean, renew: () => void): Outcome {
  if (status === 200) return { kind: 'accepted', reference: header('apns-id') ?? '' }
  const said = /"reason"\s*:\s*"(\w{1,60})"/.exec(body)?.[1]
  const reason = said === undefined ? `${status}` : `${status} ${said}`
  if (status === 410 || (said !== undefined && GONE.has(said)) || (said === BAD_TOKEN && hasTaken))
    return { kind: 'gone', reason }
  if (said === 'ExpiredProviderToken') renew()
  const afterMs = retryAfterMs(header('retry-after'))
  if (said !== undefined && OF_EVERYBODY.has(said))
    return { kind: 'later', reason, afterMs: afterMs ?? LEAVE_ALONE_MS, from: 'everybody' }
  if (status === 429 || status >= 500 || status === 408 || status === 403)
    return { kind: 'later', reason, ...(afterMs !== undefined && { afterMs }) }
  return { kind: 'refused', reason }
}

function payloadOf({ id, title, body, badge, url, data, withdraws, collapseKey }: DevicePush): string {
  const parley = {
    ...data,
    id,
    type: withdraws ? 'withdraw' : 'notify',
    tag: collapseKey,
    ...(url !== null && { url }),
  }
  const count = badge === null ? {} : { badge }
  if (withdraws) return JSON.stringify({ aps: { 'content-available': 1, ...count }, parley })
  return fitBody(
    (text) =>
      JSON.stringify({
        aps: {
          alert: { title, body: text },
          ...count,
          sound: 'default',
          'thread-id': collapseKey,
          'mutable-content': 1,
        },
        parley,
      }),
    body,
    MOST_PAYLOAD_BYTES,
  )
}

/** Says who sends (Apple's "token-based connection"): one for all, until it is too old. */
function createProviderToken(pem: string, kid: string, iss: string) {
  const key = createPrivateKey(pem)
  let known: { text: string; madeAt: number } | undefined
  return {
    get(): string {
      if (!known || Date.now() - known.madeAt > TOKEN_AGE_MS) {
        const claims = { iss, iat: Math.floor(Date.now() / 1_000) }
        known = { text: signedToken(key, { alg: 'ES256', kid }, claims), madeAt: Date.now() }
      }
      return known.text
    },
    renew() {
      known = undefined
    },
  }
}
