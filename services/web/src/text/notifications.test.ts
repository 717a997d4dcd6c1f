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
})
