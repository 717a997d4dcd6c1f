import type { ScheduledMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION } from './fixtures.ts'
import { ScheduledMessages, scheduledIn, withScheduled } from './scheduled.ts'

const scheduled = (id: string, patch: Partial<ScheduledMessage> = {}): ScheduledMessage => ({
  id,
  status: 'scheduled',
  sendAt: '2026-05-14T10:00:00.000Z',
  message: { conversationId: CONVERSATION, content: id },
  conversationId: CONVERSATION,
  messageId: null,
  error: null,
  createdAt: '2026-05-13T10:00:00.000Z',
  updatedAt: '2026-05-13T10:00:00.000Z',
  ...patch,
})

test('what waits is shown in its conversation, the next one first, and what failed stays until somebody decides', () => {
  const error = { code: 'blocked', message: 'One of you has blocked the other' }
  const held = [
    scheduled('late', { sendAt: '2026-05-16T10:00:00.000Z' }),
    scheduled('refused', { status: 'failed', error }),
    scheduled('elsewhere', { conversationId: 'another' }),
  ].reduce(withScheduled, {})
  expect(scheduledIn(held, CONVERSATION).map(({ id }) => id)).toEqual(['refused', 'late'])
  const decided = withScheduled(held, scheduled('refused', { status: 'cancelled' }))
  expect(scheduledIn(decided, CONVERSATION).map(({ id }) => id)).toEqual(['late'])
  expect(scheduledIn(withScheduled(decided, scheduled('late', { status: 'sent' })), CONVERSATION)).toEqual([])
  // what waits for somebody to look at it is no longer waiting for its time
  const looked = scheduled('late', { status: 'failed', message: null })
  expect(scheduledIn(withScheduled(decided, looked), CONVERSATION)).toEqual([])
})

test('what is told late does not undo what came after it', () => {
  const after = scheduled('one', { sendAt: '2026-05-17T10:00:00.000Z', updatedAt: '2026-05-13T11:00:00.000Z' })
  const held = withScheduled({}, after)
  expect(withScheduled(held, scheduled('one'))).toBe(held)
})

test('a list that was read before something changed does not undo that', async () => {
  const store = createChatStore()
  let answer = (_listed: readonly ScheduledMessage[]) => {}
  const list = () => new Promise<readonly ScheduledMessage[]>((resolve) => (answer = resolve))
  const never = () => Promise.reject(new Error('not asked for'))
  const messages = new ScheduledMessages({ store, list, schedule: never, update: never, cancel: never })
  const hear = (told: ScheduledMessage) => store.dispatch({ type: 'scheduled_changed', scheduled: told })
  const ids = () => Object.keys(store.getState().scheduled).sort()
  for (const id of ['cancelled', 'moved', 'sent elsewhere']) hear(scheduled(id))

  const loaded = messages.load()
  hear(scheduled('new'))
  hear(scheduled('cancelled', { status: 'cancelled' }))
  const moved = scheduled('moved', { sendAt: '2026-05-17T10:00:00.000Z', updatedAt: '2026-05-13T11:00:00.000Z' })
  hear(moved)
  answer(['cancelled', 'moved', 'from before'].map((id) => scheduled(id)))
  await loaded
  expect(ids()).toEqual(['from before', 'moved', 'new'])
  expect(store.getState().scheduled.moved).toBe(moved)
})
