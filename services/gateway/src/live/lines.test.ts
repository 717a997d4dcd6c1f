import type { AudienceSnapshot, Edge, LiveEntry } from '@parley/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { userRoom } from '../io.ts'
import { Audiences } from './audiences.ts'
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

/** A gateway to which these people are in the conversation now; what is missing of it never comes. */
function gateway(...members: string[]) {
  const heard: [userId: string, event: string][] = []
  const snapshot: AudienceSnapshot = {
    version: 9,
    members: members.map((userId) => ({ userId, visibleFromSeq: 0 })),
  }
  const edge = {
    audience: async () => snapshot,
    catchUp: () => new Promise(() => {}),
    heads: async () => ({ heads: [] }),
  } as unknown as Edge
  const users = new LocalUsers()
  const counted: Record<string, number> = {}
  const count = (what: string, by = 1) => {
    counted[what] = (counted[what] ?? 0) + by
  }
  const lines = new Lines({
    edge,
    users,
    recentLeaves: new RecentLeaves(),
    audiences: new Audiences(edge, users),
    emit: (rooms, event) => {
      for (const userId of ['ana', 'ben']) if (rooms.includes(userRoom(TENANT, userId))) heard.push([userId, event])
    },
    onChanged() {},
    onLeave() {},
    meter: { healed: count, dropped: count },
    log: { warn() {}, info() {}, error: (fields: { err: unknown }) => expect.fail(String(fields.err)) } as never,
  })
  /** Somebody connects, whose session names the conversation at that revision, or does not. Returns what disconnects them. */
  const connect = (userId: string, rev?: number) => {
    const disconnect = users.addSocket(TENANT, userId, true)
    const heads = rev === undefined ? [] : [{ conversationId, seq: 0, rev }]
    lines.enter(TENANT, userId, { heads }, true)
    return disconnect
  }
  return { lines, heard, connect, counted }
}

/** Tells somebody that they were let in by the change that made it revision `rev`. */
const invitation = (userId: string, rev: number): LiveEntry => ({
  tenantId: TENANT,
  conversationId,
  seq: 0,
  rev,
  span: 0,
  aboutSeq: 0,
  audience: { version: null, userIds: [userId] },
  event: 'new_conversation',
  json: '{}',
})

test('an invitation that comes when the conversation has gone on is not shown to who is out again', async () => {
  const { lines, heard, connect } = gateway('ana')
  connect('ana', 5)
  connect('ben')
  lines.accept(invitation('ben', 3))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([])
})

test('and who is still in is told to resync', async () => {
  const { lines, heard, connect } = gateway('ana', 'ben')
  connect('ana', 5)
  connect('ben')
  lines.accept(invitation('ben', 3))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([['ben', 'resync_required']])
})

test('what waits for a gap to be filled reaches whom it is for, also when the last listener goes meanwhile', async () => {
  const { lines, heard, connect } = gateway('ben')
  const disconnect = connect('ana', 1)
  connect('ben')
  lines.accept(invitation('ben', 4))
  expect(heard).toEqual([])
  disconnect()
  expect(lines.size).toBe(0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(heard).toContainEqual(['ben', 'resync_required'])
})

/** Tells somebody's devices how the conversation stands for them, at revision `rev`. */
const ownState = (userId: string, rev: number): LiveEntry => ({
  ...invitation(userId, rev),
  event: 'conversation_state',
})

test('what somebody did on another device reaches them in a conversation that their session did not name', async () => {
  const { lines, heard, connect } = gateway('ana', 'ben')
  connect('ana', 3)
  connect('ben')
  lines.accept(ownState('ben', 3))
  lines.accept(ownState('ben', 3))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([
    ['ben', 'resync_required'],
    ['ben', 'conversation_state'],
    ['ben', 'conversation_state'],
  ])
})

test('and not who has left it meanwhile', async () => {
  const { lines, heard, connect } = gateway('ana')
  connect('ana', 3)
  connect('ben', 3)
  const json = JSON.stringify({ conversationId, userId: 'ben' })
  const audience = { version: null, userIds: ['ana', 'ben'] }
  lines.accept({ ...invitation('ana', 4), span: 1, event: 'participant_left', audience, json })
  heard.length = 0
  lines.accept(ownState('ben', 4))
  lines.accept(ownState('ben', 3))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([])
})

test('and who is out by a change that the line began behind is told so', async () => {
  const { lines, heard, connect } = gateway('ana')
  connect('ana', 5)
  connect('ben')
  lines.accept(ownState('ben', 3))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard.at(-1)).toEqual(['ben', 'participant_left'])
  heard.length = 0
  lines.accept(ownState('ben', 5))
  expect(heard).toEqual([])
})

test('a gap that is filled from the database is counted, and what waited in vain behind one', async () => {
  const { lines, connect, counted } = gateway('ana')
  connect('ana', 1)
  const change = (rev: number) => ({ ...invitation('ana', rev), span: 1, event: 'conversation_updated' })
  lines.accept(change(2))
  await vi.advanceTimersByTimeAsync(100)
  expect(counted).toEqual({})
  lines.accept(change(4))
  await vi.advanceTimersByTimeAsync(100)
  expect(counted).toEqual({ backfill: 1 })
  for (let rev = 5; rev <= 1_004; rev++) lines.accept(change(rev))
  expect(counted).toEqual({ backfill: 1, buffered: 1_001 })
})
