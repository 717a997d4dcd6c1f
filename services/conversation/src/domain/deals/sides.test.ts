import { expect, test } from 'vitest'
import type { ParticipantRecord } from '../ports/participants.ts'
import { isOtherSide } from './sides.ts'

const person = (userId: string, role: string, more: Partial<ParticipantRecord> = {}): ParticipantRecord => ({
  userId,
  role,
  via: null,
  joinedAt: '2026-11-01T12:00:00.000Z',
  active: true,
  blocked: false,
  visibleFromSeq: 0,
  ...more,
})
/** Who is on the other side of what Ana made. */
const others = (kind: 'direct' | 'group' | 'context', people: ParticipantRecord[]) =>
  people.map(({ userId }) => userId).filter((userId) => isOtherSide(kind, people, { makerId: 'ana', userId }))

test('everybody else who may write, where there are no sides', () => {
  const people = [
    person('ana', 'owner'),
    person('ben', 'member'),
    person('joe', 'owner'),
    person('eve', 'observer'),
    person('gone', 'member', { active: false }),
    person('mia', 'moderator', { via: 'admin' }),
  ]
  expect(others('group', people)).toEqual(['ben', 'joe'])
  expect(others('direct', people.slice(0, 2))).toEqual(['ben'])
})

test('about a context, those with another role than the maker; a moderator makes no side', () => {
  const ana = person('ana', 'provider', { via: 'context' })
  const zoe = person('zoe', 'provider', { via: 'context' })
  const mia = person('mia', 'moderator', { via: 'admin' })
  const ben = person('ben', 'customer', { via: 'context' })
  expect(others('context', [ana, zoe, mia, ben])).toEqual(['ben'])
  // it is the maker's side, also when the maker has left
  expect(others('context', [{ ...ana, active: false }, zoe, ben])).toEqual(['ben'])
  // where all have one role there are no sides
  expect(others('context', [ana, zoe, mia])).toEqual(['zoe'])
  expect(others('context', [ana, zoe, mia, { ...ben, active: false }])).toEqual(['zoe'])
})

test('of what nobody there made, everybody decides', () => {
  expect(others('context', [person('ben', 'customer'), person('zoe', 'provider')])).toEqual(['ben', 'zoe'])
})
