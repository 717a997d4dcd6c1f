import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { violations } from './axe.ts'
import { launchBrowser, listed, message, openWindow, say } from './windows.ts'

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

/** As the host's backend, or as somebody with a token. */
async function call(path: string, body: unknown, token: string, method = 'POST') {
  const response = await fetch(standalone.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? {} : ((await response.json()) as { id?: string })
}
async function tokenOf(userId: string, role: string, name?: string): Promise<string> {
  const response = await fetch(`${standalone.url}/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId, role, ...(name && { name }) }),
  })
  return ((await response.json()) as { token: string }).token
}

const window = (userId: string) => openWindow(browser, standalone.url, userId)

/** Looks at a screen in all its looks; each test says at its end what was found. */
function inspector(page: Page) {
  const found: string[] = []
  return { found, look: async (screen: string) => found.push(...(await violations(page, screen))) }
}

test('axe finds nothing on what everybody sees: the choice of people, the list, what is found, a new conversation', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(standalone.url)
  await page.getByTestId('person-card-ana').waitFor()
  const { found, look } = inspector(page)
  await page.getByText('Use an access token').click()
  await look('choice of people')
  await page.getByTestId('person-card-sam').click()
  await page.getByTestId('conversation-item').first().waitFor()
  await look('list')
  await listed(page, 'Spring fair').click({ button: 'right' })
  await look('menu of a conversation')
  await page.getByTestId('mute-conversation').click()
  await page.getByTestId('mute-week').click()
  await page.getByTestId('muted-sign').waitFor()
  await listed(page, 'Spring fair').click({ button: 'right' })
  await page.getByTestId('delete-conversation').click()
  await page.getByTestId('confirm-delete-conversation').waitFor()
  await look('deleting a conversation')
  await page.keyboard.press('Escape')
  await page.getByTestId('filter-archived').click()
  await page.getByTestId('nothing-listed').waitFor()
  await look('list of nothing')
  await page.getByTestId('filter-all').click()
  await page.getByTestId('list-search').fill('morning shift')
  await page.getByTestId('found-message').first().waitFor()
  await look('found messages')
  await page.getByTestId('list-search').fill('')

  await page.getByTestId('new-conversation').click()
  await page.getByTestId('choice-ana').click()
  await page.getByTestId('choice-ben').click()
  await look('new conversation')
  expect(found).toEqual([])
})

test('axe finds nothing where somebody writes: a group, what is sent besides text, saved replies', async () => {
  const page = await window('sam')
  const { found, look } = inspector(page)
  await listed(page, 'Spring fair').click()
  await page.getByTestId('composer').waitFor()
  await say(page, 'See https://example.com/a_(b) or write to desk@example.com')
  await message(page, 'See https').and(page.locator('[data-state="sent"], [data-state="delivered"]')).waitFor()
  await look('group')
  await message(page, 'See https').getByTestId('message-actions').click()
  await look('menu of a message')
  await page.getByTestId('reply-message').click()
  await page.getByTestId('replying').waitFor()
  await page.getByTestId('composer').pressSequentially('Ask @be')
  await page.getByTestId('mention-ben').waitFor()
  await look('answering and mentioning')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await message(page, 'Ask @Ben').and(page.locator('[data-state="sent"], [data-state="delivered"]')).waitFor()
  await page.getByTestId('compose-more').click()
  await page.getByTestId('make-booking').click()
  await look('asking for a booking')
  await page.keyboard.press('Escape')
  await page.getByTestId('compose-more').click()
  await page.getByTestId('make-offer').click()
  await page.getByTestId('offer-title').fill('Painting')
  await page.getByTestId('offer-price').fill('90')
  await look('making an offer')
  await page.getByTestId('send-offer').click()
  await page.getByTestId('deal').waitFor()
  await look('an offer')
  await page.getByTestId('compose-more').click()
  await page.getByTestId('send-later').click()
  await page.getByTestId('scheduled-text').fill('Good morning')
  await page.getByTestId('later-0').click()
  await look('sending later')
  await page.getByTestId('schedule').click()
  await page.getByTestId('open-scheduled').click()
  await look('what is scheduled')
  await page.keyboard.press('Escape')
  await page.getByTestId('compose-more').click()
  await page.getByTestId('open-canned').click()
  await page.getByTestId('make-canned').click()
  await page.getByTestId('canned-shortcut').fill('hi')
  await page.getByTestId('canned-text').fill('Hello {{firstName|there}}')
  await page.getByTestId('keep-canned').click()
  await page.getByTestId('take-hi').waitFor()
  await look('saved replies')
  await page.keyboard.press('Escape')
  await page.getByTestId('composer').fill('/h')
  await page.getByTestId('canned-hi').waitFor()
  await look('completing a saved reply')
  expect(found).toEqual([])
})

test('axe finds nothing on what is done with a message and with a group, and where there is no conversation', async () => {
  const page = await window('sam')
  const { found, look } = inspector(page)
  await listed(page, 'Spring fair').click()
  await message(page, 'Ask @Ben').getByTestId('open-receipts').click()
  await page.getByTestId('receipt-counts').waitFor()
  await look('who has received and read')
  await page.keyboard.press('Escape')
  await message(page, 'Ask @Ben').getByTestId('message-actions').click()
  await page.getByTestId('forward-message').click()
  await look('forwarding')
  await page.keyboard.press('Escape')
  await page.getByTestId('settings').click()
  await look('settings')
  await page.keyboard.press('Escape')
  await message(page, 'See https').first().getByTestId('message-actions').click()
  await page.getByTestId('edit-message').click()
  await look('editing')
  await page.keyboard.press('Escape')
  await message(page, 'See https').first().getByTestId('message-actions').click()
  await page.getByTestId('delete-message').click()
  await look('deleting')
  await page.getByTestId('confirm-delete').click()
  await message(page, 'Message deleted').waitFor()
  await look('deleted')

  await page.getByTestId('people').click()
  await page.getByTestId('participants').waitFor()
  await look('people of a group')
  await page.getByTestId('edit-group').click()
  await look('details of a group')
  await page.getByTestId('remove-chloe').click()
  await look('removing')
  await page.goBack()
  await page.getByTestId('report-conversation').click()
  await page.getByTestId('report-note').waitFor()
  await look('report')
  await page.goto(`${standalone.url}/#/c/0190a000-0000-7000-8000-000000000001`)
  await page.getByText('Back to the list').waitFor()
  await look('no such conversation')
  expect(found).toEqual([])
})

test('on a German phone words run as they are written, times are of 24 hours and in English, and the name has room', async () => {
  const yael = await tokenOf('yael', 'customer', 'יעל כהן')
  const words = 'שלום! ראה https://example.com/a_(b), www.example.com או דואר: desk@example.com.'
  await call('/v1/messages', { to: 'dev', content: words, clientId: 'words' }, yael)
  const context = await browser.newContext({
    locale: 'de-DE',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 320, height: 640 },
  })
  const page = await context.newPage()
  await page.goto(standalone.url)
  await page.getByTestId('person-card-dev').click()
  const row = listed(page, 'יעל כהן')
  expect(await row.locator('time').textContent()).toMatch(/^\d\d:\d\d$/)
  await row.click()
  const bubble = message(page, 'שלום').getByTestId('message-words')
  await bubble.waitFor()
  const isRightToLeft = (element: Locator) =>
    element.evaluate((node: { matches(selector: string): boolean }) => node.matches(':dir(rtl)'))
  expect(await isRightToLeft(bubble)).toBe(true)
  expect(await bubble.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual(
    ['https://example.com/a_(b)', 'https://www.example.com', 'mailto:desk@example.com'],
  )
  await page.getByTestId('composer').fill('שלום, 10:30!')
  expect(await isRightToLeft(page.getByTestId('composer'))).toBe(true)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('יעל כהן')

  const members = [
    { userId: 'dev', role: 'customer' },
    { userId: 'ben', role: 'provider' },
  ]
  const booking = { title: 'Window cleaning', status: 'confirmed', version: 1, members }
  const host = await tokenOf('backend', 'service')
  const closing = { conversation: 'one', starters: null, statuses: { cancelled: { conversation: 'closed' } } }
  await call('/v1/admin/policy', { contexts: { booking: closing } }, host, 'PUT')
  await call('/v1/contexts/booking/B-320', booking, host, 'PUT')
  await call('/v1/contexts/booking/B-320/conversation', {}, await tokenOf('dev', 'customer'))
  await call('/v1/contexts/booking/B-320', { ...booking, status: 'cancelled', version: 2 }, host, 'PUT')
  await page.keyboard.press('Escape')
  await listed(page, 'Window cleaning').click()
  await page.getByTestId('composer-closed').waitFor()
  const box = async (element: Locator) => (await element.boundingBox())!
  const name = await box(page.getByRole('heading', { level: 1 }))
  const chip = await box(page.locator('h1 + * [data-testid="context-chip"]'))
  const button = await box(page.getByTestId('people'))
  expect(name.width).toBeGreaterThan(100)
  expect(chip.x + chip.width).toBeLessThanOrEqual(button.x)
  expect(button.x + button.width).toBeLessThanOrEqual(320)
  await context.close()
})

test('axe finds nothing where a booking is closed, somebody is blocked, a message failed, an announcement stands', async () => {
  const page = await window('ana')
  const { found, look } = inspector(page)
  await listed(page, 'Deep clean').click()
  await page.getByTestId('composer').waitFor()
  await look('booking')
  const mia = await window('mia')
  await mia.getByTestId('moderate').click()
  await mia.getByTestId('inspect-item').filter({ hasText: 'Deep clean' }).click()
  await mia.getByTestId('close-conversation').click()
  await mia.getByTestId('confirm-close').click()
  await page.getByTestId('composer-closed').waitFor()
  await look('closed booking')
  await listed(page, 'Ben Okafor').click()
  await page.getByTestId('people').click()
  await page.getByTestId('block-user').click()
  await look('blocking')
  await page.getByTestId('confirm-block').click()
  await page.getByTestId('unblock-user').waitFor()
  await page.keyboard.press('Escape')
  await look('blocked')
  await page.getByTestId('blocked-people').click()
  await page.getByTestId('unblock-ben').waitFor()
  await look('blocked people')
  await page.getByTestId('unblock-ben').click()
  await page.getByTestId('unblock-ben').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  // before that the page does not know yet that they can write again, and offline it would not learn it
  await page.getByTestId('composer').waitFor()
  await page.context().setOffline(true)
  await say(page, 'in a tunnel')
  await look('offline')
  expect(found).toEqual([])
})

/** What the focus is in: the test ids from the innermost outwards. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const ids = []
    for (let at = document.activeElement; at; at = at.parentElement) if (at.dataset.testid) ids.push(at.dataset.testid)
    return ids.join(' ')
  })()`)

test('"back" on a phone closes what lies over a conversation, one after the other, and then the conversation', async () => {
  const page = await openWindow(browser, standalone.url, 'sam', { width: 390, height: 844 })
  await listed(page, 'Spring fair').click()
  await page.getByTestId('people').click()
  await page.getByTestId('report-conversation').click()
  await page.getByTestId('report-note').waitFor()
  await page.goBack()
  await page.getByTestId('report-note').waitFor({ state: 'detached' })
  expect(await page.getByTestId('participants').isVisible()).toBe(true)
  // Escape is no other, though the one dialog was opened from the other.
  await page.getByTestId('report-conversation').click()
  await page.keyboard.press('Escape')
  await page.getByTestId('report-note').waitFor({ state: 'detached' })
  expect(await page.getByTestId('participants').isVisible()).toBe(true)
  await page.goBack()
  await page.getByTestId('participants').waitFor({ state: 'detached' })
  expect(await page.getByTestId('composer').isVisible()).toBe(true)

  // Closed by its own button, and after a reload, it leaves no entry behind that "back" would have to pass.
  await page.getByTestId('people').click()
  await page.getByLabel('Close', { exact: true }).click()
  await page.getByTestId('participants').waitFor({ state: 'detached' })
  await page.getByTestId('people').click()
  await page.getByTestId('participants').waitFor()
  await page.reload()
  await page.getByTestId('composer').waitFor()
  await expect.poll(() => page.evaluate('history.state?.overlays ?? 0')).toBe(0)
  await page.goBack()
  await listed(page, 'Spring fair').waitFor()

  // What is begun in a dialog takes its place.
  await page.getByTestId('new-conversation').click()
  await page.getByTestId('choice-ben').click()
  await page.getByTestId('create-conversation').click()
  await page.getByTestId('composer').waitFor()
  await page.goBack()
  await listed(page, 'Spring fair').waitFor()
  expect(await page.getByTestId('create-conversation').count()).toBe(0)
  await page.context().close()
})

test('the focus goes to what stands beside what was removed: a message, a person', async () => {
  const page = await window('sam')
  await listed(page, 'Spring fair').click()
  for (const text of ['first words', 'second words']) {
    await say(page, text)
    await message(page, text).and(page.locator('[data-state="sent"], [data-state="delivered"]')).waitFor()
  }
  await message(page, 'first words').getByTestId('message-actions').click()
  await page.getByTestId('delete-message').click()
  await page.getByTestId('confirm-delete').click()
  await message(page, 'first words').waitFor({ state: 'detached' })
  await expect.poll(() => focused(page)).toMatch(/^message-actions message /)
  const own = page.locator('[data-testid="message"]:focus-within')
  expect(await own.textContent()).toContain('second words')

  await page.getByTestId('people').click()
  await page.getByTestId('remove-dev').click()
  await page.getByText('Keep', { exact: true }).click()
  await expect.poll(() => focused(page)).toContain('remove-dev')
  await page.getByTestId('remove-dev').click()
  await page.getByTestId('confirm-remove').click()
  await page.getByTestId('participant-dev').waitFor({ state: 'detached' })
  await expect.poll(() => focused(page)).toMatch(/^remove-\w+ participant-\w+ participants/)
  await page.context().close()
})

test('axe finds nothing on what an admin sees', async () => {
  const page = await window('mia')
  const { found, look } = inspector(page)
  const [ana, host] = await Promise.all([tokenOf('ana', 'customer'), tokenOf('backend', 'service')])
  const sent = await call('/v1/messages', { to: 'ben', content: 'Pay me in cash', clientId: 'cash' }, ana)
  const report = { messageId: sent.id, reason: 'fraud', note: 'She wants cash' }
  await call('/v1/reports', report, await tokenOf('ben', 'provider'))
  await call('/v1/admin/broadcasts', { title: 'Soon', content: 'We move', link: 'https://example.com' }, host)
  await page.getByTestId('broadcast').waitFor()
  await page.getByTestId('open-reports').waitFor()
  await look('own list of an admin')
  await page.getByTestId('moderate').click()
  for (const tab of [
    'conversations',
    'reports',
    'held',
    'statistics',
    'broadcast',
    'audit',
    'policy',
    'webhooks',
    'undelivered',
  ]) {
    await page.getByTestId(`tab-${tab}`).click()
    if (tab === 'reports') await page.getByTestId('reported-message').waitFor()
    if (tab === 'statistics') await page.getByTestId('figures').waitFor()
    if (tab === 'policy') await page.getByTestId('policy-json').filter({ hasText: '{' }).waitFor()
    await look(tab)
  }
  await page.getByTestId('tab-reports').click()
  await page.getByTestId('to-conversation').click()
  await page.locator('[data-stands-out]').waitFor()
  await look('inspected')
  await page.getByTestId('close-conversation').click()
  await look('closing')
  await page.keyboard.press('Escape')
  await call('/v1/users/mia/disabled', undefined, host, 'PUT')
  await page.getByTestId('disabled').waitFor()
  await look('disabled')
  expect(found).toEqual([])
})
