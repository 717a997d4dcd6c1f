import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { startPrefixProxy } from './prefix-proxy.ts'
import {
  ask,
  isOnScreen,
  launchBrowser,
  listed,
  message,
  openWindow,
  say,
  scrollTo,
  setFocus,
  tokenOf,
  writeAs,
} from './windows.ts'

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
  await message(ana, 'Are you on your way?').and(ana.locator('[data-state="sent"], [data-state="delivered"]')).waitFor()

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

  // each sees that the other is there, until one of them wishes otherwise
  const dot = listed(ana, 'Ben Okafor').locator('[data-testid="presence"][data-state="active"]')
  await dot.waitFor()
  await ana.getByRole('main').getByText('Online', { exact: true }).waitFor()
  await ben.getByTestId('settings').click()
  await ben.getByTestId('setting-presence').click()
  await dot.waitFor({ state: 'detached' })
  await ben.getByTestId('setting-presence').click()
  await dot.waitFor()
  await ben.keyboard.press('Escape')

  if (process.env.UPDATE_SCREENSHOTS === '1') {
    const images = fileURLToPath(new URL('../../../../docs/images/', import.meta.url))
    await mkdir(images, { recursive: true })
    await ana.screenshot({ path: `${images}app.png` })
  }
})

test('a conversation opens at the first unread message, and is read as far as it was on the screen', async () => {
  const words = `note of ${Date.now() % 100_000}:`
  // of their own, also where this is tried again
  const note = (n: number) => `${words} ${n}.`
  const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => note(from + index))
  await writeAs(standalone.url, 'chloe', 'ana', numbered(1, 130))
  const ana = await windowOf('ana')
  const badge = listed(ana, 'Chloé Martin').getByTestId('unread-badge')
  await badge.filter({ hasText: '99+' }).waitFor()
  await listed(ana, 'Chloé Martin').click()
  await expect.poll(() => isOnScreen(ana.getByTestId('new-messages'))).toBe(true)
  const chloe = await windowOf('chloe')
  await listed(chloe, 'Ana Ferreira').click()
  // what her page says of a message, wherever in the list it stands
  const ticks = (text: string, state: string) => ({
    waitFor: async () => {
      await scrollTo(chloe, text)
      await message(chloe, text)
        .and(chloe.locator(`[data-state="${state}"]`))
        .waitFor()
    },
  })
  await ticks(note(130), 'delivered').waitFor()
  // older ones come above, what is on the screen stays where it is, and only what is near to it is drawn
  const answers: (() => void)[] = []
  await chloe.route('**/messages?*before=*', async (route) => {
    await new Promise<void>((resolve) => answers.push(resolve))
    await route.continue()
  })
  await scrollTo(chloe, note(84))
  await chloe.getByRole('log').evaluate((log) => log.scrollTo(0, 60))
  const standing = async () => Math.round((await message(chloe, note(84)).boundingBox())?.y ?? -1)
  await expect.poll(() => answers.length).toBe(1)
  // at rest: the same place for a while
  const places: number[] = []
  await expect
    .poll(async () => {
      await chloe.waitForTimeout(100)
      places.push(await standing())
      return places.length > 4 && new Set(places.slice(-4)).size === 1
    })
    .toBe(true)
  const stood = places.at(-1)!
  // even where it is taken so far away meanwhile that it is not drawn
  await chloe.evaluate(`
    const log = document.querySelector('[role=log]')
    const take = () => {
      if (log.dataset.taken) return
      log.scrollTo(0, log.scrollHeight - log.clientHeight - 100)
      setTimeout(take)
    }
    log.addEventListener('scroll', () => {
      if (!log.textContent.includes('${note(84)}')) log.dataset.taken = true
    })
    const look = () => (log.textContent.includes('${note(80)}') ? setTimeout(take) : requestAnimationFrame(look))
    look()`)
  answers[0]!()
  await chloe.getByRole('log').and(chloe.locator('[data-taken="true"]')).waitFor()
  // less than a line: what stood first has lost its day
  await expect.poll(async () => Math.abs((await standing()) - stood)).toBeLessThan(12)
  expect(await chloe.getByTestId('message').count()).toBeLessThan(50)
  await chloe.unroute('**/messages?*before=*')
  await ticks(note(90), 'delivered').waitFor()

  // again, by its address: what was on the screen before is above the line
  await ana.reload()
  await expect.poll(() => isOnScreen(ana.getByTestId('new-messages'))).toBe(true)
  expect(await isOnScreen(message(ana, note(1)))).toBe(false)
  await scrollTo(ana, note(80), 'down')
  await ana.getByTestId('go-down').click()
  await expect.poll(() => isOnScreen(message(ana, note(130)))).toBe(true)
  await ticks(note(130), 'read').waitFor()
  await badge.waitFor({ state: 'detached' })

  // scrolled up, what arrives below is not read before one goes there
  await ana.getByRole('log').evaluate((log) => log.scrollTo(0, 400))
  const below = `Below the fold, ${words}`
  await say(chloe, below)
  await ana.getByTestId('go-down').filter({ hasText: '1 new message' }).waitFor()
  await badge.filter({ hasText: '1' }).waitFor()
  await ticks(below, 'delivered').waitFor()
  await ana.getByTestId('go-down').click()
  await ticks(below, 'read').waitFor()
  await expect.poll(() => isOnScreen(message(ana, below))).toBe(true)

  // at the end, what grows in the moment of a scroll is followed: nobody has scrolled up
  const log = ana.getByRole('log')
  await ana.getByTestId('go-down').waitFor({ state: 'detached' })
  await log.evaluate((log) => {
    log.querySelector('[data-testid="virtuoso-item-list"]').lastElementChild.style.paddingBottom = '200px'
    log.dispatchEvent(new Event('scroll'))
  })
  await ana.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
  expect(await log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight)).toBeLessThan(24)
  expect(await ana.getByTestId('go-down').count()).toBe(0)

  // behind another window, what is new fills the view and does not run out of it
  await setFocus(ana, false)
  await writeAs(standalone.url, 'chloe', 'ana', numbered(201, 240))
  await badge.filter({ hasText: '40' }).waitFor()
  expect(await isOnScreen(ana.getByTestId('new-messages'))).toBe(true)
  await ticks(note(201), 'delivered').waitFor()
  await setFocus(ana, true)
  await ticks(note(201), 'read').waitFor()
  await ticks(note(240), 'delivered').waitFor()

  // writing says that all of it has been read
  await say(ana, 'Thank you')
  await ticks(note(240), 'read').waitFor()
  await badge.waitFor({ state: 'detached' })
  await Promise.all([ana.context().close(), chloe.context().close()])
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
  await message(ana, 'written in a tunnel')
    .and(ana.locator('[data-state="sent"], [data-state="delivered"], [data-state="read"]'))
    .waitFor()
  expect(await message(ben, 'written in a tunnel').count()).toBe(1)
  expect(await message(ana, 'written in a tunnel').count()).toBe(1)
})

test('what somebody has written outlives the tab, is sent once after it, and goes when another person comes', async () => {
  const ben = await windowOf('ben')
  const ana = await windowOf('ana')
  await listed(ana, 'Sam from support').click()
  await ana.getByTestId('composer').fill('half of a thou')
  await listed(ana, 'Ben Okafor').click()
  await listed(ana, 'half of a thou').filter({ hasText: 'Draft' }).waitFor()
  await ana.context().setOffline(true)
  await say(ana, 'written before the tab was closed')
  await listed(ana, 'Ben Okafor').locator('[data-unsent="sending"]').waitFor()
  await ana.close()
  await ana.context().setOffline(false)

  const again = await ana.context().newPage()
  again.setDefaultTimeout(20_000)
  await again.goto(standalone.url)
  await again.getByTestId('person-card-ana').click()
  await listed(ben, 'Ana Ferreira').click()
  await message(ben, 'written before the tab').waitFor()
  await listed(again, 'Ben Okafor').click()
  await message(again, 'written before the tab').and(again.locator('[data-state="read"]')).waitFor()
  expect(await message(ben, 'written before the tab').count()).toBe(1)

  // an input method's Escape ends its composition, and nothing else
  await listed(again, 'half of a thou').click()
  const composer = again.getByTestId('composer')
  await expect.poll(() => composer.inputValue()).toBe('half of a thou')
  await composer.dispatchEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true, cancelable: true })
  await composer.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })
  expect(await composer.inputValue()).toBe('half of a thou')

  // what the server has is not lost; it does not take this one
  await composer.fill(`half of a thought, ${'and more '.repeat(2000)}`)
  await again.getByTestId('switch').click()
  await again.getByTestId('confirm-switch').click()
  await again.getByTestId('person-card-dev').click()
  await again.getByTestId('conversation-item').first().waitFor()
  expect(
    await again.evaluate('JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })'),
  ).not.toMatch(/half of a thou|ana/)
  await Promise.all([ana.context().close(), ben.context().close()])
})

test('a message that is too long for the tenant is changed rather than tried again, and goes only when asked', async () => {
  const token = await tokenOf(standalone.url, 'backend', 'service')
  const put = (body: object) => ask(standalone.url, { method: 'PUT', path: '/v1/admin/policy', body, token })
  const ana = await windowOf('ana')
  await listed(ana, 'Ben Okafor').click()
  await ana.getByTestId('composer').fill('x'.repeat(12_000))
  expect(await ana.getByTestId('composer').inputValue()).toHaveLength(12_000)
  await ana.getByTestId('room-left').filter({ hasText: 'Too long' }).waitFor()
  expect(await ana.getByTestId('send').isDisabled()).toBe(true)

  await put({ messages: { maxLength: 30 } })
  const long = 'This has more than thirty characters.'
  await say(ana, long)
  await message(ana, long).getByTestId('edit-unsent').waitFor()
  expect(await message(ana, long).getByTestId('retry').count()).toBe(0)
  await message(ana, long).getByTestId('discard').click()
  await ana.keyboard.press('Escape')
  await message(ana, long).getByTestId('edit-unsent').click()
  expect(await ana.getByTestId('composer').inputValue()).toBe(long)
  // by now the page has read the rules again
  await ana.getByTestId('room-left').filter({ hasText: 'at most 30' }).waitFor()
  expect(await ana.getByTestId('send').isDisabled()).toBe(true)
  await say(ana, 'This has fewer.')
  await message(ana, 'This has fewer.')
    .and(ana.locator('[data-state="sent"], [data-state="delivered"], [data-state="read"]'))
    .waitFor()
  await put({})
  await ana.context().close()
})

test('a change that a frozen server has not answered says that it may still happen, and can be taken back', async () => {
  const ana = await windowOf('ana')
  await listed(ana, 'Ben Okafor').click()
  await say(ana, 'At ten o’clock')
  await message(ana, 'At ten')
    .and(ana.locator('[data-state="sent"], [data-state="delivered"], [data-state="read"]'))
    .hover()
  await message(ana, 'At ten').getByTestId('message-actions').click()
  await ana.getByTestId('edit-message').click()
  await ana.getByTestId('composer').fill('At eleven o’clock')
  standalone.child.kill('SIGSTOP')
  try {
    await ana.getByTestId('composer').press('Enter')
    await ana.getByTestId('pending-change').filter({ hasText: 'may still be made' }).waitFor()
    await message(ana, 'At eleven').getByTestId('take-back').click()
    await message(ana, 'At ten').getByTestId('pending-change').filter({ hasText: 'back' }).waitFor()
  } finally {
    standalone.child.kill('SIGCONT')
  }
  await ana.getByTestId('pending-change').waitFor({ state: 'detached' })
  await ana.reload()
  await message(ana, 'At ten').waitFor()
  expect(await message(ana, 'At eleven').count()).toBe(0)
  await ana.context().close()
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

test('people are found by name, and a mistyped one is nobody rather than a conversation with nobody', async () => {
  const ana = await windowOf('ana')
  await ana.getByTestId('new-conversation').click()
  const search = ana.getByTestId('people-search')
  await search.fill('bne')
  await ana.getByTestId('nobody-found').waitFor()
  await search.press('Enter')
  expect(await ana.getByTestId('create-conversation').isDisabled()).toBe(true)
  await search.fill('okaf')
  await ana.getByTestId('choice-ben').waitFor()
  await search.press('Enter')
  await ana.getByTestId('chosen-ben').filter({ hasText: 'Ben Okafor' }).waitFor()
  await search.fill('trust')
  await ana.getByTestId('choice-mia').click()
  await ana.getByTestId('group-title').fill('Who is who')
  await ana.getByTestId('create-conversation').click()
  await listed(ana, 'Who is who').waitFor()

  await ana.getByTestId('people').click()
  await ana.getByTestId('add-search').fill('dev')
  await ana.getByTestId('add-dev').waitFor()
  await ana.getByTestId('add-search').press('Enter')
  await ana.getByTestId('participant-dev').waitFor()
  await ana.context().close()
})

test('an address that leads nowhere says so, and a screen that breaks leaves the others and a way back', async () => {
  const ana = await windowOf('ana')
  for (const hash of ['#/c/100%', '#/c/0190a000-0000-7000-8000-000000000001', '#/c/..%2Fadmin']) {
    await ana.goto(`${standalone.url}/${hash}`)
    await ana.reload()
    await ana.getByTestId('no-conversation').filter({ hasText: 'No such conversation' }).waitFor()
    await ana.getByText('Back to the list').click()
    await ana.getByText('Pick a conversation').or(ana.getByTestId('conversation-item').first()).first().waitFor()
  }
  await ana.route('**/messages?*', async (route) => {
    const answer = (await (await route.fetch()).json()) as { data: object[] }
    await route.fulfill({ json: { ...answer, data: answer.data.map((one) => ({ ...one, sender: null })) } })
  })
  await ana.reload()
  await listed(ana, 'Spring fair').click()
  await ana.getByTestId('screen-failed').waitFor()
  expect(await listed(ana, 'Spring fair').isVisible()).toBe(true)
  await ana.unroute('**/messages?*')
  await ana.getByTestId('screen-back').click()
  await listed(ana, 'Sam from support').click()
  await message(ana, 'Welcome to Parley').waitFor()
  await ana.context().close()
})

test('the page works below a path that a proxy takes off', async () => {
  await using proxy = await startPrefixProxy(standalone.url, '/chat/')
  const ana = await openWindow(browser, proxy.url, 'ana')
  await listed(ana, 'Ben Okafor').click()
  await say(ana, 'Sent from below a path')
  await message(ana, 'Sent from below a path')
    .and(ana.locator('[data-state="sent"], [data-state="delivered"], [data-state="read"]'))
    .waitFor()
  await ana.reload()
  await message(ana, 'Sent from below a path').waitFor()
  expect(new URL(ana.url()).pathname).toBe('/chat/')
  await ana.context().close()
})

// The last: there is no server after it.
test('without a connection the page says which one is missing, once, and what was not seen stays unread', async () => {
  await writeAs(standalone.url, 'mia', 'ana', ['one', 'two', 'three'])
  const ana = await windowOf('ana')
  const badge = listed(ana, 'Mia, trust').getByTestId('unread-badge')
  const sayings = (text: string | RegExp) => ana.getByText(text)
  await badge.filter({ hasText: '3' }).waitFor()
  await ana.context().setOffline(true)
  await listed(ana, 'Mia, trust').click()
  await ana.getByTestId('connection-banner').filter({ hasText: 'You are offline' }).waitFor()
  await ana.getByText('Messages come as soon as the connection is back').waitFor()
  expect(await sayings(/offline|reach/i).count()).toBe(1)
  expect(await badge.innerText()).toContain('3')
  await ana.context().setOffline(false)
  await message(ana, 'two').waitFor()
  await badge.waitFor({ state: 'detached' })

  await standalone.kill('SIGKILL')
  await ana.getByTestId('connection-banner').filter({ hasText: 'Cannot reach the server' }).waitFor()
  expect(await sayings(/offline|reach/i).count()).toBe(1)
  await ana.context().close()
})
