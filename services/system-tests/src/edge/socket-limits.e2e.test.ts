import { io } from 'socket.io-client'
import { expect, test } from 'vitest'
import { connect, rest } from '../stack/test-client.ts'
import { startEmbeddedStack } from '../stack/test-stack.ts'

test('a user has so many sockets, another one is refused with the reason until one of them is closed', async () => {
  await using stack = await startEmbeddedStack({ env: { SOCKETS_PER_USER: '3' } })
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => connect(stack, 'ana')))
  const refused = {
    data: { code: 'rate_limited', message: expect.stringContaining('3'), retryAfterMs: expect.any(Number) },
  }
  for (const transports of [['websocket'], ['polling']])
    await expect(connect(stack, 'ana', { transports })).rejects.toMatchObject(refused)
  const ben = await connect(stack, 'ben')
  const otherTenant = await connect(stack, 'ana', { token: stack.token('ana', { tenant: 'other' }) })
  first!.close()
  await expect.poll(async () => (await connect(stack, 'ana').catch(() => undefined))?.socket.connected).toBe(true)
  for (const one of [...others, ben, otherTenant]) one.close()
})

test('a handshake that is refused takes no place, and a second one at once over the same connection is none', async () => {
  await using stack = await startEmbeddedStack({ env: { SOCKETS_PER_USER: '2', RATE_LIMIT_IP: '0' } })
  const socket = io(stack.gatewayUrls[0]!, { forceNew: true, reconnection: false, auth: { token: 'wrong' } })
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => socket.once('connect_error', resolve))
    socket.connect()
  }
  socket.auth = { token: stack.token('ana') }
  await new Promise((resolve) => {
    socket.once('connect_error', () => socket.connect())
    socket.once('ready', resolve)
  })
  const one = await connect(stack, 'ana')
  socket.close()
  one.close()
  const twice = io(stack.gatewayUrls[0]!, { forceNew: true, reconnection: false, transports: ['websocket'], auth: {} })
  const closed = new Promise((resolve) => twice.io.engine.once('close', resolve))
  twice.io.engine.once('open', () => {
    for (let i = 0; i < 2; i++) twice.io.engine.write(`0${JSON.stringify({ token: stack.token('ana') })}`)
  })
  await closed
  twice.close()
})

test("one user who sends calls without end, and asks for no answer, takes none of the others' turns", async () => {
  await using stack = await startEmbeddedStack()
  const [mallory, ben, cleo] = await Promise.all(['mallory', 'ben', 'cleo'].map((userId) => connect(stack, userId)))
  for (let i = 0; i < 10_000; i++) mallory!.socket.emit('sync', { cursors: [] })
  const outcomes: string[] = []
  for (let i = 0; i < 20; i++) {
    const reply = await ben!.send('send_message', { to: 'cleo', content: `message ${i}` })
    outcomes.push(reply.ok ? 'sent' : reply.error.code)
  }
  expect(outcomes).toEqual(outcomes.map(() => 'sent'))
  await expect.poll(() => cleo!.messages().map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  for (const one of [mallory, ben, cleo]) one!.close()
})

test('calls count for the limit of their user whether an answer is asked for or not', async () => {
  await using stack = await startEmbeddedStack()
  const host = rest(stack, 'host', stack.token('host', { role: 'service' }))
  const userCalls = { points: 8, durationMs: 3_600_000 }
  expect((await host.call('PUT', '/admin/policy', { rateLimits: { userCalls } })).status).toBe(200)
  const [one, other] = await Promise.all([connect(stack, 'ana'), connect(stack, 'ana')])
  for (let i = 0; i < 4; i++) one.socket.emit('sync', { cursors: [] })
  for (let i = 0; i < 4; i++) other.socket.emit('sync', { cursors: [] })
  const refused = { ok: false, error: { code: 'rate_limited', retryAfterMs: expect.any(Number) } }
  await expect.poll(() => one.send('sync', { cursors: [] })).toMatchObject(refused)
  expect(await other.send('sync', { cursors: [] })).toMatchObject(refused)
  expect((await rest(stack, 'ana').call('GET', '/me')).status).toBe(429)
  const ben = await connect(stack, 'ben')
  expect(await ben.send('sync', { cursors: [] })).toMatchObject({ ok: true })
  for (const socket of [one, other, ben]) socket.close()
})
