import { expect, test } from 'vitest'
import { conversation, participant } from '../chat/fixtures.ts'
import { moderatedText, moderatorsIn, namesSender, senderTag, soleOther } from './senders.ts'

const ana = participant('ana')
const bruno = participant('bruno')
const mia = { ...participant('mia'), role: 'moderator', staff: true }
const of = (...participants: (typeof ana)[]) => conversation({ participants, participantCount: participants.length })

test('between two nobody is named but who is neither of them, while they are in it and when they have left', () => {
  for (const here of [of(ana, bruno, mia), of(ana, bruno)]) {
    expect(namesSender(here, 'bruno', 'ana')).toBe(false)
    expect(namesSender(here, 'mia', 'ana')).toBe(true)
  }
  expect(namesSender(of(ana, bruno, mia), 'bruno', 'mia')).toBe(true)
})

test('about a booking too, and in a group everybody is named, however few are left', () => {
  const booking = { ...of({ ...ana, role: 'customer' }, { ...bruno, role: 'provider' }), kind: 'context' as const }
  expect(namesSender(booking, 'bruno', 'ana')).toBe(false)
  expect(namesSender(booking, 'chloe', 'ana')).toBe(true)
  const three = { ...booking, participants: [...booking.participants, { ...participant('chloe'), role: 'provider' }] }
  expect(namesSender(three, 'bruno', 'ana')).toBe(true)
  expect(namesSender({ ...of(ana, bruno), kind: 'group' }, 'bruno', 'ana')).toBe(true)
})

test('a moderator and who has a word of the host are tagged, and nobody else', () => {
  const group = { ...of(ana, { ...bruno, role: 'owner' }, mia), kind: 'group' as const }
  expect(['ana', 'bruno', 'mia', 'gone'].map((userId) => senderTag(group, userId))).toEqual([null, null, 'Staff', null])
  const ownModerator = { ...group, participants: [ana, { ...bruno, role: 'moderator' }] }
  expect(senderTag(ownModerator, 'bruno')).toBe('Moderator')
  const desk = { ...of({ ...ana, role: 'customer' }, { ...bruno, role: 'staff' }), kind: 'context' as const }
  expect(senderTag(desk, 'bruno')).toBe('staff')
})

test('who has come to moderate two people is told apart from the moderators of a group', () => {
  expect(moderatorsIn(of(ana, bruno, mia), 'ana').map(({ userId }) => userId)).toEqual(['mia'])
  expect(moderatorsIn(of(ana, bruno, mia), 'mia')).toEqual([])
  const group = { ...of(ana, { ...bruno, role: 'moderator' }, mia), kind: 'group' as const }
  expect(moderatorsIn(group, 'ana').map(({ userId }) => userId)).toEqual(['mia'])
})

test('the one other is found whoever moderates, and not where there are several or none', () => {
  expect(soleOther(of(ana, bruno, mia), 'ana')?.userId).toBe('bruno')
  expect(soleOther(of(ana), 'ana')).toBe(null)
  expect(soleOther(of(ana, bruno, participant('chloe')), 'ana')).toBe(null)
  expect(soleOther({ ...of(ana, bruno), kind: 'group' }, 'ana')).toBe(null)
})

test('those who are moderated are told by whom, and whether they write', () => {
  expect(moderatedText([mia])).toBe('mia moderates this conversation, and can read and write in it.')
  expect(moderatedText([{ ...mia, role: 'observer' }])).toBe('mia reads this conversation to moderate it.')
  expect(moderatedText([mia, { ...bruno, role: 'observer' }])).toContain('mia and bruno moderate')
})
