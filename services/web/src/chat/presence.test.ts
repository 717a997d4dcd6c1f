import type { Presence } from '@parley/contracts'
import { expect, test } from 'vitest'
import { initialState } from './chat-state.ts'
import { createChatStore } from './chat-store.ts'
import { ana, conversation } from './fixtures.ts'
import { PresenceKeeper, withPresence } from './presence.ts'

const ben: Presence = { userId: 'bruno', online: true, state: 'active', lastSeenAt: null }

test('whoever may not be known of any more is forgotten', () => {
  const known = withPresence({}, [ben])
  expect(known).toEqual({ bruno: ben })
  expect(withPresence(known, [{ ...ben, online: false, state: 'unknown' }])).toEqual({})
})

test('a page says what is looked at when that changes, and asks for whom it shows, again on each socket', async () => {
  const store = createChatStore(initialState(ana))
  const said: unknown[] = []
  const asked: string[][] = []
  const due: (() => void)[] = []
  let isVisible = true
  const keeper = new PresenceKeeper({
    store,
    get: async (userIds) => {
      asked.push(userIds)
      return [ben]
    },
    set: async (one) => void said.push(one),
    isVisible: () => isVisible,
    later: (run) => {
      due.push(run)
      return () => {}
    },
  })
  const settle = async () => {
    keeper.evaluate()
    for (const run of due.splice(0)) run()
    await Promise.resolve()
  }
  await settle()
  // nobody hears it yet
  expect([said, asked]).toEqual([[], []])
  store.dispatch({ type: 'connection_changed', connection: 'online' })
  store.dispatch({ type: 'conversation_loaded', conversation: conversation() })
  await settle()
  await settle()
  expect(said).toEqual([{ state: 'active', conversationId: null }])
  expect(asked).toEqual([['bruno']])
  expect(store.getState().presence).toEqual({ bruno: ben })
  store.dispatch({ type: 'conversation_opened', conversationId: conversation().id })
  await settle()
  store.dispatch({ type: 'attention_changed', attentive: false })
  await settle()
  isVisible = false
  await settle()
  expect(said.slice(1)).toEqual([
    { state: 'active', conversationId: conversation().id },
    { state: 'active', conversationId: null },
    { state: 'away', conversationId: null },
  ])
  keeper.restart()
  await settle()
  expect([said.length, asked.length]).toEqual([5, 2])
})
