import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { violations } from './axe.ts'
import { launchBrowser, listed, openWindow } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
let ana: Page
const complaints: string[] = []

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder), launchBrowser()])
  ana = await openWindow(browser, standalone.url, 'ana')
  ana.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  ana.on('pageerror', (err) => complaints.push(err.message))
  await listed(ana, 'Ben Okafor').waitFor()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

test('how one wants to be told is said in the settings, holds over a reload, and axe finds nothing there', async () => {
  await ana.getByTestId('settings').click()
  await ana.getByTestId('notify-push').uncheck()
  await ana.getByTestId('notify-of-offer').uncheck()
  await ana.getByTestId('notify-previews').uncheck()
  await ana.getByTestId('quiet-hours').check()
  await ana.getByTestId('quiet-from').fill('21:30')
  await expect
    .poll(() => ana.evaluate<{ quietHours: unknown }>(stored))
    .toMatchObject({ channels: { push: false }, quietHours: { from: '21:30', to: '07:00' }, previews: false })
  expect(await violations(ana, 'settings')).toEqual([])
  await ana.reload()
  await listed(ana, 'Ben Okafor').waitFor()
  await ana.getByTestId('settings').click()
  await ana.getByTestId('quiet-from').waitFor()
  expect(await ana.getByTestId('quiet-from').inputValue()).toBe('21:30')
  for (const off of ['notify-push', 'notify-of-offer', 'notify-previews'])
    expect(await ana.getByTestId(off).isChecked()).toBe(false)
  for (const on of ['notify-inApp', 'notify-of-message']) expect(await ana.getByTestId(on).isChecked()).toBe(true)
  await ana.getByTestId('quiet-hours').uncheck()
  await expect.poll(() => ana.evaluate(stored)).toMatchObject({ quietHours: null })
  await ana.keyboard.press('Escape')
})

/** In the page: what the server has. */
const stored = `fetch('v1/me/notification-preferences', {
  headers: { authorization: 'Bearer ' + sessionStorage.getItem('parley.token') },
}).then((answer) => answer.json())`

test('of what in a conversation one is told is chosen in its menu, and stands there the next time', async () => {
  const choices = async () => {
    await listed(ana, 'Sam from support').click({ button: 'right' })
    await ana.getByTestId('notification-level').click()
  }
  await choices()
  await ana.getByTestId('level-all').and(ana.locator('[aria-checked=true]')).waitFor()
  await ana.getByTestId('level-mentions').click()
  await ana.getByText('you are told of: only mentions').waitFor()
  await ana.reload()
  await listed(ana, 'Sam from support').waitFor()
  await choices()
  await ana.getByTestId('level-mentions').and(ana.locator('[aria-checked=true]')).waitFor()
  expect(await violations(ana, 'level of a conversation')).toEqual([])
  await ana.getByTestId('level-all').click()
  expect(complaints).toEqual([])
})
