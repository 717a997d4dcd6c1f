import type { NotificationPreferences, PutNotificationPreferences, Recipient, UnreadMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { effectivePreferences } from '../preferences/effective-preferences.ts'
import { decide } from './decide.ts'

const NOW = new Date('2026-03-02T12:00:00Z')
const RULES = { channels: ['push', 'email', 'inApp'], previews: true, digestAfterMinutes: null } as const

const messages = new Map(
  ['text', 'text', 'service_offer', 'text', 'booking_request'].map((type, i): [number, UnreadMessage] => [
    i + 1,
    { messageId: `m${i + 1}`, seq: i + 1, type, senderId: 'ana', at: `2026-03-02T11:0${i + 1}:00.000Z` },
  ]),
)
const ben: Recipient = {
  ...{ userId: 'ben', name: 'Ben', locale: null, email: 'ben@example.com', observes: false, mutedUntil: null },
  ...{ unreadCount: 5, lastReadSeq: 0, toSeq: 9, seqs: [1, 2, 3, 4, 5], mentions: [2] },
}
function decided(
  said: PutNotificationPreferences = {},
  recipient: Partial<Recipient> = {},
  level: 'all' | 'mentions' | 'nothing' = 'all',
) {
  const rules = { ...RULES, channels: [...RULES.channels] }
  const preferences: NotificationPreferences = effectivePreferences(said, rules, 'ben@example.com')
  return decide({ ...ben, ...recipient }, messages, { preferences, level }, NOW)
}

test('everything up to where it was looked is decided, by the most telling kind', () => {
  expect(decided()).toEqual({
    toldTo: 9,
    telling: {
      ...{ kind: 'offer', fromSeq: 1, toSeq: 5, count: 5, eventAt: '2026-03-02T11:01:00.000Z' },
      ...{ inApp: true, pushAt: NOW, emailAt: NOW },
    },
  })
  expect(decided({}, { seqs: [1, 2], mentions: [2] }).telling).toMatchObject({ kind: 'mention', count: 2 })
  expect(decided({}, { seqs: [1, 4], mentions: [] }).telling).toMatchObject({ kind: 'message', fromSeq: 1, toSeq: 4 })
  expect(decided({}, { seqs: [] })).toEqual({ toldTo: 9, telling: null })
})

test('who has muted it is told nothing, and who only watches of what names them', () => {
  expect(decided({}, { mutedUntil: '2026-03-02T12:00:01Z' })).toEqual({ toldTo: 9, telling: null })
  expect(decided({}, { mutedUntil: '2026-03-02T12:00:00Z' }).telling).toMatchObject({ count: 5 })
  expect(decided({}, { observes: true }).telling).toMatchObject({ kind: 'mention', fromSeq: 2, toSeq: 2, count: 1 })
})

test('kinds, channels and the level of the conversation say of what and how', () => {
  expect(decided({}, {}, 'nothing')).toEqual({ toldTo: 9, telling: null })
  expect(decided({}, {}, 'mentions').telling).toMatchObject({ kind: 'mention', fromSeq: 2, count: 1 })
  // an offer that names them names them
  expect(decided({}, { mentions: [3] }, 'mentions').telling).toMatchObject({ kind: 'offer', fromSeq: 3, count: 1 })
  expect(decided({ kinds: { message: false } }).telling).toMatchObject({ fromSeq: 2, toSeq: 5, count: 3 })
  expect(
    decided({ kinds: { message: false, mention: false, offer: false, booking_request: false } }).telling,
  ).toBeNull()
  expect(decided({ channels: { push: false } }).telling).toMatchObject({ inApp: true, pushAt: null, emailAt: NOW })
  expect(decided({ channels: { push: false, email: false, inApp: false } })).toEqual({ toldTo: 9, telling: null })
})

test('in quiet hours the list is kept, and the rest waits for their end; an e-mail waits for its digest besides', () => {
  const quietHours = { from: '11:00', to: '14:30', timeZone: 'UTC' }
  const end = new Date('2026-03-02T14:30:00Z')
  expect(decided({ quietHours }).telling).toMatchObject({ inApp: true, pushAt: end, emailAt: end })
  expect(decided({ digestAfterMinutes: 90 }).telling).toMatchObject({
    pushAt: NOW,
    emailAt: new Date('2026-03-02T12:31:00Z'),
  })
  expect(decided({ quietHours, digestAfterMinutes: 90 }).telling).toMatchObject({ emailAt: end })
  expect(decided({ digestAfterMinutes: 10 }).telling).toMatchObject({ emailAt: NOW })
})
