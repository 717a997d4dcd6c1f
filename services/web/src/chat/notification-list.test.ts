import type { Notification, NotificationChange } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { NotificationList } from './notification-list.ts'

const told: Notification = {
  id: '1',
  kind: 'message',
  conversationId: 'a',
  conversation: null,
  count: 2,
  messages: [
    { messageId: 'm1', senderId: 'ben', senderName: 'Ben', preview: 'One' },
    { messageId: 'm2', senderId: 'ben', senderName: 'Ben', preview: 'Two' },
  ],
  createdAt: '2026-05-01T10:00:00.000Z',
  updatedAt: '2026-05-01T10:05:00.000Z',
  readAt: null,
}
const change = (unreadCount: number): NotificationChange => ({ ...told, unreadCount })

/** A server that has so many unread ones, and answers the first question when it is let go. */
function scene(unreadCount: number) {
  const marked: object[] = []
  let letGo = () => {}
  const list = new NotificationList({
    seqOf: async (messageId) => {
      if (messageId === 'm2') return 7
      throw new RequestFailure('not_found', 'No such message')
    },
    api: {
      countNotifications: () =>
        new Promise((resolve) => {
          letGo = () => resolve({ unreadCount })
        }),
      listNotifications: async () => ({ data: [told], nextCursor: null, hasMore: false }),
      async markNotificationsRead(which) {
        marked.push(which ?? {})
        return { unreadCount: 0 }
      },
    },
  })
  return { list, marked, letGo: () => letGo() }
}

test('what is unread is counted, and what was heard meanwhile is newer than the answer', async () => {
  const { list, letGo } = scene(3)
  const first = list.count()
  letGo()
  await first
  expect(list.getState().unread).toBe(3)
  const second = list.count()
  list.hear(change(5))
  letGo()
  await second
  expect(list.getState().unread).toBe(5)
})

test('what was seen is marked up to the newest of it, and what is read already is not marked again', async () => {
  const { list, marked } = scene(1)
  await list.markSeen(told)
  await list.markRead(told)
  await list.markRead({ ...told, readAt: told.updatedAt })
  expect(marked).toEqual([{ upTo: told.updatedAt }, { ids: ['1'] }])
  expect(list.getState().unread).toBe(0)
})

test('whoever opens a conversation has seen what they were told of there, and nothing is said where nothing is unread', async () => {
  const { list, marked, letGo } = scene(1)
  await list.look('a')
  expect(marked).toEqual([])
  const count = list.count()
  letGo()
  await count
  await list.look('a')
  expect([marked, list.getState().unread]).toEqual([[{ conversationId: 'a' }], 0])
})

test('one leads to its newest message, and to none that is gone', async () => {
  const { list } = scene(1)
  expect(await list.placeOf(told)).toBe(7)
  expect(await list.placeOf({ ...told, messages: told.messages.slice(0, 1) })).toBeNull()
  expect(await list.placeOf({ ...told, messages: [] })).toBeNull()
})
