import { expect, test } from 'vitest'
import type { Sent, Shown } from './model.ts'
import { checkDeliveries, checkListed, checkMissed, checkPushes, type Standing } from './told.ts'

const shown = (seq: number, more: Partial<Shown> = {}): Shown => ({
  ...{ id: `m${seq}`, seq, rev: 0, senderId: 'ben', content: 'x', isEdited: false, isDeleted: false, createdAt: 1_000 },
  ...more,
})
const standing = (more: Partial<Standing> = {}): Standing => ({
  ...{ conversationId: 'c', unreadCount: 2, history: [shown(1), shown(2), shown(3, { isDeleted: true })] },
  ...more,
})
const kinds = (violations: { kind: string }[]) => violations.map(({ kind }) => kind)

test('what is unread is listed once, up to its newest message, and nothing else is', () => {
  const right = { conversationId: 'c', kind: 'message', messageIds: ['m1', 'm2'] }
  const check = (some: Standing[], listed: (typeof right)[]) => kinds(checkListed('ana', some, listed))
  expect(check([standing()], [right])).toEqual([])
  expect(check([standing()], [])).toEqual(['LOST'])
  expect(check([standing()], [{ ...right, messageIds: ['m1'] }])).toEqual(['LOST'])
  expect(check([standing()], [right, right])).toEqual(['DUPLICATED'])
  expect(check([], [right])).toEqual(['UNEXPECTED'])
  expect(check([standing({ unreadCount: 0 })], [right])).toEqual(['STALE'])
  expect(check([standing({ unreadCount: 0 })], [])).toEqual([])
  expect(check([standing({ unreadCount: 0 })], [{ ...right, kind: 'added' }])).toEqual(['STALE'])
  // let in, and nothing is written
  expect(check([standing({ unreadCount: 0 })], [{ ...right, kind: 'added', messageIds: [] }])).toEqual([])
})

test('who has a browser is pushed the newest that is unread', () => {
  const push = { id: 'p', conversationId: 'c', seq: 2, kind: 'message' }
  expect(checkMissed('ana', [standing()], [push])).toEqual([])
  expect(checkMissed('ana', [standing({ unreadCount: 0 })], [])).toEqual([])
  expect(kinds(checkMissed('ana', [standing()], [{ ...push, seq: 1 }]))).toEqual(['LOST'])
  expect(kinds(checkMissed('ana', [standing()], [{ ...push, conversationId: 'd' }]))).toEqual(['LOST'])
})

test('a push comes again with its id alone, and not of what was read before it was due', () => {
  const push = { id: 'p', conversationId: 'c', seq: 2, kind: 'message' }
  const at = (ms: number, more = {}) => [{ userId: 'ana', conversationId: 'c', seq: 2, at: ms, ...more }]
  const check = (pushes: (typeof push)[], reads: ReturnType<typeof at> = []) =>
    kinds(checkPushes('ana', pushes, { delayMs: 500, createdAt: new Map([['c 2', 1_000]]), reads }))
  expect(check([push, push])).toEqual([])
  expect(check([push, { ...push, id: 'q' }])).toEqual(['DUPLICATED'])
  // that they were let in, with what is written there
  expect(check([{ ...push, id: 'q', kind: 'added' }, push], at(1_499).slice(1))).toEqual([])
  expect(check([push], at(1_499))).toEqual(['UNEXPECTED'])
  for (const reads of [
    at(1_500),
    at(1_200, { seq: 1 }),
    at(1_200, { userId: 'ben' }),
    at(1_200, { conversationId: 'd' }),
  ])
    expect(check([push], reads)).toEqual([])
})

test('a webhook is told of all that was acknowledged and is not deleted, with one body for an id', () => {
  const sent = (more: Partial<Sent> = {}): Sent => ({
    ...{ clientId: 's1', conversationId: 'c', senderId: 'ana', content: 'x', sentAt: 0 },
    ...{ acked: { id: 'm1', seq: 1, at: 0 } },
    ...more,
  })
  expect(checkDeliveries([sent()], new Map([['c:1', ['a', 'a']]]))).toEqual([])
  expect(kinds(checkDeliveries([sent()], new Map()))).toEqual(['LOST'])
  expect(checkDeliveries([sent({ changed: { content: undefined } }), sent({ isUncertain: true })], new Map())).toEqual(
    [],
  )
  expect(kinds(checkDeliveries([sent()], new Map([['c:1', ['a', 'b']]])))).toEqual(['DUPLICATED'])
})
