import { generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { createApnsChannel } from '../../src/channels/apns-channel.ts'
import { listen, type ReceivedPush, type TestReceiver, writeHuge } from '../../src/testing/receiver.ts'

const [KEY_ID, TEAM_ID, TOPIC] = ['KEY1234567', 'TEAM123456', 'com.example.shop']

export interface ApnsReceiver extends TestReceiver {
  /** How many connections there were, and the tokens that showed who sends. */
  connections: number
  tokens: Set<string>
}

interface ApnsPayload {
  aps: { alert?: { title: string; body: string }; badge?: number; 'content-available'?: number }
  parley: { id: string; type: 'notify' | 'withdraw'; tag: string; url?: string } & Record<string, unknown>
}

/** Apple Push Notification service, over HTTP/2. */
export async function openApnsReceiver(deadlineMs: number): Promise<ApnsReceiver> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const http = createServer((request, reply) => void take(request, reply))
  http.on('session', () => {
    receiver.connections++
  })
  const { port, stop } = await listen(http as unknown as Server)

  async function take(request: Http2ServerRequest, reply: Http2ServerResponse) {
    const said = await text(request)
    const refuse = (status: number, reason: string) => reply.writeHead(status).end(JSON.stringify({ reason }))
    const { headers } = request
    const token = `${headers.authorization}`.replace(/^bearer /, '')
    const [header = '', claims = '', signature = ''] = token.split('.')
    const isRight = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    const shown = { ...JSON.parse(decode(header)), ...JSON.parse(decode(claims)) } as Record<string, unknown>
    if (!isRight || shown.kid !== KEY_ID || shown.iss !== TEAM_ID) return refuse(403, 'InvalidProviderToken')
    receiver.tokens.add(token)
    if (request.url !== `/3/device/${receiver.device.target}`) return refuse(400, 'BadDeviceToken')
    if (headers['apns-topic'] !== TOPIC) return refuse(400, 'DeviceTokenNotForTopic')
    receiver.received.push(asShown(said, headers))
    const { answer } = receiver
    if (answer === 'hang') return
    if (answer === 'close') return request.stream.session?.destroy()
    if (answer === 'accept') return reply.writeHead(200, { 'apns-id': `${headers['apns-id']}` }).end()
    if (answer !== 'huge') return reply.writeHead(answer.status, answer.headers).end(answer.body ?? '')
    reply.writeHead(200)
    return writeHuge(reply.stream, (bytes) => {
      receiver.written += bytes
    })
  }

  const channel = createApnsChannel({
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ...{ keyId: KEY_ID, teamId: TEAM_ID, topic: TOPIC, endpoint: `http://127.0.0.1:${port}`, deadlineMs },
  })
  const reason = (status: number, name: string) => ({ status, body: JSON.stringify({ reason: name }) })
  const receiver: ApnsReceiver = {
    channel,
    device: { target: 'ab'.repeat(32), keys: null, app: null },
    answer: 'accept',
    received: [],
    written: 0,
    gone: [reason(410, 'Unregistered'), reason(410, 'ExpiredToken')],
    limit: 4_096,
    connections: 0,
    tokens: new Set(),
    stop,
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]()
      await stop()
    },
  }
  return receiver
}

const decode = (part: string) => Buffer.from(part, 'base64url').toString()

/** As an iPhone shows it. */
function asShown(said: string, headers: Http2ServerRequest['headers']): ReceivedPush {
  const { aps, parley } = JSON.parse(said) as ApnsPayload
  const { id, type, tag, url, ...data } = parley
  const isBackground = headers['apns-push-type'] === 'background' && headers['apns-priority'] === '5'
  if ((type === 'withdraw') !== isBackground) throw new Error('Apple drops what is not as it says that it is')
  if (headers['apns-id'] !== id || `${headers['apns-collapse-id']}` !== tag.slice(0, 64)) throw new Error('Other names')
  return {
    type: aps.alert === undefined && aps['content-available'] === 1 ? 'withdraw' : 'notify',
    ...{ id, tag, url, data, badge: aps.badge, title: aps.alert?.title, body: aps.alert?.body },
    ttlSeconds: Number(headers['apns-expiration']) - Math.floor(Date.now() / 1_000),
    bytes: Buffer.byteLength(said),
  }
}
