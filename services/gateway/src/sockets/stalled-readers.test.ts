import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLogger, OrderlyServer } from '@parley/runtime'
import { expect, test } from 'vitest'
import { openRawClient } from '../../test/raw-client.ts'
import { createChatServer } from '../chat-server.ts'
import { coalesceWrites } from './coalesce.ts'
import { cutSockets } from './drain-sockets.ts'
import { allowPayloads } from './payload-limit.ts'
import { sweepSockets } from './sweep.ts'

const MIB = 1024 * 1024
const STALLED = 50

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const memory = () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / MIB
}

test('fifty clients that stop reading are cut, and cost less than 60 MB until then; who reads goes on', async () => {
  const http = new OrderlyServer()
  const io = createChatServer({
    http,
    isClosed: () => false,
    isAllowedOrigin: () => true,
    guard: { async count() {}, addressOf: () => undefined },
    places: { async letIn() {}, connected() {} },
  })
  coalesceWrites(io)
  const sweeping = sweepSockets(io, createLogger({ name: 'test', level: 'silent' }))
  sweeping.start()
  io.use((socket, next) => {
    socket.data.expiresAt = null
    next()
  })
  io.on('connection', (socket) => {
    allowPayloads(socket)
    socket.emit('ready', {} as never)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  try {
    const reader = await openRawClient(port, 'token')
    const stalled = await Promise.all(Array.from({ length: STALLED }, () => openRawClient(port, 'token')))
    for (const { socket } of stalled) socket.pause()
    const before = memory()
    let most = 0
    let sent = 0
    const deadline = Date.now() + 60_000
    // as a busy conversation says it: a thousand messages a second
    while (io.of('/').sockets.size > 1 && Date.now() < deadline) {
      for (let i = 0; i < 10; i++) io.emit('ready', { number: ++sent, text: 'x'.repeat(2_500) } as never)
      await new Promise((resolve) => setTimeout(resolve, 10))
      if (sent % 500 === 0) most = Math.max(most, memory())
    }
    expect(io.of('/').sockets.size).toBe(1)
    expect(most - before).toBeLessThan(60)
    expect(await reader.heard(`42["ready",{"number":${sent},`)).toBeDefined()
    reader.socket.destroy()
    for (const { socket } of stalled) socket.destroy()
  } finally {
    sweeping.stop()
    await cutSockets(io)
    http.cutAll()
    http.close()
  }
})
