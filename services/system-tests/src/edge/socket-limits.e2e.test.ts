import { io } from 'socket.io-client'
import { expect, test } from 'vitest'
import { connect } from '../stack/test-client.ts'
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
