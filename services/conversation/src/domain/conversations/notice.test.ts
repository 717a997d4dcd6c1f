import type { Message, Notice } from '@parley/contracts'
import { expect, test } from 'vitest'
import { continued, namedIn, worded } from './notice.ts'

const at = '2026-11-01T12:00:00.000Z'
const later = '2026-11-01T12:09:00.000Z'
// only what is looked at counts here
const said = (payload: Notice, type = 'system') => ({ type, payload, createdAt: at }) as unknown as Message
const added = (actorId: string, ...userIds: string[]): Notice => ({
  event: 'participants_added',
  actorId,
  userIds,
  count: userIds.length,
})
const left = (...userIds: string[]): Notice => ({ event: 'participants_left', userIds, count: userIds.length })
const names: Record<string, string> = { a: 'Ana', b: 'Ben', j: 'Joe' }
const nameOf = (id: string) => names[id] ?? id

test.each<[string, Message | undefined, Notice, string]>([
  ['there is no message before it', undefined, added('a', 'b'), later],
  ['somebody else does it', said(added('j', 'x')), added('a', 'b'), later],
  ['it is something else', said(left('x')), added('a', 'b'), later],
  ['people say something in between', said(added('a', 'x'), 'text'), added('a', 'b'), later],
  ['it is another occasion', said(added('a', 'x')), added('a', 'b'), '2026-11-01T12:11:00.000Z'],
  ['it is a new title', said(left('x')), { event: 'conversation_renamed', actorId: 'a', title: 'T' }, later],
])('a line of its own, when %s', (_, last, notice, now) => {
  expect(continued(last, notice, now)).toBeNull()
})

test('many are one line, which names the first of them and counts all', () => {
  let notice = added('a', 'user-0')
  for (let n = 1; n < 500; n++) notice = continued(said(notice), added('a', `user-${n}`), later)!
  expect(notice).toMatchObject({ event: 'participants_added', actorId: 'a', count: 500 })
  expect('userIds' in notice && notice.userIds).toHaveLength(20)
  expect(worded(notice, nameOf)).toBe('Ana added user-0, user-1, user-2 and 497 others')
  expect(namedIn(notice)).toEqual(['a', 'user-0', 'user-1', 'user-2'])
  expect(continued(said(left('x')), left('x'), later)).toEqual(left('x'))
})

test.each<[Notice, string]>([
  [added('a', 'b'), 'Ana added Ben'],
  [added('a', 'b', 'j'), 'Ana added Ben and Joe'],
  [added('a', 'b', 'j', 'x'), 'Ana added Ben, Joe and x'],
  [added('a', 'b', 'j', 'x', 'y'), 'Ana added Ben, Joe, x and 1 other'],
  [{ event: 'participants_removed', actorId: 'a', userIds: ['b'], count: 1 }, 'Ana removed Ben'],
  [left('b', 'j'), 'Ben and Joe left'],
  [{ event: 'conversation_renamed', actorId: 'a', title: 'Lunch' }, 'Ana named this group “Lunch”'],
  [{ event: 'conversation_status', status: 'closed', reason: null }, 'This conversation is closed'],
  [{ event: 'message_pinned', actorId: 'a', messageId: 'm', seq: 3 }, 'Ana pinned a message'],
  [{ event: 'moderator_joined', userId: 'b', role: 'moderator' }, 'A moderator has joined'],
  [{ event: 'moderator_left', userId: 'b', role: 'observer' }, 'The observer has left'],
])('%j says: %s', (notice, words) => {
  expect(worded(notice, nameOf)).toBe(words)
})
