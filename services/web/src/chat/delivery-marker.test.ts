import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { createChatStore } from './chat-store.ts'
import { DeliveryMarker } from './delivery-marker.ts'
import { CONVERSATION, conversation, message, openState } from './fixtures.ts'

/** Ana's page at the end of one conversation, and what it tells the server of those that it holds. */
function setUp() {
  const store = createChatStore(openState(3))
  store.dispatch({ type: 'connection_changed', connection: 'online' })
  const told: [string, number][] = []
  const refused = new Map<string, RequestFailure>()
  const marker = new DeliveryMarker(store, async (conversationId, seq) => {
    told.push([conversationId, seq])
    const failure = refused.get(conversationId)
    if (failure) throw failure
    return { lastDeliveredSeq: seq }
  })
  store.subscribe(() => void marker.evaluate())
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  return {
    store,
    told,
    refused,
    settle,
    /** Another conversation, with something that has not been read. */
    comes: async (id: string) => {
      const { me } = conversation()
      store.dispatch({
        type: 'conversation_loaded',
        conversation: conversation({ id, lastSeq: 5, me, unreadCount: 5 }),
      })
      await settle()
    },
    arrives: async (seq: number, conversationId = CONVERSATION) => {
      store.dispatch({ type: 'message_arrived', message: message(seq, 'bruno', { conversationId }) })
      await settle()
    },
  }
}

test('what is refused of one conversation keeps nothing from the others, and is said again with what is new there', async () => {
  const { comes, arrives, told, refused } = setUp()
  refused.set('one', new RequestFailure('forbidden', 'Not here'))
  await comes('one')
  await comes('two')
  expect(told).toEqual([
    ['one', 5],
    ['two', 5],
  ])
  refused.clear()
  await arrives(6, 'one')
  expect(told.at(-1)).toEqual(['one', 6])
})

test('what comes before the eyes of somebody who then looks away is said', async () => {
  const { store, arrives, settle, told } = setUp()
  store.dispatch({ type: 'following_changed', following: true })
  await arrives(4)
  expect(told).toEqual([])
  store.dispatch({ type: 'attention_changed', attentive: false })
  await settle()
  expect(told).toEqual([[CONVERSATION, 4]])
})
