import type { Notification } from '@parley/contracts'
import { expect, test } from 'vitest'
import { digestChoices, notificationText, notificationTitle } from './notifications.ts'

test('what was chosen elsewhere is among the choices, at its place', () => {
  expect(digestChoices(null).map(({ text }) => text)).toEqual([
    'At once',
    'After 15 minutes',
    'After an hour',
    'After 4 hours',
    'After a day',
  ])
  expect(digestChoices(90).map(({ text }) => text)).toEqual([
    'At once',
    'After 15 minutes',
    'After an hour',
    'After 90 minutes',
    'After 4 hours',
    'After a day',
  ])
  expect(digestChoices(2880).at(-1)).toEqual({ minutes: 2880, text: 'After 2 days' })
})

test('a notification is called as its conversation is, and says who has written what last', () => {
  const message = { messageId: 'm', senderId: 'ben', senderName: 'Ben Okafor', preview: 'On my way' }
  const conversation = { id: 'a', kind: 'direct', title: null, context: null } as const
  const told: Notification = {
    id: '1',
    kind: 'message',
    conversationId: 'a',
    conversation,
    count: 1,
    messages: [message],
    createdAt: '2026-05-01T10:00:00.000Z',
    updatedAt: '2026-05-01T10:00:00.000Z',
    readAt: null,
  }
  expect(notificationTitle(told, undefined, 'ana')).toBe('Ben Okafor')
  expect(notificationText(told, 'Ben Okafor')).toBe('On my way')
  const group = { ...told, count: 3, conversation: { ...conversation, kind: 'group' as const, title: 'Spring fair' } }
  expect(notificationTitle(group, undefined, 'ana')).toBe('Spring fair')
  expect(notificationText(group, 'Spring fair')).toBe('3 messages. Ben Okafor: On my way')
  expect(notificationTitle({ ...told, kind: 'broadcast', messages: [], conversation: null }, undefined, 'ana')).toBe(
    'Announcements',
  )
  const moved = { type: 'service_offer', action: 'accept', party: 'recipient' } as const
  const accepted = { ...told, kind: 'transition' as const, messages: [{ ...message, preview: 'Logo', moved }] }
  expect(notificationText(accepted, 'Ben Okafor')).toBe('Ben Okafor accepted the offer: Logo')
  const expired = { ...message, preview: '', moved: { ...moved, action: 'expire', party: 'clock' } as const }
  expect(notificationText({ ...accepted, messages: [expired] }, 'x')).toBe('The offer has expired')
})

test('what is no message is said in words of its own', () => {
  const context = { type: 'visit', id: '1', title: 'Haircut', status: 'moved', parent: null }
  const told: Notification = {
    ...{ id: '1', kind: 'context', conversationId: 'a', count: 1, messages: [], readAt: null },
    conversation: { id: 'a', kind: 'context', title: null, context },
    ...{ createdAt: '2026-05-01T10:00:00.000Z', updatedAt: '2026-05-01T10:00:00.000Z' },
  }
  expect(notificationText(told, 'Haircut')).toBe('Now: moved')
  expect(notificationText({ ...told, kind: 'added' }, 'Haircut')).toBe('You were added')
  const reports: Notification = { ...told, kind: 'report', conversationId: null, conversation: null, count: 2 }
  expect([notificationTitle(reports, undefined, 'ana'), notificationText(reports, 'Reports')]).toEqual([
    'Reports',
    '2 reports to look at',
  ])
  const ada = { messageId: 'b', senderId: 'ada', senderName: 'Ada', preview: 'We move' }
  const broadcast: Notification = { ...reports, kind: 'broadcast', messages: [ada] }
  expect(notificationText(broadcast, 'Announcements')).toBe('2 announcements. Ada: We move')
})
