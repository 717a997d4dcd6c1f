import type { Edge } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChatServer, ChatSocket } from '../io.ts'
import { createMemoryRegistry } from './memory-registry.ts'
import { createPresence, PRESENCE_SETTINGS } from './presence.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a gateway that ends waits two seconds for when its people were seen to be written down, and no longer', async () => {
  const log = { info() {}, warn() {}, child: () => log } as unknown as Logger
  const asked: number[] = []
  const presence = createPresence({
    io: {} as ChatServer,
    edge: {
      lastSeen: (_actor: unknown, { users }: { users: unknown[] }) => {
        asked.push(users.length)
        return new Promise(() => {})
      },
    } as unknown as Pick<Edge, 'presenceSeen' | 'lastSeen'>,
    registry: createMemoryRegistry(PRESENCE_SETTINGS).of('one'),
    settings: PRESENCE_SETTINGS,
    log,
  })
  await presence.start()
  for (let i = 0; i < 2_000; i++)
    presence.enter({
      id: `socket-${i}`,
      data: { actor: { tenantId: 'acme', userId: `user-${i}` } },
      handshake: { issued: 1, headers: {} },
      once() {},
    } as unknown as ChatSocket)
  let isClosed = false
  const closing = presence.closing().then(() => {
    isClosed = true
  })
  await vi.advanceTimersByTimeAsync(1_900)
  expect([isClosed, asked]).toEqual([false, [500]])
  await vi.advanceTimersByTimeAsync(200)
  expect(isClosed).toBe(true)
  await closing
  await presence.close()
})
