import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { ask, launchBrowser, listed, message, openWindow, say, tokenOf } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
let ana: Page
let ben: Page

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder), launchBrowser()])
  const window = (userId: string) => openWindow(browser, standalone.url, userId)
  ;[ana, ben] = await Promise.all([window('ana'), window('ben')])
  await listed(ana, 'Ben Okafor').click()
  await listed(ben, 'Ana Ferreira').click()
  await message(ben, 'ten minutes away').waitFor()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

async function choose(page: Page, text: string, item: string): Promise<void> {
  await message(page, text).last().getByTestId('message-actions').click()
  await page.getByTestId(item).click()
}

test('a message is written now, changed, and sent at its time; what is taken back is not', async () => {
  await ana.getByTestId('composer').fill('Good morning, @Ben Okafor')
  await ana.getByTestId('compose-more').click()
  await ana.getByTestId('send-later').click()
  await ana.getByTestId('later-0').click()
  await ana.getByTestId('schedule').click()
  await ana.getByTestId('open-scheduled').filter({ hasText: '1 message is scheduled' }).click()
  expect(await ana.getByTestId('composer').inputValue()).toBe('')
  await ana.getByTestId('scheduled').filter({ hasText: 'Good morning, @Ben Okafor' }).waitFor()
  await ana.getByTestId('change-scheduled').click()
  await ana.getByTestId('scheduled-text').fill('Good evening, @Ben Okafor')
  await ana.getByTestId('schedule').click()
  await ana.getByTestId('scheduled').filter({ hasText: 'Good evening' }).waitFor()
  await ana.keyboard.press('Escape')

  // its time comes sooner, by another device
  const token = await tokenOf(standalone.url, 'ana')
  const [first] = await scheduledOf(token)
  const sendAt = new Date(Date.now() + 2_000).toISOString()
  await ask(standalone.url, { method: 'PATCH', path: `/v1/scheduled-messages/${first?.id}`, body: { sendAt }, token })
  await message(ben, 'Good evening, @Ben Okafor').getByTestId('mention').waitFor()
  await message(ana, 'Good evening').waitFor()
  await ana.getByTestId('open-scheduled').waitFor({ state: 'detached' })

  await ana.getByTestId('compose-more').click()
  await ana.getByTestId('send-later').click()
  await ana.getByTestId('scheduled-text').fill('Better not')
  await ana.getByTestId('later-0').click()
  await ana.getByTestId('schedule').click()
  await ana.getByTestId('open-scheduled').waitFor()
  // the dialog has left the browser's history
  await expect.poll(() => ana.evaluate('history.state?.overlays ?? 0')).toBe(0)
  await ana.reload()
  await ana.getByTestId('open-scheduled').click()
  await ana.getByTestId('cancel-scheduled').click()
  await ana.getByTestId('open-scheduled').waitFor({ state: 'detached' })
  expect(await scheduledOf(token)).toEqual([])
  await ana.keyboard.press('Escape')
})

async function scheduledOf(token: string): Promise<{ id: string }[]> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${standalone.url}/v1/scheduled-messages`, { headers })
  return ((await response.json()) as { data: { id: string }[] }).data
}

test('a reply is saved, completed behind a slash as it reads here, and removed', async () => {
  await ben.getByTestId('compose-more').click()
  await ben.getByTestId('open-canned').click()
  await ben.getByTestId('make-canned').click()
  await ben.getByTestId('canned-shortcut').fill('thanks')
  await ben.getByTestId('canned-text').fill('Thank you, {{firstName}}!')
  await ben.getByTestId('keep-canned').click()
  await ben.getByTestId('take-thanks').filter({ hasText: 'Thank you, Ana!' }).waitFor()
  await ben.keyboard.press('Escape')
  await ben.getByTestId('composer').pressSequentially('/tha')
  await ben.getByTestId('canned-thanks').waitFor()
  await ben.keyboard.press('Enter')
  await expect.poll(() => ben.getByTestId('composer').inputValue()).toBe('Thank you, Ana!')
  await ben.keyboard.press('Enter')
  await message(ana, 'Thank you, Ana!').waitFor()

  await ben.getByTestId('compose-more').click()
  await ben.getByTestId('open-canned').click()
  await ben.getByTestId('remove-thanks').click()
  await ben.getByTestId('take-thanks').waitFor({ state: 'detached' })
  await ben.keyboard.press('Escape')
})

test('how far a message has come is said of everybody and by the time, and not of who keeps that to themself', async () => {
  await say(ben, 'The key is under the mat')
  const own = message(ben, 'The key is under')
  await own.and(ben.locator('[data-state="read"]')).waitFor()
  await own.getByTitle('Read by').waitFor()
  await own.getByTestId('open-receipts').click()
  await ben
    .getByTestId('receipt-ana')
    .filter({ hasText: /Ana Ferreira\s*Read \w{3} \d/ })
    .waitFor()
  await ben.getByTestId('receipt-counts').filter({ hasText: 'read by 1' }).waitFor()
  await ben.keyboard.press('Escape')

  await ana.getByTestId('settings').click()
  await ana.getByTestId('setting-receipts').click()
  await expect.poll(() => ana.getByTestId('setting-receipts').isChecked()).toBe(false)
  await ana.keyboard.press('Escape')
  await say(ben, 'Or in the letter box')
  await message(ana, 'Or in the letter box').waitFor()
  // what is told after it has come
  await choose(ana, 'Or in the letter box', 'react-👍')
  await message(ben, 'Or in the letter box').getByTestId('reaction').waitFor()
  expect(await message(ben, 'Or in the letter box').getAttribute('data-state')).toBe('sent')
  await say(ana, 'I have it')
  await message(ana, 'I have it').getByTestId('message-actions').waitFor()
  await choose(ana, 'I have it', 'receipts-message')
  await ana.getByText('Receipts are not shown to you').waitFor()
  await ana.keyboard.press('Escape')
  await ana.getByTestId('settings').click()
  expect(await ana.getByTestId('setting-receipts').isChecked()).toBe(false)
  await ana.getByTestId('setting-receipts').click()
  await expect.poll(() => ana.getByTestId('setting-receipts').isChecked()).toBe(true)
  await ana.keyboard.press('Escape')
})

test('a conversation is marked as unread from a message on, and begins there until it is read again', async () => {
  await choose(ana, 'The key is under', 'unread-message')
  await listed(ana, 'Ben Okafor').getByTestId('unread-badge').filter({ hasText: '2' }).waitFor()
  await listed(ana, 'Ben Okafor').click()
  await ana.getByTestId('new-messages').waitFor()
  await listed(ana, 'Ben Okafor').getByTestId('unread-badge').waitFor({ state: 'detached' })
})

test('a message is passed on to several conversations, and each says what became of it', async () => {
  await choose(ana, 'The key is under', 'forward-message')
  const target = (name: string) => ana.getByTestId('forward-target').filter({ hasText: name })
  await target('Sam from support').click()
  await target('Spring fair').click()
  await ana.getByTestId('forward').filter({ hasText: 'Forward to 2' }).click()
  await ana.getByText('Passed on to 2 conversations.').waitFor()
  await listed(ben, 'Spring fair').click()
  await message(ben, 'The key is under the mat').getByTestId('forwarded').waitFor()
  await listed(ben, 'Ana Ferreira').click()

  await choose(ana, 'The key is under', 'forward-message')
  await ana.getByTestId('forward-search').fill('spring')
  expect(await ana.getByTestId('forward-target').count()).toBe(1)
  const token = await tokenOf(standalone.url, 'ben', 'provider')
  await ask(standalone.url, { method: 'PUT', path: '/v1/users/ana/block', body: {}, token })
  await ana.getByTestId('forward-search').fill('Ben Okafor')
  await target('Ben Okafor').last().click()
  await ana.getByTestId('forward').click()
  await ana.getByTestId('forward-outcome').filter({ hasText: 'Not sent' }).waitFor()
  await ana.keyboard.press('Escape')
})

test('a place leads to a map, and a contact to a telephone and an address', async () => {
  const token = await tokenOf(standalone.url, 'dev', 'provider')
  const place = { latitude: 38.7169, longitude: -9.1399, name: 'The flat' }
  await ask(standalone.url, { path: '/v1/messages', body: { to: 'ana', type: 'location', payload: place }, token })
  const contact = { name: 'Rui Costa', phones: ['+351 210 000'], emails: ['rui@example.com'] }
  await ask(standalone.url, { path: '/v1/messages', body: { to: 'ana', type: 'contact', payload: contact }, token })
  await listed(ana, 'Rui Costa').click()
  const link = message(ana, 'The flat').getByRole('link')
  expect(await link.getAttribute('href')).toContain('openstreetmap.org/?mlat=38.7169&mlon=-9.1399')
  expect(await link.getAttribute('rel')).toContain('noopener')
  const links = await message(ana, 'Rui Costa')
    .getByRole('link')
    .evaluateAll((all) => all.map((one) => one.getAttribute('href')))
  expect(links).toEqual(['tel:+351210000', 'mailto:rui@example.com'])
})
