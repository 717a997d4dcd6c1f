import type { Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { History, type MessageSource } from './history.ts'
import { liveHandlers } from './live-events.ts'

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

/** A group of a thousand messages, of which no page comes before the test lets it. */
function setUpLong() {
  const store = createChatStore(openState(3))
  let last = 1000
  store.dispatch({ type: 'conversation_loaded', conversation: conversation({ lastSeq: last }) })
  const asked: { query: Parameters<MessageSource>[0]; answer(): Promise<void>; fail(): Promise<void> }[] = []
  const history = new History(store, (query) => {
    const { around, after, limit = 50 } = query
    const first = around ? around - limit / 2 : after ? after + 1 : last - limit + 1
    const length = Math.min(limit, last - first + 1)
    const data = Array.from({ length }, (_, index) => message(first + index))
    return new Promise((resolve, reject) => {
      const settled = () => new Promise<void>((done) => setTimeout(done))
      const answer = () => {
        resolve({ data, hasMore: true, nextCursor: null })
        return settled()
      }
      const fail = () => {
        reject(new Error('away'))
        return settled()
      }
      asked.push({ query, answer, fail })
    })
  })
  const handlers = liveHandlers({ store, history } as unknown as Parameters<typeof liveHandlers>[0])
  return {
    ...{ store, history, asked },
    ends: () => {
      const all = seqs(store.getState())
      return [all[0], all.at(-1), all.length]
    },
    sends: (seq: number) => {
      last = seq
      handlers.new_message(message(seq))
    },
  }
}

test('what is sent while a stretch of the history is shown makes no hole in it, whatever page comes first', async () => {
  const { history, asked, ends, sends } = setUpLong()
  void history.loadAround(CONVERSATION, 500)
  await asked[0]!.answer()
  expect(ends()).toEqual([475, 524, 50])
  void history.loadLatest(CONVERSATION)
  sends(1001)
  for (const { answer } of asked.slice(1)) await answer()
  expect(asked.map(({ query }) => query.after)).toEqual([undefined, undefined])
  expect(ends()).toEqual([951, 1000, 50])
})

test('what was missed at the end is put nowhere else: the reader may have gone elsewhere meanwhile', async () => {
  const { history, asked, ends, sends } = setUpLong()
  void history.loadLatest(CONVERSATION)
  await asked[0]!.answer()
  sends(1003)
  expect(asked[1]!.query).toMatchObject({ after: 1000 })
  void history.loadAround(CONVERSATION, 500)
  await asked[2]!.answer()
  await asked[1]!.answer()
  expect(ends()).toEqual([475, 524, 50])
})

test('of two jumps the later one counts, whichever page comes first, and what fails of the earlier one is not said', async () => {
  for (const ending of ['answer', 'fail'] as const) {
    const { store, history, asked, ends } = setUpLong()
    void history.loadLatest(CONVERSATION)
    await asked[0]!.answer()
    void history.goTo(CONVERSATION, 500)
    void history.goTo(CONVERSATION, 200)
    void history.goTo(CONVERSATION, 200)
    expect(asked.map(({ query }) => query.around)).toEqual([undefined, 500, 200])
    await asked[2]!.answer()
    expect(ends()).toEqual([175, 224, 50])
    await asked[1]![ending]()
    expect([ends(), store.getState().timelines[CONVERSATION]?.detail]).toEqual([[175, 224, 50], null])
  }
})

test('whoever jumps to what is there stays there, whatever was asked for before', async () => {
  const { history, asked, ends } = setUpLong()
  void history.loadLatest(CONVERSATION)
  await asked[0]!.answer()
  void history.goTo(CONVERSATION, 500)
  void history.goTo(CONVERSATION, 980)
  await asked[1]!.answer()
  expect(ends()).toEqual([951, 1000, 50])
  void history.goTo(CONVERSATION, 500)
  await asked[2]!.answer()
  expect(ends()).toEqual([475, 524, 50])
})
