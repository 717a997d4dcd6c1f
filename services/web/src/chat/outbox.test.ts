import type { Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION, message, noFiles, openState } from './fixtures.ts'
import { Outbox } from './outbox.ts'
import type { Outgoing } from './outgoing.ts'

function setUp(answer: (entry: Outgoing, call: number) => Message) {
  const store = createChatStore(openState(3))
  const sent: Outgoing[] = []
  const network = { online: true }
  const outbox = new Outbox({
    store,
    send: async (entry) => {
      sent.push(entry)
      await Promise.resolve()
      return answer(entry, sent.length)
    },
    files: noFiles,
    online: () => network.online,
    wait: () => Promise.resolve(),
  })
  const entries = () => store.getState().outgoing[CONVERSATION] ?? []
  const idle = () => new Promise((resolve) => setTimeout(resolve, 5))
  return { store, outbox, sent, network, entries, idle }
}
const accept = (entry: Outgoing, call: number) =>
  message(3 + call, 'ana', { content: entry.content, clientId: entry.clientId })

test('messages go out one at a time, in the order in which they were written', async () => {
  const { outbox, sent, entries, idle } = setUp(accept)
  for (const content of ['one', 'two', 'three']) outbox.write(CONVERSATION, content)
  expect(sent).toHaveLength(1)
  await idle()
  expect(sent.map(({ content }) => content)).toEqual(['one', 'two', 'three'])
  expect(entries()).toEqual([])
})

test('a lost acknowledgement is asked for again under the same clientId', async () => {
  const { outbox, sent, entries, idle } = setUp((entry, call) => {
    if (call < 3) throw new RequestFailure('timeout', 'late')
    return accept(entry, 1)
  })
  outbox.write(CONVERSATION, 'hello')
  await idle()
  expect(sent).toHaveLength(3)
  expect(new Set(sent.map(({ clientId }) => clientId)).size).toBe(1)
  expect(entries()).toEqual([])
})

test('what was written offline waits and goes out when the connection is back', async () => {
  const { outbox, sent, network, entries, idle } = setUp(accept)
  network.online = false
  outbox.write(CONVERSATION, 'one')
  outbox.write(CONVERSATION, 'two')
  await idle()
  expect(sent).toHaveLength(0)
  expect(entries().map(({ state }) => state)).toEqual(['sending', 'sending'])
  network.online = true
  outbox.resume()
  await idle()
  expect(sent.map(({ content }) => content)).toEqual(['one', 'two'])
})

test('a connection that breaks during a send resumes with the same clientId', async () => {
  const { outbox, sent, network, idle, entries } = setUp((entry, call) => {
    if (call > 1) return accept(entry, 1)
    network.online = false
    throw new RequestFailure('disconnected', 'lost')
  })
  outbox.write(CONVERSATION, 'hello')
  await idle()
  expect(entries()[0]).toMatchObject({ state: 'sending' })
  network.online = true
  outbox.resume()
  await idle()
  expect(sent[1]?.clientId).toBe(sent[0]?.clientId)
  expect(entries()).toEqual([])
})

test('a refusal fails at once, lets the next message pass, and is not repeated on reconnecting', async () => {
  const { outbox, sent, entries, idle } = setUp((entry, call) => {
    if (entry.content === 'bad') throw new RequestFailure('forbidden', 'You may not write here')
    return accept(entry, call)
  })
  outbox.write(CONVERSATION, 'bad')
  outbox.write(CONVERSATION, 'good')
  await idle()
  outbox.resume()
  await idle()
  expect(sent.map(({ content }) => content)).toEqual(['bad', 'good'])
  expect(entries()).toMatchObject([{ content: 'bad', state: 'failed', detail: 'You may not write here' }])
})

test('a server that stays unavailable ends in a failure, which reconnecting or a person retries', async () => {
  let up = false
  const { outbox, sent, entries, idle } = setUp((entry) => {
    if (!up) throw new RequestFailure('unavailable', 'Try again later')
    return accept(entry, 1)
  })
  outbox.write(CONVERSATION, 'hello')
  await idle()
  expect(sent).toHaveLength(4)
  expect(entries()).toMatchObject([{ state: 'failed', retryable: true }])
  up = true
  outbox.resume()
  await idle()
  expect(entries()).toEqual([])
})

test('what is held for review waits without being repeated, and what somebody decides is what becomes of it', async () => {
  let verdict: 'held_for_review' | 'rejected_by_host' = 'held_for_review'
  const { outbox, sent, entries, idle } = setUp(() => {
    throw new RequestFailure(verdict, 'Somebody has to look at it')
  })
  for (const content of ['one', 'two', 'three']) outbox.write(CONVERSATION, content)
  await idle()
  expect(entries().map(({ state }) => state)).toEqual(['held', 'held', 'held'])
  const [one, two] = entries().map(({ clientId }) => clientId)
  const told = {
    ...{ id: 'held-1', conversationId: CONVERSATION, senderId: 'ana', message: null, messageId: null },
    ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
  }
  expect(outbox.decided({ ...told, clientId: one!, status: 'released', error: null })).toBe(true)
  const error = { code: 'rejected_by_host', message: 'No numbers' }
  expect(outbox.decided({ ...told, clientId: two!, status: 'refused', error })).toBe(true)
  expect(outbox.decided({ ...told, clientId: 'of another device', status: 'released', error: null })).toBe(false)
  expect(entries()).toMatchObject([
    { content: 'two', state: 'failed', detail: 'No numbers', retryable: false },
    { content: 'three', state: 'held' },
  ])
  // what was decided while nobody was connected is answered under the same key
  expect(sent).toHaveLength(3)
  verdict = 'rejected_by_host'
  outbox.resume()
  await idle()
  expect(sent.map(({ content }) => content)).toEqual(['one', 'two', 'three', 'three'])
  expect(entries().map(({ state }) => state)).toEqual(['failed', 'failed'])
})
