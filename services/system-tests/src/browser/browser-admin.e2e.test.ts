import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeadEvent } from '@parley/contracts'
import { openTestBrowser } from '@parley/notifier/testing'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { violations } from './axe.ts'
import { ask, launchBrowser, openWindow, tokenOf, writeAs } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
const complaints: string[] = []

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder, { NOTIFY_DELAY_MS: '300' }), launchBrowser()])
}, 300_000)
beforeEach(() => {
  complaints.length = 0
})
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

async function openAdmin(): Promise<Page> {
  const mia = await openWindow(browser, standalone.url, 'mia')
  mia.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  await mia.getByTestId('moderate').click()
  return mia
}

test('an admin adds a webhook, keeps its secret and the next, sees what it was sent, has it sent again, and lets it go', async () => {
  const types: unknown[] = []
  let signatures = 0
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      types.push(JSON.parse(body).type)
      signatures = `${request.headers['webhook-signature']}`.split(' ').length
      response.end('thank you')
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`
  const mia = await openAdmin()
  await mia.getByTestId('tab-webhooks').click()
  await mia.getByTestId('create-webhook').click()
  await mia.getByTestId('webhook-url').fill(address)
  await mia.getByTestId('webhook-everything').uncheck()
  await mia.getByTestId('webhook-participant.joined').check()
  const found = await violations(mia, 'adding a webhook')
  await mia.getByTestId('save-webhook').click()
  const secret = mia.getByTestId('webhook-secret').filter({ hasText: /^whsec_/ })
  const firstSecret = await secret.textContent()
  found.push(...(await violations(mia, 'secret of a webhook')))
  await mia.getByTestId('secret-kept').click()
  const card = mia.getByTestId('webhook').filter({ hasText: address }).filter({ hasText: 'Told of participant.joined' })
  found.push(...(await violations(mia, 'webhooks')))

  await card.getByTestId('test-webhook').click()
  const sent = mia.getByTestId('delivery').and(mia.locator('[data-status=delivered]'))
  await sent.locator('summary').click()
  await sent.getByText('Answered 200').waitFor()
  await sent.getByTestId('delivery-body').filter({ hasText: '"type": "webhook.test"' }).waitFor()
  found.push(...(await violations(mia, 'deliveries')))
  // On a phone an address is as wide as the page, and the tab that is open is seen though it is among the last.
  await mia.setViewportSize({ width: 360, height: 740 })
  const title = await mia.getByRole('heading', { name: address }).boundingBox()
  expect(title!.width).toBeGreaterThan(200)
  const tab = () => mia.getByTestId('tab-webhooks').boundingBox()
  await expect.poll(async () => (await tab())!.x + (await tab())!.width).toBeLessThanOrEqual(360)
  await mia.setViewportSize({ width: 1200, height: 760 })
  await sent.getByTestId('replay-delivery').click()
  await expect.poll(() => types).toEqual(['webhook.test', 'webhook.test'])
  await sent.waitFor()
  await mia.getByTestId('replay-range').click()
  await mia.getByTestId('replay-status').selectOption('delivered')
  await mia.getByTestId('replay').click()
  await mia.getByText('One delivery is sent again.').waitFor()
  await expect.poll(() => types.length).toBe(3)
  await mia.getByTestId('replay-to').fill('2020-01-01T00:00')
  expect(await mia.getByTestId('replay').isDisabled()).toBe(true)
  found.push(...(await violations(mia, 'sending again what happened in a time')))
  expect(signatures).toBe(1)

  await mia.getByTestId('to-webhooks').click()
  await card.getByTestId('rotate-webhook').click()
  await mia.getByTestId('confirm-rotate-webhook').click()
  expect(await secret.textContent()).not.toBe(firstSecret)
  await mia.getByTestId('secret-kept').click()
  expect(await mia.getByTestId('webhook-secret').count()).toBe(0)
  await card.getByText('Signed with its former secret as well until').waitFor()
  await card.getByTestId('test-webhook').click()
  await expect.poll(() => [types.length, signatures]).toEqual([4, 2])
  await mia.getByTestId('to-webhooks').click()
  await card.getByTestId('turn-webhook').click()
  await card.getByText('Off', { exact: true }).waitFor()
  await card.getByTestId('delete-webhook').click()
  await mia.getByTestId('confirm-delete-webhook').click()
  await card.waitFor({ state: 'detached' })
  expect(found).toEqual([])
  expect(complaints).toEqual([])
  await mia.context().close()
  receiver.close()
})

test('an admin sees what reached nobody and what could not be handled, and has both tried again', async () => {
  const { url } = standalone
  const away = `away-${randomUUID().slice(0, 8)}`
  const token = await tokenOf(url, away)
  const { publicKey } = (await ask(url, { method: 'GET', path: '/v1/push-key', token })) as { publicKey: string }
  await using closed = await openTestBrowser(publicKey)
  closed.answer = { status: 400, body: 'not like this' }
  const device = { channel: 'web_push', subscription: closed.subscription }
  await ask(url, { method: 'PUT', path: '/v1/me/devices/closed', body: device, token })
  await writeAs(url, 'ana', away, ['Is anybody there?'])
  await expect.poll(() => closed.received.length, { timeout: 20_000 }).toBe(1)

  // What the worker cannot handle is nothing that a test of the page can make: of events the answers are made up here.
  const event: DeadEvent = {
    ...{ id: '0197a0c0-0000-7000-8000-000000000001', consumer: 'notifier-webhooks', eventId: 'event-1' },
    ...{ subject: 'parley.event.demo.message.created', sequence: 7, type: 'message.created', conversationId: null },
    ...{ state: 'aside', error: 'TypeError: no such thing', failures: 2 },
    ...{ createdAt: new Date().toISOString(), failedAt: new Date().toISOString() },
  }
  const lost: DeadEvent = { ...event, id: event.id.replace(/1$/, '2'), type: 'messages.read', state: 'lost' }
  let events = [event, lost]
  const wanted: unknown[] = []
  const mia = await openAdmin()
  await mia.route(/dead-letters\/events/, async (route) => {
    if (route.request().method() === 'GET')
      return route.fulfill({ json: { data: events, nextCursor: null, hasMore: false } })
    wanted.push(route.request().postDataJSON())
    events = [{ ...event, state: 'waiting' }, lost]
    await route.fulfill({ json: { redriven: 1, hasMore: false } })
  })
  await mia.getByTestId('tab-undelivered').click()
  const letter = mia.getByTestId('undelivered-item').filter({ hasText: away })
  await letter.filter({ hasText: 'Refused for good: 400 not like this' }).waitFor()
  const dead = mia.getByTestId('dead-event').filter({ hasText: 'A message is sent, for webhooks' })
  await dead.filter({ hasText: 'Put aside twice: TypeError' }).waitFor()
  expect(await mia.getByTestId('dead-event').filter({ hasText: 'Lost' }).getByTestId('redrive').count()).toBe(0)
  expect(await violations(mia, 'undelivered')).toEqual([])

  closed.answer = 'accept'
  await letter.getByTestId('redrive').click()
  await mia.getByText('One is tried again.').waitFor()
  await letter.waitFor({ state: 'detached' })
  await expect.poll(() => closed.received.length, { timeout: 20_000 }).toBe(2)

  await mia.getByTestId('redrive-all-events').click()
  await dead.getByText('Is handled again').waitFor()
  events = [lost]
  await dead.waitFor({ state: 'detached' })
  expect(wanted).toEqual([{}])
  expect(complaints).toEqual([])
  await mia.context().close()
})
