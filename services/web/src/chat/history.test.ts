import type { Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { History } from './history.ts'

/** A conversation of nine messages, the last two of which Ana has deleted for herself. */
function setUp(loaded: number) {
  const store = createChatStore(openState(loaded))
  const kept = Array.from({ length: 7 }, (_, index) => message(index + 1))
  store.dispatch({ type: 'conversation_loaded', conversation: conversation({ lastSeq: 9, lastMessage: kept.at(-1)! }) })
  let meanwhile = () => {}
  const history = new History(store, async ({ after = 0, limit = 50 }) => {
    meanwhile()
    const found = kept.filter(({ seq }) => seq > after)
    return { data: found.slice(0, limit), hasMore: found.length > limit, nextCursor: null, prevCursor: null }
  })
  return {
    store,
    history,
    isAtEnd: () => store.getState().timelines[CONVERSATION]?.partial === false,
    /** While a page is on its way. */
    arrives: (one: Message) => {
      meanwhile = () => store.dispatch({ type: 'message_arrived', message: one })
    },
  }
}

test('a conversation whose last messages its reader has deleted is shown at its end, by each way to there', async () => {
  const latest = setUp(3)
  await latest.history.loadLatest(CONVERSATION)
  expect([seqs(latest.store.getState()), latest.isAtEnd()]).toEqual([[1, 2, 3, 4, 5, 6, 7], true])
  const onwards = setUp(3)
  await onwards.history.loadNewer(CONVERSATION)
  expect([seqs(onwards.store.getState()), onwards.isAtEnd()]).toEqual([[1, 2, 3, 4, 5, 6, 7], true])
})

test('what arrives there while the page is on its way is behind it', async () => {
  const { store, history, arrives, isAtEnd } = setUp(3)
  arrives(message(10))
  await history.loadLatest(CONVERSATION)
  expect([seqs(store.getState()), isAtEnd()]).toEqual([[1, 2, 3, 4, 5, 6, 7, 10], true])
})
