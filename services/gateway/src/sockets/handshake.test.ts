import { EventEmitter, once } from 'node:events'
import { type Actor, type Edge, ParleyError, type Session } from '@parley/contracts'
import type { AddressGuard, Logger } from '@parley/runtime'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ChatSocket } from '../io.ts'
import type { Lines } from '../live/lines.ts'
import { LocalUsers } from '../live/local-users.ts'
import { createHandshake, type HandshakeOptions } from './handshake.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const ana: Actor = { tenantId: 'acme', userId: 'ana', role: 'user' } as Actor
const session = { heads: [], at: 1, unreadCount: 0 } as unknown as Session
const away = () => new ParleyError('unavailable', 'The database is out of reach; try again', { retryAfterMs: 1_000 })

/** A gateway whose sessions are opened by `open`, what its log has of it, and who may come. */
function gatewayWith(open: (actor: Actor, input: { sync?: unknown }) => Promise<Session>) {
  const said: { sockets?: number }[] = []
  const users = new LocalUsers()
  const { middleware, takeSession } = createHandshake({
    authenticate: async () => ({ actor: ana, expiresAt: Number.MAX_SAFE_INTEGER }) as never,
    guard: { watch: (_request: unknown, check: () => unknown) => check() } as unknown as AddressGuard,
    edge: { openSession: open } as unknown as Edge,
    lines: { enter() {} } as unknown as Lines,
    users,
    subscriber: { async listenTo() {} } as unknown as HandshakeOptions['subscriber'],
    places: { takeForUser: () => () => {}, async requireRoomForUser() {} },
    meter: { refused() {} },
    log: { warn: (fields: object) => void said.push(fields), error() {} } as unknown as Logger,
  })
  const come = (auth = {}) => {
    const conn = Object.assign(new EventEmitter(), {
      readyState: 'open',
      close() {
        conn.readyState = 'closed'
        conn.emit('close')
      },
    })
    const socket = Object.assign(new EventEmitter(), {
      conn,
      request: {},
      handshake: { auth, headers: {} },
      data: {},
    })
    const outcome = new Promise<string>((resolve) =>
      middleware(socket as unknown as ChatSocket, (err) => {
        const { data } = (err ?? {}) as { data?: { code: string } }
        resolve(data?.code ?? 'let in')
      }),
    )
    return { conn, outcome, session: () => takeSession(socket as unknown as ChatSocket) }
  }
  return { come, said, users }
}

test('who comes while the database is slow for a moment is let in over the same connection', async () => {
  let asked = 0
  const { come, said } = gatewayWith(async () => {
    if (++asked <= 2) throw away()
    return session
  })
  const { conn, outcome } = come()
  await vi.advanceTimersByTimeAsync(5_000)
  expect([await outcome, conn.readyState, asked, said]).toEqual(['let in', 'open', 3, []])
})

test('while it stays away connections are closed after some seconds, so that clients come again, and the log says so once', async () => {
  const { come, said } = gatewayWith(async () => {
    throw away()
  })
  const all = [come(), come(), come()]
  await vi.advanceTimersByTimeAsync(2_400)
  expect(all.map(({ conn }) => conn.readyState)).toEqual(['open', 'open', 'open'])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await Promise.all(all.map(({ outcome }) => outcome))).toEqual(all.map(() => 'unavailable'))
  expect(all.map(({ conn }) => conn.readyState)).toEqual(['closed', 'closed', 'closed'])
  expect(said).toEqual([{ err: expect.any(ParleyError), sockets: 1 }])
})

test('who is refused for another reason hears so at once, and nobody asks for who has gone', async () => {
  let asked = 0
  const refusing = gatewayWith(async () => {
    asked++
    throw new ParleyError('unauthenticated', 'This token was taken back')
  })
  expect(await refusing.come().outcome).toBe('unauthenticated')
  expect(asked).toBe(1)
  const waiting = gatewayWith(async () => {
    asked++
    throw away()
  })
  const { conn, outcome } = waiting.come()
  const gone = once(conn, 'close')
  await vi.advanceTimersByTimeAsync(100)
  conn.close()
  await gone
  await vi.advanceTimersByTimeAsync(10_000)
  expect([await outcome, asked, waiting.said]).toEqual(['unavailable', 2, []])
})

const sync = { cursors: [{ conversationId: '0190a000-0000-7000-8000-000000000001', cursor: null }] }
const room = 'user:acme:ana'

test('what a client has missed is read with its session, and passed on', async () => {
  const asked: unknown[] = []
  const { come } = gatewayWith(async (_actor, input) => {
    asked.push(input)
    return { ...session, sync: '{"conversations":[]}' }
  })
  const { outcome, session: taken } = come({ sync })
  expect(await outcome).toBe('let in')
  expect([asked, taken().sync]).toEqual([[{ sync }], '{"conversations":[]}'])
})

test('what was told while a client came in is no part of what was read for it: it asks again', async () => {
  for (const when of ['while it is read', 'before it hears', 'not at all', 'to others', 'afterwards']) {
    const { come, users } = gatewayWith(async () => {
      // nobody of theirs hears here yet
      if (when === 'while it is read') expect(users.reaches(room)).toBe(false)
      return { ...session, sync: '{}' }
    })
    const { outcome, session: taken } = come({ sync })
    expect(await outcome).toBe('let in')
    if (when === 'before it hears') users.tell([room])
    if (when === 'to others') users.tell(['user:acme:ben'])
    const { sync: missed } = taken()
    if (when === 'afterwards') users.tell([room])
    expect([when, missed]).toEqual([when, when === 'while it is read' || when === 'before it hears' ? undefined : '{}'])
  }
})

test('a question that is none is refused, and one that nobody asks is not', async () => {
  const { come } = gatewayWith(async () => session)
  const wrong = [
    {},
    'all',
    { cursors: [{ conversationId: 'x', cursor: null }] },
    { cursors: Array(51).fill(sync.cursors[0]) },
  ]
  for (const one of wrong) expect(await come({ sync: one }).outcome).toBe('invalid_input')
  expect(await come().outcome).toBe('let in')
})
