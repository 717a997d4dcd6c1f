import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { WebPushSubscription } from '@parley/contracts'
import { type Answer, listen, type ReceivedPush, writeHuge } from './receiver.ts'

/** A browser that subscribed to pushes. */
export interface TestBrowser extends AsyncDisposable {
  subscription: WebPushSubscription
  received: ReceivedPush[]
  /** Who said to be sending, of all that came. */
  authorizations: string[]
  answer: Answer
  /** Bytes that it got rid of. */
  written: number
  /** Takes no more connections. */
  stop(): Promise<void>
}

/** A browser, and the service of its maker on this machine, that takes what is signed with the key that it subscribed with. */
export async function openTestBrowser(publicKey: string): Promise<TestBrowser> {
  const browser = createECDH('prime256v1')
  browser.generateKeys()
  const auth = randomBytes(16)
  const http = createServer((request, reply) => void take(request, reply))
  const { port, stop } = await listen(http)
  const origin = `http://127.0.0.1:${port}`

  async function take(request: IncomingMessage, reply: ServerResponse) {
    const body = await buffer(request)
    const { headers } = request
    opened.authorizations.push(headers.authorization ?? '')
    const refusal = whyNot(headers.authorization ?? '', origin, publicKey)
    if (refusal) return reply.writeHead(403).end(refusal)
    if (headers['content-encoding'] !== 'aes128gcm' || !/^[\w-]{1,32}$/.test(`${headers.topic}`))
      return reply.writeHead(400).end('not a push')
    const said = JSON.parse(decrypt(body, browser, auth)) as Omit<ReceivedPush, 'ttlSeconds' | 'bytes'>
    const { type, id, tag, title, body: text, badge, url, data } = said
    opened.received.push({
      ...{ type, id, tag, title, body: text, badge, url, data },
      ttlSeconds: Number(headers.ttl),
      bytes: body.length,
    })
    const { answer } = opened
    if (answer === 'hang') return
    if (answer === 'close') return request.socket.destroy()
    if (answer === 'accept') return reply.writeHead(201, { location: `${origin}/message/1` }).end()
    if (answer !== 'huge') return reply.writeHead(answer.status, answer.headers).end(answer.body ?? '')
    reply.writeHead(201)
    return writeHuge(reply, (bytes) => {
      opened.written += bytes
    })
  }

  const opened: TestBrowser = {
    subscription: {
      endpoint: `${origin}/push/1`,
      keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url') },
    },
    received: [],
    authorizations: [],
    answer: 'accept',
    written: 0,
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return opened
}

/** RFC 8292: who sends, signed for this service by the key that the browser subscribed with. */
function whyNot(authorization: string, origin: string, publicKey: string): string | undefined {
  const [, token, key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  if (!token || key !== publicKey) return 'another key'
  const [header = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
  const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  const isRight = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  const { aud, sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  const isFor = aud === origin && /^(mailto|https):/.test(`${sub}`) && Number(exp) * 1_000 > Date.now()
  return isRight && isFor ? undefined : 'not signed for this service'
}

/** RFC 8291 over RFC 8188: one record, that ends with its delimiter. */
function decrypt(body: Buffer, browser: ReturnType<typeof createECDH>, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const sender = body.subarray(21, 21 + body[20]!)
  const sealed = body.subarray(21 + body[20]!)
  const derive = (salt: Buffer, from: Buffer, info: Buffer | string, length: number) =>
    Buffer.from(hkdfSync('sha256', from, salt, info, length))
  const about = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender])
  const shared = derive(auth, browser.computeSecret(sender), about, 32)
  const key = derive(salt, shared, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = derive(salt, shared, 'Content-Encoding: nonce\0', 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  return text.subarray(0, text.lastIndexOf(2)).toString()
}
