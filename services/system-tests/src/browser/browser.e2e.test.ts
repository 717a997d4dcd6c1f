import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { launchBrowser, message, openWindow, say } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder), launchBrowser()])
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

async function windowOf(userId: string, viewport?: { width: number; height: number }): Promise<Page> {
  const page = await openWindow(browser, standalone.url, userId, viewport)
  await page.getByTestId('conversation-item').first().waitFor()
  return page
}

test('two browser windows talk: live, with typing and read ticks, and without a second copy', async () => {
  const ana = await windowOf('ana')
  const ben = await windowOf('ben')
  await ana.getByTestId('conversation-item').filter({ hasText: 'Ben Okafor' }).click()
  await message(ana, 'ten minutes away').waitFor()

  await say(ana, 'Are you on your way?')
  // ben is in his list: the badge and the preview come live
  const item = ben.getByTestId('conversation-item').filter({ hasText: 'Ana Ferreira' })
  await item.filter({ hasText: 'Are you on your way?' }).waitFor()
  await item.getByTestId('unread-badge').waitFor()
  await message(ana, 'Are you on your way?').and(ana.locator('[data-state="sent"]')).waitFor()

  await item.click()
  await message(ben, 'Are you on your way?').waitFor()
  await message(ana, 'Are you on your way?').and(ana.locator('[data-state="read"]')).waitFor()

  await ben.getByTestId('composer').pressSequentially('Almost', { delay: 20 })
  await ana.getByTestId('typing').waitFor()
  await ben.getByTestId('composer').press('Enter')
  await message(ana, 'Almost').waitFor()
  expect(await message(ana, 'Almost').count()).toBe(1)
  expect(await message(ben, 'Almost').count()).toBe(1)
  expect(await message(ana, 'Are you on your way?').count()).toBe(1)

  if (process.env.UPDATE_SCREENSHOTS === '1') {
    const images = fileURLToPath(new URL('../../../../docs/images/', import.meta.url))
    await mkdir(images, { recursive: true })
    await ana.screenshot({ path: `${images}app.png` })
  }
})

test('what is sent while the connection is lost is sent once when it is back', async () => {
  const ana = await windowOf('ana')
  const ben = await windowOf('ben')
  for (const [page, other] of [
    [ana, 'Ben Okafor'],
    [ben, 'Ana Ferreira'],
  ] as const)
    await page.getByTestId('conversation-item').filter({ hasText: other }).click()
  await message(ana, 'ten minutes away').waitFor()
  await ana.context().setOffline(true)
  await say(ana, 'written in a tunnel')
  await message(ana, 'written in a tunnel').waitFor()
  await ana.context().setOffline(false)
  await message(ben, 'written in a tunnel').waitFor()
  await message(ana, 'written in a tunnel').and(ana.locator('[data-state="sent"], [data-state="read"]')).waitFor()
  expect(await message(ben, 'written in a tunnel').count()).toBe(1)
  expect(await message(ana, 'written in a tunnel').count()).toBe(1)
})

test('at phone width, by keyboard alone: open a conversation, write, go back', async () => {
  const page = await windowOf('dev', { width: 375, height: 720 })
  const item = page.getByTestId('conversation-item').filter({ hasText: 'Chloé Martin' })
  await item.focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('composer').waitFor()
  await page.getByTestId('composer').focus()
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Enter')
  await message(page, 'by keyboard').waitFor()
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(375)
  await page.keyboard.press('Escape')
  await item.filter({ hasText: 'by keyboard' }).waitFor()
})
