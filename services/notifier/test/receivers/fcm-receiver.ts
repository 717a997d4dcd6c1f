import { generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { createFcmChannel } from '../../src/channels/fcm-channel.ts'
import { listen, type ReceivedPush, type TestReceiver, writeHuge } from '../../src/testing/receiver.ts'

const PROJECT = 'shop-1'
const SENDER = 'parley@shop-1.iam.gserviceaccount.com'

export interface FcmReceiver extends TestReceiver {
  /** How often somebody asked for an access token, and the one that it takes. */
  asked: number
  accessToken: string
  /** Whether it hands out access tokens. */
  handsOutTokens: boolean
}

interface FcmMessage {
  token: string
  notification?: { title: string; body: string }
  data: Record<string, string>
  android: { ttl: string; collapse_key: string; notification?: { tag: string; notification_count?: number } }
  apns: { payload: { aps: { badge?: number; 'content-available'?: number } } }
}

/** Google's token server and Firebase Cloud Messaging. */
export async function openFcmReceiver(deadlineMs: number): Promise<FcmReceiver> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const http = createServer((request, reply) => void take(request, reply))
  const { port, stop } = await listen(http)
  const origin = `http://127.0.0.1:${port}`
  const json = (reply: ServerResponse, status: number, value: object, headers: Record<string, string> = {}) =>
    reply.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))

  async function take(request: IncomingMessage, reply: ServerResponse) {
    const said = await text(request)
    if (request.url === '/token') return handOut(said, reply)
    if (request.url !== `/v1/projects/${PROJECT}/messages:send`) return json(reply, 404, {})
    if (request.headers.authorization !== `Bearer ${receiver.accessToken}`)
      return json(reply, 401, { error: { status: 'UNAUTHENTICATED', message: 'Request had invalid credentials.' } })
    const { message } = JSON.parse(said) as { message: FcmMessage }
    if (message.token !== receiver.device.target) return json(reply, 400, {})
    receiver.received.push(asShown(message))
    const { answer } = receiver
    if (answer === 'hang') return
    if (answer === 'close') return request.socket.destroy()
    if (answer === 'accept') return json(reply, 200, { name: `projects/${PROJECT}/messages/1` })
    if (answer !== 'huge') return reply.writeHead(answer.status, answer.headers).end(answer.body ?? '')
    reply.writeHead(200)
    return writeHuge(reply, (bytes) => {
      receiver.written += bytes
    })
  }

  function handOut(said: string, reply: ServerResponse) {
    receiver.asked++
    const [header = '', claims = '', signature = ''] = (new URLSearchParams(said).get('assertion') ?? '').split('.')
    const isRight = verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
    const { iss, aud, scope, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
    const isFor = iss === SENDER && aud === `${origin}/token` && `${scope}`.endsWith('/firebase.messaging')
    if (!isRight || !isFor || Number(exp) * 1_000 < Date.now() || !receiver.handsOutTokens)
      return json(reply, 400, { error: 'invalid_grant' })
    receiver.accessToken = `token-${receiver.asked}`
    return json(reply, 200, { access_token: receiver.accessToken, expires_in: 3_600, token_type: 'Bearer' })
  }

  const error = (status: number, errorCode: string, message = '') => ({
    status,
    body: JSON.stringify({ error: { code: status, message, details: [{ '@type': 'FcmError', errorCode }] } }),
  })
  const account = {
    project_id: PROJECT,
    client_email: SENDER,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    token_uri: `${origin}/token`,
  }
  const channel = createFcmChannel({ account, endpoint: origin, deadlineMs })
  const receiver: FcmReceiver = {
    channel,
    device: { target: 'a-token-of-a-phone', keys: null, app: null },
    answer: 'accept',
    received: [],
    written: 0,
    gone: [
      error(404, 'UNREGISTERED', 'Requested entity was not found.'),
      error(400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token'),
      error(403, 'SENDER_ID_MISMATCH'),
    ],
    limit: 4_096,
    asked: 0,
    accessToken: '',
    handsOutTokens: true,
    stop,
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]()
      await stop()
    },
  }
  return receiver
}

/** As an Android app is given it. */
function asShown({ notification, data, android, apns }: FcmMessage): ReceivedPush {
  const { id = '', type, tag = '', badge, url, ...more } = data
  const counted = android.notification?.notification_count ?? apns.payload.aps.badge
  if (badge !== (counted === undefined ? undefined : `${counted}`)) throw new Error('Two counts of what is unread')
  if (type === 'withdraw' && apns.payload.aps['content-available'] !== 1) throw new Error('An iPhone would sleep on')
  return {
    type: type === 'withdraw' && !notification ? 'withdraw' : 'notify',
    ...{ id, tag, url, title: notification?.title, body: notification?.body, data: more },
    badge: badge === undefined ? undefined : Number(badge),
    ttlSeconds: Number.parseInt(android.ttl, 10),
    bytes: Buffer.byteLength(JSON.stringify({ notification, data })),
  }
}
