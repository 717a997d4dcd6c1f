import type { Message } from '@parley/contracts'
import { expect, test, vi } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { createChatStore } from './chat-store.ts'
import { message, openState } from './fixtures.ts'
import { PendingChanges } from './pending-changes.ts'

const original = message(3, 'ana', { content: 'first' })
const late = () => new RequestFailure('timeout', 'The server took too long to answer')

function setUp(answer: (content: string, call: number) => Message | Error) {
  const store = createChatStore(openState(3))
  store.dispatch({ type: 'message_updated', message: { ...original, rev: 1 } })
  const asked: string[] = []
  const notices: string[] = []
  const server = { message: { ...original, rev: 1 } as Message }
  const act = async (content: string) => {
    asked.push(content)
    const result = answer(content, asked.length)
    if (result instanceof Error) throw result
    return result
  }
  const changes = new PendingChanges({
    store,
    edit: (_id, content) => act(content),
    remove: () => act('(delete)'),
    message: async () => server.message,
    notify: (text) => notices.push(text),
    connected: () => true,
  })
  const pending = () => store.getState().changes[original.id]
  const says = () => store.getState().timelines[original.conversationId]?.messages.find(({ seq }) => seq === 3)?.content
  return { store, changes, asked, notices, server, pending, says }
}
let rev = 1
const saying = (content: string) => ({ ...original, content, rev: ++rev })

test('a change is shown until the server has made it', async () => {
  const { changes, pending, says } = setUp(saying)
  const done = changes.edit(original, 'second')
  expect(pending()).toMatchObject({ state: 'asked', content: 'second', before: 'first' })
  await done
  expect(pending()).toBeUndefined()
  expect(says()).toBe('second')
})

test('a change that nobody answers may still happen: it stays in sight until the message says so', async () => {
  const { changes, pending } = setUp(late)
  await changes.edit(original, 'second')
  expect(pending()?.state).toBe('unknown')
  changes.heard(saying('second'))
  expect(pending()).toBeUndefined()
})

test('a change that was taken back is taken back again when the server makes it late', async () => {
  let frozen = true
  const { changes, asked, pending } = setUp((content) => (frozen ? late() : saying(content)))
  await changes.edit(original, 'second')
  frozen = false
  await changes.takeBack(original.id)
  expect(asked).toEqual(['second', 'first'])
  expect(pending()).toBeUndefined()
  changes.heard(saying('second'))
  await vi.waitFor(() => expect(asked).toEqual(['second', 'first', 'first']))
  // Not for ever: what one writes anew is meant.
  await changes.edit(original, 'second')
  changes.heard(saying('second'))
  expect(asked).toEqual(['second', 'first', 'first', 'second'])
})

test('taking back while the server still does not answer goes on when the connection is back', async () => {
  let frozen = true
  const { changes, asked, pending } = setUp((content) => (frozen ? late() : saying(content)))
  await changes.edit(original, 'second')
  await changes.takeBack(original.id)
  expect(pending()?.state).toBe('undoing')
  frozen = false
  changes.resume()
  await vi.waitFor(() => expect(pending()).toBeUndefined())
  expect(asked.at(-1)).toBe('first')
})

test('what was changed otherwise since keeps its newer words, whether an edit or its taking back was not certain', async () => {
  for (const isTakenBack of [false, true]) {
    const { changes, asked, notices, server, pending, says } = setUp(late)
    await changes.edit(original, 'second')
    if (isTakenBack) await changes.takeBack(original.id)
    const before = [...asked]
    server.message = saying('third, of the phone')
    changes.resume()
    await vi.waitFor(() => expect(pending()).toBeUndefined())
    expect([asked, says(), notices.length]).toEqual([before, 'third, of the phone', 1])
  }
})

test('an edit that nobody answered is asked for again where the message still says what it said, and not where it is made', async () => {
  for (const [content, again] of [
    ['first', ['second']],
    ['second', []],
  ] as const) {
    let frozen = true
    const { changes, asked, notices, server, pending } = setUp((said) => (frozen ? late() : saying(said)))
    await changes.edit(original, 'second')
    frozen = false
    server.message = saying(content)
    changes.resume()
    await vi.waitFor(() => expect(pending()).toBeUndefined())
    expect([asked, notices]).toEqual([['second', ...again], []])
  }
})

test('a refused change keeps its words, and says why', async () => {
  const { changes, pending } = setUp(() => new RequestFailure('edit_window_closed', 'Too late to edit'))
  await changes.edit(original, 'second')
  expect(pending()).toMatchObject({ state: 'refused', content: 'second', detail: 'Too late to edit' })
  changes.dismiss(original.id)
  expect(pending()).toBeUndefined()
})

test('a deletion that nobody answered is asked for again when the connection is back', async () => {
  let frozen = true
  const { changes, asked, pending } = setUp(() =>
    frozen ? late() : { ...saying(''), deletedAt: '2026-01-03T00:00:00Z' },
  )
  await changes.remove(original)
  expect(pending()).toMatchObject({ kind: 'delete', state: 'unknown' })
  frozen = false
  changes.resume()
  await vi.waitFor(() => expect(pending()).toBeUndefined())
  expect(asked).toEqual(['(delete)', '(delete)'])
})
