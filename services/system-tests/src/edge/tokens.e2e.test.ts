import { createHmac } from 'node:crypto'
import { createInProcessBus } from '@parley/bus'
import type { Message } from '@parley/contracts'
import { mountGateway } from '@parley/gateway'
import {
  connectRateLimiter,
  createLogger,
  createServiceApp,
  DEVELOPMENT_SECRET,
  readConfig,
  signDevelopmentToken,
} from '@parley/runtime'
import { Config } from '@parley/standalone'
import { io } from 'socket.io-client'
import { describe, expect, test, vi } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { connect, rest } from '../stack/test-client.ts'
import { startEmbeddedStack } from '../stack/test-stack.ts'

interface Refused {
  message: string
  data?: { code: string; message: string }
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const secret = 'x'.repeat(40)
const signed = (header: object, claims: object, key = secret) => {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** Opens a socket with these handshake fields; what refused it, or null. */
async function attempt(url: string, options: object): Promise<Refused | null> {
  const socket = io(url, { forceNew: true, reconnection: false, ...options })
  try {
    return await new Promise((resolve) => {
      socket.once('ready', () => resolve(null))
      socket.once('connect_error', (err) => resolve(err as Refused))
    })
  } finally {
    socket.close()
  }
}

describeStacks('tokens over %s', ({ stack, people }) => {
  test('a socket is closed when its token ends, comes back with a new one, and is refused with the old', async () => {
    const tokens = [stack.token('ana', { expiresIn: 2 }), stack.token('ana')]
    let last = 0
    const socket = io(stack.gatewayUrls[0]!, {
      forceNew: true,
      reconnectionDelay: 50,
      auth: (give: (fields: object) => void) => give({ token: tokens[last++ % 2] }),
    })
    await new Promise((resolve) => socket.once('ready', resolve))
    const reason = await new Promise((resolve) => socket.once('disconnect', resolve))
    expect(reason).toBe('transport close')
    await new Promise((resolve) => socket.once('ready', resolve))
    socket.close()
    expect(
      await attempt(stack.gatewayUrls[0]!, { auth: { token: stack.token('ana', { expiresIn: -90 }) } }),
    ).toMatchObject({
      data: { code: 'unauthenticated' },
    })
  })

  test('a token that has ended half a minute ago by our clock is taken, and the socket stays', async () => {
    const token = stack.token('ana', { expiresIn: -30 })
    expect((await rest(stack, 'ana', token).call('GET', '/me')).status).toBe(200)
    const ana = await connect(stack, 'ana', { token })
    await expect.poll(() => ana.of('token_expiring')).toMatchObject([{ inMs: expect.toSatisfy((ms) => ms > 0) }])
    // past what looks for those that have ended twice a second
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(ana.socket.connected).toBe(true)
    ana.close()
  })

  test('who is told that a token ends goes on with another one of theirs, and with nobody else’s', async () => {
    const token = stack.token('ana', { expiresIn: 4 })
    const socket = io(stack.gatewayUrls[0]!, { forceNew: true, reconnection: false, auth: { token } })
    const warned = new Promise<{ expiresAt: string; inMs: number }>((resolve) => socket.once('token_expiring', resolve))
    let closed = false
    socket.once('disconnect', () => {
      closed = true
    })
    const { expiresAt, inMs } = await warned
    expect(inMs).toBeLessThanOrEqual(4_000)
    const refresh = (input: object) => socket.timeout(5_000).emitWithAck('refresh_token', input)
    for (const [wrong, code] of [
      [{ token: stack.token('ben') }, 'forbidden'],
      [{ token: stack.token('ana', { tenant: 'other' }) }, 'forbidden'],
      [{ token: stack.token('ana', { role: 'admin' }) }, 'forbidden'],
      [{ token: stack.token('ana', { expiresIn: -90 }) }, 'unauthenticated'],
      [{ token: 'garbage' }, 'unauthenticated'],
      [{ token: '' }, 'invalid_input'],
      [{ token: 'x'.repeat(9_000) }, 'invalid_input'],
      [{ token: { toString: 'x' } }, 'invalid_input'],
      [{}, 'invalid_input'],
    ] as const)
      expect([wrong, await refresh(wrong)]).toMatchObject([wrong, { ok: false, error: { code } }])
    const answer = await refresh({ token: stack.token('ana', { expiresIn: 600 }) })
    expect(answer).toMatchObject({ ok: true })
    expect(Date.parse(answer.data.expiresAt)).toBeGreaterThan(Date.parse(expiresAt) + 500_000)
    // past the end of the one that it came with, and what looks for it twice a second
    await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) + 1_200 - Date.now()))
    expect([closed, socket.connected]).toEqual([false, true])
    expect(await refresh({ token: stack.token('ana', { expiresIn: 1 }) })).toMatchObject({ ok: true })
    await expect.poll(() => closed).toBe(true)
    socket.close()
  })

  test('tokens that are taken back close sockets on every gateway, and are refused everywhere from then on', async () => {
    const [anaId] = people('ana')
    const claims = { sub: anaId, iat: Math.floor(Date.now() / 1000) - 60 }
    const tokenOf = (more: object) => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims, ...more }, DEVELOPMENT_SECRET)
    const [phone, laptop] = [tokenOf({ sid: 'phone' }), tokenOf({ sid: 'laptop' })]
    const host = rest(stack, 'backend', stack.token('backend', { role: 'service' }))
    const open = (token: string, gateway: number) => connect(stack, anaId, { token, gateway })
    const onPhone = [await open(phone, 0), await open(phone, 1)]
    const onLaptop = await open(laptop, 1)
    const end = (one: typeof onLaptop) => new Promise((resolve) => one.socket.once('disconnect', resolve))
    const ask = rest(stack, anaId, laptop)
    type Listed = { sessions: { sessionId: string; sockets: number; current: boolean }[]; complete: boolean }
    await expect
      .poll(async () => (await ask.call<Listed>('GET', '/me/sessions')).body)
      .toMatchObject({
        sessions: [
          { sessionId: 'laptop', sockets: 1, current: true },
          { sessionId: 'phone', sockets: 2, current: false },
        ],
        complete: true,
      })
    const ends = onPhone.map(end)
    expect((await ask.call('DELETE', '/me/sessions/phone')).status).toBe(204)
    expect(await Promise.all(ends)).toEqual(['io server disconnect', 'io server disconnect'])
    expect(onPhone.map(({ of }) => of('session_ended'))).toEqual([[{ reason: 'ended' }], [{ reason: 'ended' }]])
    const statuses = (token: string) =>
      Promise.all([0, 1].map(async () => (await rest(stack, anaId, token).call('GET', '/me')).status))
    await expect.poll(() => statuses(phone)).toEqual([401, 401])
    expect(await attempt(stack.gatewayUrls[0]!, { auth: { token: phone } })).toMatchObject({
      data: { code: 'unauthenticated' },
    })
    expect(await onLaptop.send('refresh_token', { token: phone })).toMatchObject({ error: { code: 'unauthenticated' } })
    expect([await statuses(laptop), onLaptop.socket.connected]).toEqual([[200, 200], true])
    const left = end(onLaptop)
    const { status, body } = await host.call('POST', '/admin/sessions/revoke', { userId: anaId })
    expect([status, body.userId]).toEqual([200, anaId])
    expect([await left, onLaptop.of('session_ended')]).toEqual(['io server disconnect', [{ reason: 'revoked' }]])
    await expect.poll(() => statuses(laptop)).toEqual([401, 401])
    const fresh = tokenOf({ sid: 'laptop', iat: Date.parse(body.revokedBefore as string) / 1000 })
    expect([await attempt(stack.gatewayUrls.at(-1)!, { auth: { token: fresh } }), await statuses(fresh)]).toEqual([
      null,
      [200, 200],
    ])
  })

  test('a bad one is refused at REST and at sockets alike', async () => {
    const claims = { sub: 'ana', exp: 4_000_000_000 }
    const good = stack.token('ana')
    const [header, body, signature] = good.split('.') as [string, string, string]
    const bad: Record<string, string> = {
      'no token': '',
      garbage: 'garbage',
      'three dots': '...',
      expired: stack.token('ana', { expiresIn: -90 }),
      'alg none': `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`,
      'alg None': `${part({ alg: 'None' })}.${part(claims)}.`,
      'another key': signed({ alg: 'HS256', typ: 'JWT' }, claims),
      'another algorithm': signed({ alg: 'RS256', typ: 'JWT' }, claims),
      'no signature': `${header}.${body}.`,
      'another body': `${header}.${part({ ...claims, sub: 'ben' })}.${signature}`,
      'a cut signature': good.slice(0, -2),
      'no JSON': `${header}.bm9uZQ.${signature}`,
      huge: 'x'.repeat(9_000),
    }
    for (const [what, token] of Object.entries(bad)) {
      const reply = await rest(stack, 'ana', token).call('GET', '/me')
      expect([what, reply.status, reply.body.code]).toEqual([what, 401, 'unauthenticated'])
      expect(reply.headers.get('www-authenticate')).toBe('Bearer')
      for (const transports of [['websocket'], ['polling']])
        expect([what, await attempt(stack.gatewayUrls[0]!, { auth: { token }, transports })]).toMatchObject([
          what,
          { data: { code: 'unauthenticated' } },
        ])
    }
    expect((await rest(stack, 'ana').call('GET', '/me')).status).toBe(200)
  })

  test('a header of another scheme or with other characters is refused', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', stack.token('ana'), 'Bearer a b'])
      expect((await fetch(`${stack.restUrls[0]}/v1/me`, { headers: { authorization } })).status).toBe(401)
  })

  test('a handshake token that is no text is refused', async () => {
    for (const token of [1, {}, { toString: 'x' }, [stack.token('ana')], true, null])
      expect([token, await attempt(stack.gatewayUrls[0]!, { auth: { token } })]).toMatchObject([
        token,
        { data: { code: 'unauthenticated' } },
      ])
    expect(await attempt(stack.gatewayUrls[0]!, {})).toMatchObject({ data: { code: 'unauthenticated' } })
    const extraHeaders = { authorization: `Bearer ${stack.token('ana')}` }
    expect(await attempt(stack.gatewayUrls[0]!, { extraHeaders })).toBeNull()
  })

  test.each([
    'a/b:c,d "e" %2F',
    '😀👩👧',
    'x'.repeat(128),
    '用户'.repeat(64),
    'provider:4',
    'default:ana',
    '../../etc',
    "'; DROP TABLE users; --",
    '{"a":1}',
    '*.>',
    '__proto__',
    '%00',
    'a b ',
  ])('the user id %j works from end to end', async (userId) => {
    const [anaId] = people('ana')
    const odd = await connect(stack, userId, { gateway: 1 })
    const ana = await connect(stack, anaId)
    const { id } = await rest(stack, anaId).direct(userId)
    expect((await rest(stack, userId).direct(anaId)).id).toBe(id)
    for (const one of [odd, ana])
      expect(await one.send('join_conversation', { conversationId: id })).toMatchObject({ ok: true })
    await ana.send('send_message', { to: userId, content: 'to you' })
    expect(await odd.send('send_message', { conversationId: id, content: 'to me' })).toMatchObject({
      ok: true,
      data: { senderId: userId, seq: 2 },
    })
    await odd.send('typing_start', { conversationId: id })
    await expect.poll(() => ana.of('user_typing')).toEqual([{ conversationId: id, userId, isTyping: true }])
    for (const one of [odd, ana])
      await expect.poll(() => one.messages(id).map((message) => message.content)).toEqual(['to you', 'to me'])
    const group = await rest(stack, anaId).group([userId])
    const member = `/conversations/${group.id}/participants/${encodeURIComponent(userId)}`
    expect((await rest(stack, anaId).call('DELETE', member)).status).toBe(204)
    expect((await rest(stack, userId).call('GET', `/conversations/${group.id}`)).status).toBe(404)
    await expect.poll(() => odd.of('participant_left')).toEqual([{ conversationId: group.id, userId }])
    odd.close()
    ana.close()
  })

  test('ids that could be taken for rooms, tenants or others hear nothing of each other', async () => {
    const users: [userId: string, tenant: string][] = [
      ['x', 'default'],
      ['user:default:x', 'default'],
      ['default:x', 'user'],
      ['x', 'other'],
      ['default:x', 'default'],
      ['X', 'default'],
      ['x ', 'default'],
    ]
    const sockets = await Promise.all(
      users.map(([userId, tenant]) => connect(stack, userId, { token: stack.token(userId, { tenant }) })),
    )
    const { body } = await rest(stack, 'ana').call<Message>('POST', '/messages', { to: 'x', content: 'for x alone' })
    await expect.poll(() => sockets[0]!.messages(body.conversationId).length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(sockets.slice(1).map((one) => one.messages().length)).toEqual(users.slice(1).map(() => 0))
    const stranger = rest(stack, 'x', stack.token('x', { tenant: 'other' }))
    expect((await stranger.call('GET', `/conversations/${body.conversationId}`)).status).toBe(404)
    for (const one of sockets) one.close()
  })
})

test('a token ends also while its gateway moves sockets away, which takes long', async () => {
  await using stack = await startEmbeddedStack()
  const config = readConfig(Config, {})
  const log = createLogger({ name: 'draining', level: 'silent' })
  const app = await createServiceApp({ config, log, limiter: connectRateLimiter({ url: undefined, log }) })
  const { service: gateway } = mountGateway({ config: { ...config, DRAIN_MS: 15_000 }, bus: stack.bus, app, log })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await gateway.start()
  const ended: string[] = []
  const open = async (userId: string, token: string) => {
    const socket = io(url, { forceNew: true, reconnection: false, auth: { token } })
    socket.once('disconnect', () => ended.push(userId))
    await new Promise((resolve, reject) => {
      socket.once('ready', resolve)
      socket.once('connect_error', reject)
    })
    return socket
  }
  // each at the end of the time
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.999)
  try {
    const ben = await open('ben', stack.token('ben'))
    await open('ana', stack.token('ana', { expiresIn: 2 }))
    const closing = gateway.close()
    await expect.poll(() => ended, { timeout: 12_000 }).toContain('ana')
    expect(ended).toEqual(['ana'])
    ben.close()
    await closing
  } finally {
    random.mockRestore()
    await app.close()
  }
}, 60_000)

describe('pages of other origins', () => {
  const ours = 'https://app.example.com'
  const evil = 'https://evil.example'

  /** A gateway with nothing behind it: who is let in to the handshake is told there that they have no token. */
  async function refusals(env: { NODE_ENV: string; CORS_ORIGINS?: string }, origins: (string | undefined)[]) {
    const config = readConfig(Config, { ...env, JWT_SECRET: secret })
    const log = createLogger({ name: 'origins', level: 'silent' })
    const app = await createServiceApp({ config, log, limiter: connectRateLimiter({ url: undefined, log }) })
    const { service: gateway } = mountGateway({
      ...{ config: { ...config, DRAIN_MS: 0 }, bus: createInProcessBus(), app, log },
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await gateway.start()
    try {
      const found: [string | undefined, string, string][] = []
      for (const origin of origins)
        for (const transport of ['websocket', 'polling']) {
          const extraHeaders = origin === undefined ? {} : { origin }
          const refusal = await attempt(url, { transports: [transport], extraHeaders })
          found.push([origin, transport, refusal?.data?.code === 'unauthenticated' ? 'let in' : 'refused'])
        }
      return found
    } finally {
      await gateway.close()
      await app.close()
    }
  }
  const both = (origin: string | undefined, outcome: string) =>
    ['websocket', 'polling'].map((transport) => [origin, transport, outcome])

  test('in production only those listed open a socket, over WebSocket and polling alike', async () => {
    const local = 'http://localhost:5173'
    const found = await refusals({ NODE_ENV: 'production', CORS_ORIGINS: ours }, [
      undefined,
      ours,
      evil,
      local,
      `${ours}.evil.example`,
      'null',
    ])
    expect(found).toEqual([
      ...both(undefined, 'let in'),
      ...both(ours, 'let in'),
      ...both(evil, 'refused'),
      ...both(local, 'refused'),
      ...both(`${ours}.evil.example`, 'refused'),
      ...both('null', 'refused'),
    ])
  })

  test('elsewhere those of this machine do too, and no others', async () => {
    const local = ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080']
    const foreign = [evil, 'http://localhost.evil.example', 'http://127.0.0.1.evil.example:80']
    const found = await refusals({ NODE_ENV: 'development' }, [...local, ...foreign])
    expect(found).toEqual([
      ...local.flatMap((origin) => both(origin, 'let in')),
      ...foreign.flatMap((origin) => both(origin, 'refused')),
    ])
  })

  test('a development token is not signed in production', () => {
    const config = readConfig(Config, { NODE_ENV: 'production', JWT_SECRET: secret })
    expect(() => signDevelopmentToken({ userId: 'ana' }, config)).toThrow(/production/)
  })
})
