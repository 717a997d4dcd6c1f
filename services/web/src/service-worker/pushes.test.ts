import { expect, test } from 'vitest'
import { type OpenConversation, onClick, onPush, type PushScope } from './pushes.ts'

const page = 'https://parley.example/chat/'

/** A browser that shows one notification for each tag, as browsers do. */
function browser(windows: { url: string; focused: boolean }[] = []) {
  const shown = new Map<string, { title: string; body: string }>()
  const done: string[] = []
  const said: OpenConversation[] = []
  let badge: number | null = null
  const scope: PushScope = {
    page,
    show: async (title, { body, tag }) => shown.set(tag, { title, body }),
    shown: async (tag) => (shown.has(tag) ? [{ close: () => shown.delete(tag) }] : []),
    setBadge: async (count) => {
      badge = count
    },
    windows: async () =>
      windows.map((window) => ({
        ...window,
        focus: async () => done.push(`focused ${window.url}`),
        postMessage: (message) => said.push(message),
      })),
    open: async (url) => done.push(`opened ${url}`),
  }
  return { scope, shown, done, said, badge: () => badge }
}

const push = (tag: string, more: object) => JSON.stringify({ id: '1', tag, data: { conversationId: tag }, ...more })

test('a conversation has one notification, which is withdrawn with the badge when it was read elsewhere', async () => {
  const { scope, shown, badge } = browser()
  await onPush(scope, push('a', { type: 'notify', title: 'Ben', body: 'One', badge: 1 }))
  await onPush(scope, push('b', { type: 'notify', title: 'Sam', body: 'Other', badge: 2 }))
  await onPush(scope, push('a', { type: 'notify', title: 'Ben', body: 'Two', badge: 3 }))
  expect([...shown.values()].map(({ body }) => body)).toEqual(['Two', 'Other'])
  await onPush(scope, push('a', { type: 'withdraw', badge: 1 }))
  expect([...shown.keys()]).toEqual(['b'])
  expect(badge()).toBe(1)
})

test('a badge that the browser refuses keeps no notification back, and what is no push of ours shows nothing', async () => {
  const { scope, shown } = browser()
  scope.setBadge = async () => {
    throw new Error('not installed')
  }
  await onPush(scope, push('a', { type: 'notify', title: 'Ben', body: 'One', badge: 1 }))
  for (const text of ['', 'hello', '{}', 'null', JSON.stringify({ type: 'notify', title: 'No tag' })])
    await onPush(scope, text)
  expect([...shown.keys()]).toEqual(['a'])
})

test('a click goes to the window that is there, and opens one where none is', async () => {
  const there = browser([
    { url: 'https://parley.example/elsewhere', focused: true },
    { url: `${page}#/c/x`, focused: false },
  ])
  await onClick(there.scope, { conversationId: 'a', url: null })
  expect(there.done).toEqual([`focused ${page}#/c/x`])
  expect(there.said).toEqual([{ type: 'open_conversation', conversationId: 'a' }])

  const none = browser()
  await onClick(none.scope, { conversationId: 'a b', url: null })
  await onClick(none.scope, { conversationId: null, url: null })
  expect(none.done).toEqual([`opened ${page}#/c/a%20b`, `opened ${page}`])
})

test('where the host has a page of its own, a click leads there', async () => {
  const { scope, done } = browser([{ url: page, focused: true }])
  await onClick(scope, { conversationId: 'a', url: 'https://shop.example/messages/a' })
  expect(done).toEqual(['opened https://shop.example/messages/a'])
})
