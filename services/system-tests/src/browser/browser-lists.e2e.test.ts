import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { isOnScreen, launchBrowser, listed, message, openWindow, say, writeAs } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
/** The same person twice: on a desk, and on a phone. */
let ana: Page
let phone: Page

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder), launchBrowser()])
  ;[ana, phone] = await Promise.all([
    openWindow(browser, standalone.url, 'ana'),
    openWindow(browser, standalone.url, 'ana', { width: 390, height: 844 }),
  ])
  await listed(ana, 'Ben Okafor').waitFor()
  await listed(phone, 'Ben Okafor').waitFor()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

const items = (page: Page) => page.getByTestId('conversation-item')
const first = (page: Page, name: string) => items(page).first().filter({ hasText: name })

async function choose(page: Page, name: string, ...steps: string[]): Promise<void> {
  await listed(page, name).click({ button: 'right' })
  for (const step of steps) await page.getByTestId(step).click()
}

test('a conversation is pinned and muted on one device, and stands so on the other, without noise', async () => {
  await choose(ana, 'Sam from support', 'pin-conversation')
  await first(phone, 'Sam from support').getByTestId('pinned-sign').waitFor()
  await choose(ana, 'Sam from support', 'mute-conversation', 'mute-eight-hours')
  await listed(phone, 'Sam from support').getByTestId('muted-sign').waitFor()
  const title = await phone.title()
  await writeAs(standalone.url, 'sam', 'ana', ['Nothing that is urgent'])
  await listed(phone, 'Nothing that is urgent').getByTestId('unread-badge').and(phone.locator('[data-quiet]')).waitFor()
  expect(await phone.title()).toBe(title)
  await choose(phone, 'Sam from support', 'unmute-conversation')
  await expect.poll(() => phone.title()).not.toBe(title)
  await listed(ana, 'Sam from support').getByTestId('muted-sign').waitFor({ state: 'detached' })
  await choose(phone, 'Sam from support', 'unpin-conversation')
  await listed(ana, 'Sam from support').getByTestId('pinned-sign').waitFor({ state: 'detached' })
})

test('what is archived has a list of its own, is brought back by hand, and by what is new', async () => {
  await choose(ana, 'Ben Okafor', 'archive-conversation')
  await listed(phone, 'Ben Okafor').waitFor({ state: 'detached' })
  await phone.reload()
  await listed(phone, 'Sam from support').waitFor()
  expect(await listed(phone, 'Ben Okafor').count()).toBe(0)
  await phone.getByTestId('filter-archived').click()
  await choose(phone, 'Ben Okafor', 'unarchive-conversation')
  await listed(ana, 'Ben Okafor').waitFor()
  await phone.getByTestId('nothing-listed').waitFor()

  await choose(ana, 'Ben Okafor', 'archive-conversation')
  await listed(phone, 'Ben Okafor').waitFor()
  await writeAs(standalone.url, 'ben', 'ana', ['Are you there?'])
  await listed(ana, 'Are you there?').waitFor()
  await phone.getByTestId('nothing-listed').waitFor()
  await phone.getByTestId('filter-all').click()
  await listed(phone, 'Are you there?').waitFor()
})

test('the list is looked through by person, and by what is unread', async () => {
  await ana.getByTestId('filter-unread').click()
  await listed(ana, 'Are you there?').click()
  await message(ana, 'Are you there?').waitFor()
  await listed(phone, 'Ben Okafor').getByTestId('unread-badge').waitFor({ state: 'detached' })
  await phone.getByTestId('filter-unread').click()
  await listed(phone, 'Sam from support').waitFor()
  expect(await listed(phone, 'Ben Okafor').count()).toBe(0)
  await phone.getByTestId('filter-all').click()
  await ana.getByTestId('filter-all').click()
  await ana.getByTestId('list-search').fill('oka')
  await listed(ana, 'Sam from support').waitFor({ state: 'detached' })
  await listed(ana, 'Ben Okafor').waitFor()
  await ana.getByTestId('list-search').fill('spring')
  await expect.poll(() => items(ana).count()).toBe(1)
  await listed(ana, 'Spring fair').waitFor()
  await ana.getByTestId('list-search').fill('nobody of that name')
  await expect.poll(() => items(ana).count()).toBe(0)
  await ana.getByTestId('found-messages').filter({ hasText: 'No message has these words.' }).waitFor()
  await ana.keyboard.press('Escape')
  await listed(ana, 'Sam from support').waitFor()
})

test('a conversation is deleted for oneself after a question, everywhere, and comes back empty with something new', async () => {
  const ben = await openWindow(browser, standalone.url, 'ben')
  await listed(ben, 'Ana Ferreira').click()
  await listed(phone, 'Ben Okafor').click()
  await message(phone, 'Are you there?').waitFor()
  await ana.getByRole('main').getByTestId('conversation-actions').click()
  await ana.getByTestId('delete-conversation').click()
  await ana.getByText('Keep', { exact: true }).click()
  await ana.getByRole('main').getByTestId('conversation-actions').click()
  await ana.getByTestId('delete-conversation').click()
  await ana.getByTestId('confirm-delete-conversation').click()
  await listed(ana, 'Ben Okafor').waitFor({ state: 'detached' })
  await ana.getByTestId('composer').waitFor({ state: 'detached' })
  await message(phone, 'Are you there?').waitFor({ state: 'detached' })
  expect(await message(ben, 'Are you there?').count()).toBe(1)

  await say(ben, 'We begin anew')
  await listed(ana, 'We begin anew').click()
  await message(ana, 'We begin anew').waitFor()
  await message(phone, 'We begin anew').waitFor()
  for (const page of [ana, phone]) expect(await message(page, 'Are you there?').count()).toBe(0)
  await ben.context().close()
})

test('what is begun on one device is written on at the other, and gone from both when it is sent', async () => {
  await phone.goto(standalone.url)
  await listed(ana, 'Sam from support').click()
  await ana.getByTestId('composer').fill('Dear Sam, I')
  await listed(phone, 'Dear Sam, I').filter({ hasText: 'Draft' }).click()
  await expect.poll(() => phone.getByTestId('composer').inputValue()).toBe('Dear Sam, I')
  await phone.getByTestId('composer').fill('Dear Sam, I thank you')
  await expect.poll(() => ana.getByTestId('composer').inputValue()).toBe('Dear Sam, I thank you')
  await phone.reload()
  await expect.poll(() => phone.getByTestId('composer').inputValue()).toBe('Dear Sam, I thank you')
  await phone.getByTestId('send').click()
  await message(ana, 'Dear Sam, I thank you').waitFor()
  await expect.poll(() => ana.getByTestId('composer').inputValue()).toBe('')
  await ana.reload()
  await message(ana, 'Dear Sam, I thank you').waitFor()
  expect(await ana.getByTestId('composer').inputValue()).toBe('')
})

test('messages are found by their words, which are marked, and lead to their place far back in the history', async () => {
  await writeAs(standalone.url, 'sam', 'ana', [
    'The turquoise umbrella is in the hall',
    ...Array.from({ length: 60 }, (_, index) => `step ${index + 1}.`),
  ])
  await phone.goto(standalone.url)
  await expect
    .poll(
      async () => {
        await phone.getByTestId('list-search').fill('')
        await phone.getByTestId('list-search').fill('turquoise umb')
        return phone
          .getByTestId('found-message')
          .waitFor({ timeout: 3000 })
          .then(
            () => true,
            () => false,
          )
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  const found = phone.getByTestId('found-message')
  expect(await found.locator('mark').allTextContents()).toEqual(['turquoise', 'umbrella'])
  await found.click()
  await expect
    .poll(() => isOnScreen(message(phone, 'turquoise umbrella').and(phone.locator('[data-stands-out]'))))
    .toBe(true)
})
