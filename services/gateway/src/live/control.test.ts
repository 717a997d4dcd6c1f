import { createInProcessBus, publishTopic } from '@parley/bus'
import { type Edge, type Revocation, subjects, topics } from '@parley/contracts'
import { createLogger } from '@parley/runtime'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChatServer, type ChatSocket, userRoom } from '../io.ts'
import { createControl } from './control.ts'
import { LocalUsers } from './local-users.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const HOUR = 3_600
const now = Math.floor(Date.now() / 1000)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A gateway's control with these sockets of ana's, each by its session and when its token was issued. */
async function gatewayWith(
  sockets: Record<string, number>,
  refused: { revoked?: Revocation; disabled?: boolean } = {},
) {
  const users = new LocalUsers()
  const heard: string[] = []
  const there = new Map<string, ChatSocket>()
  const open = (sessionId: string, issuedAt: number) => {
    const remove = users.addSocket('acme', 'ana', true)
    const socket = {
      data: { actor: { tenantId: 'acme', userId: 'ana', sessionId, issuedAt } },
      handshake: { issued: Date.now() },
      emit: (event: string, { reason }: { reason: string }) => heard.push(`${sessionId} ${event} ${reason}`),
      disconnect(close: boolean) {
        heard.push(`${sessionId} closed ${close}`)
        there.delete(sessionId)
        remove()
      },
    }
    return socket as unknown as ChatSocket
  }
  for (const [sessionId, issuedAt] of Object.entries(sockets)) there.set(sessionId, open(sessionId, issuedAt))
  const rooms = { get: (room: string) => (room === userRoom('acme', 'ana') ? new Set(there.keys()) : undefined) }
  const io = { of: () => ({ adapter: { rooms }, sockets: there }), local: { to: () => ({ emit() {} }) } }
  const disabledAmong = async () => ({
    userIds: refused.disabled ? ['ana'] : [],
    revocations: refused.revoked ? [{ userId: 'ana', ...refused.revoked }] : [],
  })
  const bus = createInProcessBus()
  const control = createControl({
    ...{ bus, users, gatewayId: 'one', development: false, log },
    io: io as unknown as ChatServer,
    edge: { disabledAmong } as unknown as Edge,
    writers: {} as never,
    presence: { userChanged() {}, tenantChanged() {} },
  })
  await control.start()
  const hear = async (told: Parameters<typeof topics.control.encode>[0]) => {
    publishTopic(bus, topics.control, told)
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { heard, there, control, hear, open }
}

const revokedNow = { revokedBefore: new Date(now * 1000).toISOString(), endedSessions: [] }
const about = { kind: 'tokens_revoked', tenantId: 'acme', userId: 'ana' } as const

test('sockets whose tokens were taken back are closed at once and told that it is final; those of newer tokens stay', async () => {
  const { heard, there, control, hear } = await gatewayWith({ old: now - HOUR, newer: now + 1 })
  await hear({ ...about, ...revokedNow })
  expect(heard).toEqual(['old session_ended revoked', 'old closed true'])
  await hear({ ...about, revokedBefore: null, endedSessions: ['newer', 'another'] })
  expect(heard.slice(2)).toEqual(['newer session_ended ended', 'newer closed true'])
  expect(there.size).toBe(0)
  await control.close()
})

test('a gateway that did not hear of it finds it by asking, within half a minute', async () => {
  const missed = { revokedBefore: revokedNow.revokedBefore, endedSessions: ['newer'] }
  const { heard, control } = await gatewayWith({ old: now - HOUR, newer: now + 1, other: now + 1 }, { revoked: missed })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(heard).toEqual([
    'old session_ended revoked',
    'old closed true',
    'newer session_ended ended',
    'newer closed true',
  ])
  await control.close()
  const shut = await gatewayWith({ old: now - HOUR }, { disabled: true })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(shut.heard).toEqual(['old session_ended disabled', 'old closed true'])
  await shut.control.close()
})

test('a socket that was about to come in is closed when it does, unless its token is a newer one', async () => {
  const { heard, control, hear, open } = await gatewayWith({})
  const coming = [open('old', now - HOUR), open('newer', now + 1)]
  await hear({ ...about, ...revokedNow })
  expect(heard).toEqual([])
  expect(coming.map((socket) => control.closeIfLate(socket))).toEqual([true, false])
  expect(heard).toEqual(['old session_ended revoked', 'old closed true'])
  vi.advanceTimersByTime(1)
  // what was decided before it began was asked of the database when it came
  expect(control.closeIfLate(open('later', now - HOUR))).toBe(false)
  await control.close()
})

test('however many tenants have users here, what is said of them fits into one message: the largest are counted', async () => {
  const users = new LocalUsers()
  for (let i = 0; i < 30_000; i++) users.addSocket(`a-tenant-with-a-name-as-long-as-they-get-${i}`, 'ana', true)
  for (const userId of ['ana', 'ben']) users.addSocket('large', userId, true)
  await using bus = createInProcessBus()
  const said: { bytes: number; users: Record<string, number> }[] = []
  await bus.subscribe(subjects.online, (body) => {
    said.push({ bytes: body.length, users: topics.online.decode(body).users })
  })
  const control = createControl({
    ...{ bus, users, gatewayId: 'one', development: false, log },
    io: { of: () => ({ adapter: { rooms: new Map() }, sockets: new Map() }) } as unknown as ChatServer,
    edge: { disabledAmong: async () => ({ userIds: [], revocations: [] }) } as unknown as Edge,
    writers: {} as never,
    presence: { userChanged() {}, tenantChanged() {} },
  })
  await control.start()
  await vi.waitFor(() => expect(said).toHaveLength(1))
  expect(said[0]!.bytes).toBeLessThan(512 * 1024)
  expect(said[0]!.users).toMatchObject({ large: 2 })
  await control.close()
})
