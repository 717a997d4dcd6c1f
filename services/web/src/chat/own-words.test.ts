import type { Conversation } from '@parley/contracts'
import { expect, test, vi } from 'vitest'
import { browserStorage, storageOf } from '../identity/browser-storage.ts'
import { browserTab } from '../identity/browser-tab.ts'
import { memoryStorage } from '../identity/memory-storage.ts'
import { createChatStore } from './chat-store.ts'
import { ana, CONVERSATION, message, noFiles, openState } from './fixtures.ts'
import { Outbox } from './outbox.ts'
import { needsChange, type Outgoing, unsentState } from './outgoing.ts'
import { keepOwnWords } from './own-words.ts'
import { replyPreviewOf } from './replies.ts'

let tabs = 0
/** Tabs that all are closed by the time another is opened. */
const alone = () => ({ id: `tab ${++tabs}`, whenClosed: (_id: string, act: () => void) => act() })

/** One tab of Ana's browser. */
function tab(memory: Storage, online = true, browserTab = alone()) {
  const store = createChatStore(openState(3))
  const sent: Outgoing[] = []
  const network = { online }
  const onUnkept = vi.fn()
  const outbox = new Outbox({
    store,
    files: noFiles,
    send: async (entry) => {
      sent.push(entry)
      return message(3 + sent.length, 'ana', { content: entry.content, clientId: entry.clientId })
    },
    online: () => network.online,
    wait: () => Promise.resolve(),
  })
  const words = keepOwnWords(
    store,
    storageOf(
      ana,
      browserStorage(() => memory),
    ),
    { tab: browserTab, onUnkept, onAdopted: () => outbox.resume() },
  )
  const entries = () => store.getState().outgoing[CONVERSATION] ?? []
  const draft = (text: string) => store.dispatch({ type: 'draft_changed', conversationId: CONVERSATION, text })
  return { store, outbox, sent, network, words, entries, draft, onUnkept }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))
const refuse = (store: ReturnType<typeof tab>['store'], clientId: string, code: 'invalid_input' | 'blocked') =>
  store.dispatch({ type: 'send_failed', conversationId: CONVERSATION, clientId, code, detail: 'no', retryable: false })

test('what was queued when the tab was closed is sent by the next one, once, in its order and under the same ids', async () => {
  const memory = memoryStorage()
  const closed = tab(memory, false)
  for (const content of ['one', 'two', 'three']) {
    closed.outbox.write(CONVERSATION, content)
    await settled()
  }
  const ids = closed.entries().map(({ clientId }) => clientId)
  closed.words[Symbol.dispose]()

  const next = tab(memory)
  next.outbox.resume()
  await settled()
  expect(next.sent.map(({ content }) => content)).toEqual(['one', 'two', 'three'])
  expect(next.sent.map(({ clientId }) => clientId)).toEqual(ids)
  expect(memory.length).toBe(0)
  expect(tab(memory).entries()).toEqual([])
})

test('a refused message is still there, and still refused, in the next tab; editing it makes a draft of it', async () => {
  const memory = memoryStorage()
  const first = tab(memory, false)
  first.outbox.write(CONVERSATION, 'much too long')
  const [{ clientId }] = first.entries() as [Outgoing]
  refuse(first.store, clientId, 'invalid_input')

  const next = tab(memory)
  next.outbox.resume()
  await settled()
  expect(next.sent).toEqual([])
  expect(next.entries()).toMatchObject([{ clientId, state: 'failed', code: 'invalid_input' }])
  expect(unsentState(next.entries())).toBe('failed')
  expect(needsChange(next.entries()[0]!)).toBe(true)
  next.draft('begun since')
  next.outbox.reopen(CONVERSATION, clientId)
  expect(next.entries()).toEqual([])
  expect(tab(memory).store.getState().drafts).toEqual({ [CONVERSATION]: 'much too long\nbegun since' })
})

test('a refusal that may pass can be tried as it is', () => {
  const one = tab(memoryStorage(), false)
  one.outbox.write(CONVERSATION, 'hello')
  refuse(one.store, one.entries()[0]!.clientId, 'blocked')
  expect(needsChange(one.entries()[0]!)).toBe(false)
})

test('a draft outlives the tab, and an emptied one does not', () => {
  const memory = memoryStorage()
  tab(memory).draft('half a sent')
  const next = tab(memory)
  expect(next.store.getState().drafts[CONVERSATION]).toBe('half a sent')
  next.draft('')
  expect(Object.keys(tab(memory).store.getState().drafts)).toEqual([])
  next.store.dispatch({ type: 'draft_saved', conversationId: CONVERSATION, text: '', replyTo: null })
  expect(memory.length).toBe(0)
})

test('what was sent just before the tab was closed is no draft in the next one, and what came from elsewhere since is', async () => {
  const own = openState(3).conversations[CONVERSATION]!
  /** A tab that knows no conversation yet, and then this one, with what the server has as its draft. */
  const tabWith = (memory: Storage, content: string, updatedAt: string) => {
    const store = createChatStore()
    const storage = browserStorage(() => memory)
    const words = keepOwnWords(store, storageOf(ana, storage), {
      ...{ tab: alone(), onUnkept: () => {}, onAdopted: () => {} },
    })
    const conversation = { ...own, me: { ...own.me, draft: { content, replyTo: null, updatedAt } } }
    store.dispatch({ type: 'conversation_loaded', conversation: conversation as Conversation })
    return { store, words }
  }
  const memory = memoryStorage()
  const [sent, before, later] = ['see you at ten', '2026-01-01T10:00:00.000Z', '2026-01-01T11:00:00.000Z']
  const closed = tabWith(memory, sent, before)
  expect(closed.store.getState().drafts).toEqual({ [CONVERSATION]: sent })
  closed.store.dispatch({ type: 'draft_changed', conversationId: CONVERSATION, text: '' })
  closed.words[Symbol.dispose]()

  const next = tabWith(memory, sent, before)
  expect([next.store.getState().drafts, next.store.getState().unsaved]).toEqual([{}, { [CONVERSATION]: true }])
  next.words[Symbol.dispose]()

  const { store } = tabWith(memory, 'written on the phone', later)
  expect([store.getState().drafts, store.getState().unsaved]).toEqual([{ [CONVERSATION]: 'written on the phone' }, {}])
  expect(memory.length).toBe(0)
})

test('what cannot be stored is said to be at risk, once, until it is sent', async () => {
  const one = tab(memoryStorage(10), false)
  one.outbox.write(CONVERSATION, 'there is no room for this')
  one.outbox.write(CONVERSATION, 'nor for this')
  expect(one.words.atRisk).toBe(true)
  expect(one.onUnkept).toHaveBeenCalledTimes(1)
  one.network.online = true
  one.outbox.resume()
  await settled()
  expect(one.sent).toHaveLength(2)
  expect(one.words.atRisk).toBe(false)
})

test('what others have put into the storage does no harm', () => {
  const memory = memoryStorage()
  const mine = storageOf(
    ana,
    browserStorage(() => memory),
  )
  for (const [key, value] of [
    ['unsent/a', 'no JSON'],
    ['unsent/b', '{"clientId":1}'],
    ['unsent/c', 'null'],
    ['else', 'x'],
  ] as const)
    mine.set(key, value)
  expect(tab(memory).entries()).toEqual([])
})

test('what an unsaved draft answers is still answered in the next tab, and nothing of it is left when it is saved', () => {
  const memory = memoryStorage()
  const closed = tab(memory)
  const replyTo = replyPreviewOf(message(2))
  closed.draft('yes')
  closed.store.dispatch({ type: 'reply_chosen', conversationId: CONVERSATION, replyTo })
  closed.words[Symbol.dispose]()

  const next = tab(memory)
  expect(next.store.getState().replies[CONVERSATION]).toEqual(replyTo)
  next.store.dispatch({ type: 'draft_saved', conversationId: CONVERSATION, text: 'yes', replyTo: replyTo.id })
  expect(memory.length).toBe(0)
})

/** The locks of one browser, each held until its tab is closed. */
function locksOfBrowser() {
  const queues = new Map<string, Promise<unknown>>()
  const open = (id: string) => {
    let close = () => {}
    const closed = new Promise<void>((resolve) => {
      close = resolve
    })
    const request = async (name: string, act: () => unknown) => {
      const turn = (queues.get(name) ?? Promise.resolve()).then(() => Promise.race([act(), closed]))
      queues.set(name, turn)
      return turn
    }
    return { close, tab: browserTab(id, { request } as unknown as LockManager) }
  }
  return { open }
}

test('what one tab still sends is nothing to another, and when that one is closed just one of those that are left sends it', async () => {
  const memory = memoryStorage()
  const { open } = locksOfBrowser()
  const [a, b, c] = [open('a'), open('b'), open('c')]
  const first = tab(memory, false, a.tab)
  first.outbox.write(CONVERSATION, 'hello')
  const others = [tab(memory, true, b.tab), tab(memory, true, c.tab)]
  await settled()
  expect(others.map((one) => one.entries())).toEqual([[], []])
  first.words[Symbol.dispose]()
  a.close()
  await settled()
  await settled()
  expect(others.map(({ sent }) => sent.map(({ content }) => content)).sort()).toEqual([[], ['hello']])
  expect(memory.length).toBe(0)
})

test('a browser without locks keeps what a closed tab had not sent', () => {
  const memory = memoryStorage()
  tab(memory, false, browserTab('a', undefined)).outbox.write(CONVERSATION, 'hello')
  expect(tab(memory, false, browserTab('b', undefined)).entries()).toMatchObject([{ content: 'hello' }])
})

test('whoever signs in again in the same tab has what was not sent before', () => {
  const memory = memoryStorage()
  const { tab: same } = locksOfBrowser().open('a')
  const before = tab(memory, false, same)
  before.outbox.write(CONVERSATION, 'hello')
  before.words[Symbol.dispose]()
  expect(tab(memory, false, same).entries()).toMatchObject([{ content: 'hello' }])
})
