import { expect, test } from 'vitest'
import { conversation, participant } from '../chat/fixtures.ts'
import { noticeText } from './notices.ts'

const people = ['ana', 'bruno', 'chidi', 'יעל', 'eva'].map((userId) => participant(userId))
const group = conversation({ kind: 'group', participants: people })
const said = (payload: object | null, myId = 'ana') => noticeText({ content: 'as it was told', payload }, group, myId)

test('a line about people speaks to its reader', () => {
  const added = { event: 'participants_added', actorId: 'bruno', userIds: ['ana', 'chidi'], count: 2 }
  expect(said(added)).toBe('bruno added you and chidi')
  expect(said(added, 'bruno')).toBe('You added ana and chidi')
  expect(said({ event: 'participants_removed', actorId: 'ana', userIds: ['יעל'], count: 1 })).toBe(
    'You removed \u2068יעל\u2069',
  )
  expect(said({ event: 'participants_left', userIds: ['bruno'], count: 1 })).toBe('bruno left')
  expect(said({ event: 'conversation_renamed', actorId: 'ana', title: 'Kitchen' })).toBe(
    'You named this group “Kitchen”',
  )
})

test('what became of an offer is told to whoever decided, and of others by name', () => {
  const accepted = { event: 'message_transitioned', action: 'accept', type: 'service_offer', messageId: 'm' }
  expect(said({ ...accepted, actorId: 'ana', party: 'recipient' })).toBe('You accepted the offer')
  expect(said({ ...accepted, actorId: 'bruno', party: 'recipient' })).toBe('bruno accepted the offer')
  expect(said({ ...accepted, actorId: null, party: 'admin' })).toBe('An administrator accepted the offer')
  const expired = { ...accepted, action: 'expire', type: 'booking_request', actorId: null, party: 'clock' }
  expect(said(expired)).toBe('The booking request has expired')
  expect(said({ ...accepted, actorId: 'gone', party: 'recipient' })).toBe('as it was told')
})

test('of many some are named, and the others counted', () => {
  const many = { event: 'participants_added', actorId: 'ana', userIds: ['bruno', 'chidi', 'eva', 'יעל'], count: 30 }
  expect(said(many)).toBe('You added bruno, chidi, eva and 27 others')
})

test('who is not known any more is named as the line was told, and so is what it does not tell', () => {
  expect(said({ event: 'participants_removed', actorId: 'ana', userIds: ['gone'], count: 1 })).toBe('as it was told')
  for (const payload of [null, {}, { event: 'conversation_status', status: 'closed' }, { event: 'participants_added' }])
    expect(said(payload)).toBe('as it was told')
})
