import { createPrivateKey } from 'node:crypto'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Channel, Outcome } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import { type Exchanged, exchange, reasonOf, retryAfterMs } from './exchange.ts'
import { signedToken } from './jwt.ts'
import { fitBody } from './push-text.ts'

/** As the file of a service account of Google has it. */
export interface ServiceAccount {
  project_id: string
  client_email: string
  private_key: string
  token_uri: string
}

export interface FcmOptions {
  account: ServiceAccount
  /** Where messages are sent; without the slash at the end. */
  endpoint: string
  deadlineMs?: number
}

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
/** Of notification and data together. */
const MOST_MESSAGE_BYTES = 4_096
/** What is due anyway soon is renewed before it is refused. */
const RENEW_BEFORE_MS = 120_000
/** Where it asks to be left alone and does not say for how long: as its documentation has it. */
const LEAVE_ALONE_MS = 60_000

/** Pushes through Firebase Cloud Messaging, by its HTTP v1 API. */
export function createFcmChannel({ account, endpoint, deadlineMs }: FcmOptions): Channel<DevicePush> & Disposable {
  const agents = { 'https:': new TlsAgent({ keepAlive: true }), 'http:': new Agent({ keepAlive: true }) }
  const agentOf = (url: string) => agents[new URL(url).protocol as keyof typeof agents]
  const tokens = createAccessTokens(account, (url, body, signal) =>
    exchange(url, {
      ...{ agent: agentOf(url), body, signal, deadlineMs },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  )
  let hasTaken = false
  const url = `${endpoint}/v1/projects/${account.project_id}/messages:send`

  async function handOver(sent: DevicePush, signal: AbortSignal): Promise<Outcome> {
    let token: string
    try {
      token = await tokens.get(signal)
    } catch (err) {
      return { kind: 'later', reason: `no access token: ${reasonOf(err)}`, from: 'everybody' }
    }
    const answer = await exchange(url, {
      ...{ agent: agentOf(url), body: messageOf(sent), signal, deadlineMs },
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${token}` },
    })
    if (answer.status === 401) tokens.forget(token)
    const outcome = outcomeOf(answer, hasTaken)
    hasTaken ||= outcome.kind === 'accepted'
    return outcome
  }

  return {
    name: 'fcm',
    handOver: (sent, { signal }) =>
      handOver(sent, signal).catch((err): Outcome => ({ kind: 'later', reason: reasonOf(err) })),
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function outcomeOf(answer: Exchanged, hasTaken: boolean): Outcome {
  const { status } = answer
  const said = readJson(answer.body)
  if (status === 200) return { kind: 'accepted', ...(typeof said.name === 'string' && { reference: said.name }) }
  const error = (said.error ?? {}) as { message?: string; details?: { errorCode?: string }[] }
  const code = error.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode
  const reason = [status, code, error.message?.slice(0, 200)].filter((word) => word !== undefined).join(' ')
  if (code === 'UNREGISTERED') return { kind: 'gone', reason }
  // with the account of another project it is so of every device: as long as it has taken none it is the settings that are doubted
  if (code === 'SENDER_ID_MISMATCH') return { kind: hasTaken ? 'gone' : 'refused', reason }
  if (status === 400 && /registration token/i.test(error.message ?? '')) return { kind: 'gone', reason }
  const afterMs = retryAfterMs(answer.header('retry-after'))
  // its quota, its credentials, and the project that this is sent to are the same for every device
  if (status === 429) return { kind: 'later', reason, afterMs: afterMs ?? LEAVE_ALONE_MS, from: 'everybody' }
  if (status === 401 || status === 403 || status === 404) return { kind: 'later', reason, from: 'everybody' }
  if (status >= 500 || status === 408) return { kind: 'later', reason, ...(afterMs !== undefined && { afterMs }) }
  return { kind: 'refused', reason }
}

/** Answers of proxies are no JSON. */
function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function messageOf(sent: DevicePush): string {
  const { id, target: token, title, body, badge, url, data: more, withdraws, collapseKey, ttlSeconds } = sent
  const type = withdraws ? 'withdraw' : 'notify'
  const data = {
    ...more,
    id,
    type,
    tag: collapseKey,
    ...(badge !== null && { badge: `${badge}` }),
    ...(url && { url }),
  }
  const aps = badge === null ? {} : { badge }
  const android = { collapse_key: collapseKey, ttl: `${ttlSeconds}s` }
  const apnsHeaders = { 'apns-collapse-id': collapseKey.slice(0, 64), 'apns-expiration': expiryOf(ttlSeconds) }
  if (withdraws)
    return JSON.stringify({
      message: {
        ...{ token, data },
        android: { ...android, priority: 'NORMAL' },
        apns: {
          headers: { ...apnsHeaders, 'apns-push-type': 'background', 'apns-priority': '5' },
          payload: { aps: { ...aps, 'content-available': 1 } },
        },
      },
    })
  const shown = (text: string) => ({ notification: { title, body: text }, data })
  // what counts is the notification and the data; what comes besides is of a fixed length
  const text = fitBody((part) => JSON.stringify(shown(part)), body, MOST_MESSAGE_BYTES - 512)
  return JSON.stringify({
    message: {
      token,
      ...(JSON.parse(text) as ReturnType<typeof shown>),
      android: {
        ...android,
        priority: 'HIGH',
        notification: { tag: collapseKey, ...(badge !== null && { notification_count: badge }) },
      },
      apns: { headers: apnsHeaders, payload: { aps: { ...aps, sound: 'default', 'thread-id': collapseKey } } },
    },
  })
}

const expiryOf = (ttlSeconds: number) => `${Math.floor(Date.now() / 1_000) + ttlSeconds}`

/** Access tokens of a service account (RFC 7523): asked for once, and again before they end. */
function createAccessTokens(
  { client_email: iss, private_key, token_uri: aud }: ServiceAccount,
  post: (url: string, body: string, signal: AbortSignal) => Promise<Exchanged>,
) {
  const key = createPrivateKey(private_key)
  let known: { token: string; until: number } | undefined
  let asking: Promise<string> | undefined
  // it is for all who wait for it: whoever leaves takes it from none of the others
  const ask = async (): Promise<string> => {
    const iat = Math.floor(Date.now() / 1_000)
    const assertion = signedToken(key, { alg: 'RS256' }, { iss, scope: SCOPE, aud, iat, exp: iat + 3_600 })
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    const answer = await post(aud, form.toString(), new AbortController().signal)
    const { access_token: token, expires_in: seconds } = readJson(answer.body)
    if (answer.status !== 200 || typeof token !== 'string')
      throw new Error(`${answer.status} ${answer.body.slice(0, 200)}`)
    known = { token, until: Date.now() + Number(seconds ?? 3_600) * 1_000 - RENEW_BEFORE_MS }
    return token
  }
  return {
    async get(signal: AbortSignal): Promise<string> {
      if (known && Date.now() < known.until) return known.token
      signal.throwIfAborted()
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    /** It is not taken any more. */
    forget(token: string) {
      if (known?.token === token) known = undefined
    },
  }
}
