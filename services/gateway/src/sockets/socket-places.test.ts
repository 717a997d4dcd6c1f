import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMemoryRegistry } from '../presence/memory-registry.ts'
import { COUNTS_KEPT_MS } from '../presence/registry.ts'
import { SocketPlaces } from './socket-places.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Two gateways with one registry, where a user may have three sockets, and an address two. */
async function twoGateways() {
  const registry = createMemoryRegistry({ lifeMs: 45_000, graceMs: 8_000 })
  const views = [registry.of('one'), registry.of('other')]
  for (const view of views) await view.beat({ sweep: false })
  const places = views.map((view) => new SocketPlaces({ registry: view, perUser: 3, perAddress: 2 }))
  const connection = () => Object.assign(new EventEmitter(), { readyState: 'open' })
  /** A socket of ana's comes to a gateway: what closes it, or what it is refused with. */
  const open = async (gateway: number) => {
    const conn = connection()
    try {
      places[gateway]!.takeForUser('user:acme:ana', conn)
      await places[gateway]!.requireRoomForUser('user:acme:ana')
    } catch (err) {
      conn.emit('close')
      return err as { code: string; retryAfterMs: number }
    }
    return { close: () => conn.emit('close') }
  }
  /** A handshake from an address. */
  const shake = async (gateway: number, isConnected = true) => {
    const request = {} as IncomingMessage
    const conn = connection()
    try {
      await places[gateway]!.letIn(request, '203.0.113.7')
    } catch (err) {
      return err as { code: string; retryAfterMs: number }
    }
    if (isConnected) places[gateway]!.connected(request, conn)
    return { close: () => conn.emit('close') }
  }
  return { views, places, open, shake }
}
const tooMany = { code: 'rate_limited', retryAfterMs: 30_000 }
const isOpen = { close: expect.any(Function) }

test('a user has so many sockets at all gateways together, and one more when one of them is closed', async () => {
  const { open } = await twoGateways()
  const [first] = [await open(0), await open(1), await open(0)]
  expect([await open(0), await open(1)]).toMatchObject([tooMany, tooMany])
  ;(first as { close(): void }).close()
  // the other one is told of it soon
  await vi.advanceTimersByTimeAsync(60)
  expect([await open(1), await open(1)]).toMatchObject([isOpen, tooMany])
})

test('who stays connected for days counts as on the first', async () => {
  const { views, open } = await twoGateways()
  expect([await open(0), await open(0), await open(1)]).toMatchObject([isOpen, isOpen, isOpen])
  await vi.advanceTimersByTimeAsync(3 * COUNTS_KEPT_MS + 60)
  for (const view of views) await view.beat({ sweep: true })
  expect([await open(0), await open(1)]).toMatchObject([tooMany, tooMany])
})

test('so has an address; a handshake that became no connection gives its place back', async () => {
  const { places, shake } = await twoGateways()
  expect([await shake(0), await shake(1, false), await shake(0)]).toMatchObject([isOpen, isOpen, tooMany])
  await vi.advanceTimersByTimeAsync(2_100)
  const last = await shake(1)
  expect([last, await shake(0)]).toMatchObject([isOpen, tooMany])
  ;(last as { close(): void }).close()
  await vi.advanceTimersByTimeAsync(60)
  expect(await shake(0)).toMatchObject(isOpen)
  // who speaks for many is not counted
  for (let i = 0; i < 5; i++) await places[0]!.letIn({} as IncomingMessage, undefined)
})

test('many who come from an address at once are not let in together', async () => {
  const { shake } = await twoGateways()
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => shake(i % 2)))
  expect(outcomes.filter((one) => 'close' in one).length).toBeLessThanOrEqual(2)
})

test('those who come in one turn of the event loop are asked for together, each for itself', async () => {
  const { views, places, open } = await twoGateways()
  await Promise.all([open(1), open(1), open(1)])
  const asked: string[][] = []
  const { count } = views[0]!
  views[0]!.count = (sockets) => {
    asked.push(sockets.map(({ name }) => name))
    return count.call(views[0], sockets)
  }
  const rooms = ['user:acme:ben', 'user:acme:ana', 'user:acme:ben']
  places[0]!.takeForUser(rooms[1]!, Object.assign(new EventEmitter(), { readyState: 'open' }))
  const outcomes = await Promise.allSettled(rooms.map((room) => places[0]!.requireRoomForUser(room)))
  expect(asked).toEqual([rooms])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await Promise.all(Array.from({ length: 1_001 }, (_, i) => places[0]!.requireRoomForUser(`user:acme:${i}`)))
  expect(asked.slice(1).map(({ length }) => length)).toEqual([500, 500, 1])
})

test('where the registry is out of reach or says nothing, a gateway goes by its own, and is not kept waiting', async () => {
  const { views, open } = await twoGateways()
  await Promise.all([open(0), open(0)])
  views[1]!.count = () => Promise.reject(new Error('out of reach'))
  expect([await open(1), await open(1)]).toMatchObject([isOpen, isOpen])
  views[1]!.count = () => new Promise(() => {})
  const waiting = open(1)
  await vi.advanceTimersByTimeAsync(150)
  expect(await waiting).toMatchObject(isOpen)
  expect(await open(1)).toMatchObject(tooMany)
})
