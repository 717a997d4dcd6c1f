import type { Edge, Head } from '@parley/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChatSocket, conversationRoom } from '../io.ts'
import { Audiences } from './audiences.ts'
import { HeadOffers } from './head-offers.ts'
import { Lines } from './lines.ts'
import { LocalUsers } from './local-users.ts'
import { RecentLeaves } from './recent-leaves.ts'

const TENANT = 'acme'
const conversationId = '019a4000-0000-7000-8000-000000000001'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A gateway with sockets of ana's, where the service says that the conversation stands at `head`. */
function gateway() {
  const asked: string[][] = []
  const fetched: Head[] = []
  const said: { by: string; heads: Head[] }[] = []
  const head = { conversationId, seq: 3, rev: 5 }
  const edge = {
    async heads(_actor: unknown, { conversationIds }: { conversationIds: string[] }) {
      asked.push(conversationIds)
      return { heads: [head] }
    },
    catchUp(_actor: unknown, from: Head) {
      fetched.push(from)
      return new Promise(() => {})
    },
  } as unknown as Edge
  const users = new LocalUsers()
  const log = { warn() {}, info() {}, error: (fields: { err: unknown }) => expect.fail(String(fields.err)) } as never
  const lines = new Lines({
    ...{ edge, users, log, recentLeaves: new RecentLeaves(), audiences: new Audiences(edge, users) },
    ...{ emit() {}, onChanged() {}, onLeave() {} },
  })
  users.addSocket(TENANT, 'ana', true)
  lines.enter(TENANT, 'ana', { heads: [{ ...head }] }, true)
  const offers = new HeadOffers({ lines, log })
  const open = (by: string, ...ids: string[]) => {
    const socket = {
      rooms: new Set([`user:${by}`, ...ids.map(conversationRoom)]),
      volatile: { emit: (_event: string, { heads }: { heads: Head[] }) => said.push({ by, heads }) },
    } as unknown as ChatSocket
    offers.opened(socket)
    return socket
  }
  return { asked, fetched, said, head, lines, offers, open }
}

test('a socket hears every half minute where the conversations stand that it has open; the gateway asks once for all of them', async () => {
  const { asked, said, head, offers, open } = gateway()
  const others = vi.getTimerCount()
  const sockets = ['one', 'two', 'three'].map((by) => open(by, conversationId))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(said.map(({ by }) => by).sort()).toEqual(['one', 'three', 'two'])
  expect(said.every(({ heads }) => JSON.stringify(heads) === JSON.stringify([{ ...head }]))).toBe(true)
  expect(asked).toEqual([[conversationId]])
  await vi.advanceTimersByTimeAsync(60_000)
  expect([said.length, asked.length]).toEqual([9, 3])
  for (const socket of sockets) offers.closed(socket)
  expect(vi.getTimerCount()).toBe(others)
})

test('without an open conversation nothing is said, asked or waited for, also when it was left', async () => {
  const { asked, said, open } = gateway()
  const others = vi.getTimerCount()
  const socket = open('one', conversationId)
  socket.rooms.delete(conversationRoom(conversationId))
  await vi.advanceTimersByTimeAsync(30_000)
  expect([said, asked, vi.getTimerCount()]).toEqual([[], [], others])
})

test('of a conversation in which something came meanwhile nothing is asked', async () => {
  const { asked, said, lines, head, open } = gateway()
  open('one', conversationId)
  await vi.advanceTimersByTimeAsync(20_000)
  lines.accept({
    ...{ tenantId: TENANT, conversationId, seq: 4, rev: 5, span: 1, aboutSeq: 4 },
    ...{ audience: { version: null, userIds: ['ana'] }, event: 'new_message', json: '{}' },
  })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(30_000)
  expect(asked).toEqual([[conversationId]])
  expect(said.at(-1)!.heads).toEqual([{ ...head, seq: 4 }])
})

test('what was lost on the way to the gateway is fetched when it asks', async () => {
  const { fetched, head, open } = gateway()
  open('one', conversationId)
  head.seq = 6
  await vi.advanceTimersByTimeAsync(31_000)
  expect(fetched).toEqual([{ conversationId, seq: 3, rev: 5 }])
})
