import { expect, onTestFinished, test, vi } from 'vitest'
import { browserStorage } from '../identity/browser-storage.ts'
import { memoryStorage } from '../identity/memory-storage.ts'
import type { BrowserPush } from '../net/browser-push.ts'
import { RequestFailure } from '../net/request-failure.ts'
import { WebPush } from './web-push.ts'

const subscription = { endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } }
const device = { channel: 'web_push' as const, locale: null, app: null, createdAt: '', updatedAt: '' }

/** A browser of somebody who says this when they are asked, and a server. */
function scene({ answer = 'granted' as NotificationPermission, serverHasPushes = true } = {}) {
  const storage = browserStorage(
    (
      (memory) => () =>
        memory
    )(memoryStorage()),
  )
  const heard: string[] = []
  let permission: NotificationPermission = 'default'
  let asked = 0
  const browser: BrowserPush = {
    supported: true,
    permission: () => permission,
    async ask() {
      asked++
      permission = answer
      return answer
    },
    subscribe: async (key) => {
      heard.push(`subscribed ${key}`)
      return subscription
    },
    unsubscribe: async () => void heard.push('unsubscribed'),
    takeAway: async (isOver) => void heard.push(`took away ${['one', 'two', 'report'].filter(isOver)}`),
  }
  const open = () =>
    new WebPush({
      browser,
      storage: () => storage,
      newId: () => 'device-1',
      api: {
        async getPushKey() {
          if (!serverHasPushes) throw new RequestFailure('not_supported', 'There are no pushes here')
          return { publicKey: 'key' }
        },
        async putDevice({ deviceId }) {
          heard.push(`put ${deviceId}`)
          return { id: deviceId, ...device }
        },
        async removeDevice({ deviceId }) {
          heard.push(`removed ${deviceId}`)
          return undefined
        },
      },
    })
  return { open, heard, browser, asked: () => asked, forbid: () => (permission = 'denied') }
}

test('whoever is signed out is reached no more in this browser, and again once they are back', async () => {
  const { open, heard } = scene()
  const push = open()
  push.pause()
  expect(heard).toEqual([])
  await push.turnOn()
  heard.length = 0
  push.pause()
  expect(heard).toEqual(['unsubscribed'])
  await open().resume()
  expect(heard).toEqual(['unsubscribed', 'subscribed key', 'put device-1'])
})

test('nobody is asked before they have written something, and then not by the browser but by the page', async () => {
  const { open, asked } = scene()
  const push = open()
  await push.resume()
  expect(push.getState()).toMatchObject({ status: 'off', offered: false })
  await push.offer()
  expect(push.getState()).toMatchObject({ status: 'off', offered: true })
  expect(asked()).toBe(0)
})

test('"not now" holds, also the next time', async () => {
  const { open } = scene()
  const push = open()
  await push.offer()
  push.decline()
  await push.offer()
  expect(push.getState().offered).toBe(false)
  const next = open()
  await next.offer()
  expect(next.getState().offered).toBe(false)
})

test('what the server has not is not offered', async () => {
  const { open } = scene({ serverHasPushes: false })
  const push = open()
  await push.offer()
  expect(push.getState().offered).toBe(false)
})

test('turned on, the server is told of this browser, and again each time that the page is opened', async () => {
  const { open, heard } = scene()
  const push = open()
  await push.turnOn()
  expect(push.getState()).toMatchObject({ status: 'on', busy: false, failure: null })
  const next = open()
  await next.resume()
  expect(next.getState().status).toBe('on')
  expect(heard).toEqual(['subscribed key', 'put device-1', 'subscribed key', 'put device-1'])
})

test('turned off, or signed out, nothing reaches this browser any more', async () => {
  const { open, heard } = scene()
  const push = open()
  await push.turnOff()
  expect(heard).toEqual([])
  await push.turnOn()
  await push.turnOff()
  expect(push.getState().status).toBe('off')
  expect(heard.slice(2)).toEqual(['removed device-1', 'unsubscribed'])
  await open().resume()
  expect(heard).toHaveLength(4)
})

test('who forbids it is not offered it again, and what was on is taken back at the server', async () => {
  const refusing = scene({ answer: 'denied' })
  const push = refusing.open()
  await push.offer()
  await push.turnOn()
  expect(push.getState()).toMatchObject({ status: 'denied', offered: false })
  expect(refusing.heard).toEqual([])

  const later = scene()
  await later.open().turnOn()
  later.forbid()
  const next = later.open()
  await next.resume()
  expect(next.getState().status).toBe('denied')
  expect(later.heard).toContain('removed device-1')
})

test('what fails is said, and leaves it off', async () => {
  const { open, browser } = scene()
  browser.subscribe = async () => {
    throw new DOMException('Registration failed - push service not available', 'AbortError')
  }
  const push = open()
  await push.turnOn()
  expect(push.getState()).toMatchObject({ status: 'off', busy: false })
  expect(push.getState().failure).toContain('could not be reached')
})

test('what the browser shows of what has been read, wherever, goes; where nothing is pushed nothing is asked', async () => {
  const { open, heard } = scene()
  const push = open()
  const conversations = { one: { unreadCount: 0 }, two: { unreadCount: 1 } }
  push.takeAwayRead(conversations)
  await push.turnOn()
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const before = heard.length
  // once for what changes together, and not for what has not changed
  const changed = { ...conversations }
  push.takeAwayRead({})
  push.takeAwayRead(changed)
  await vi.advanceTimersByTimeAsync(5_000)
  push.takeAwayRead(changed)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard.slice(before)).toEqual(['took away one'])
  // the next page that is opened, which knows of conversations before it knows that pushes are on
  const next = open()
  next.takeAwayRead(conversations)
  await next.resume()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard.filter((said) => said.startsWith('took away'))).toHaveLength(2)
})
