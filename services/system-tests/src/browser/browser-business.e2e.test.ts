import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { launchBrowser, listed, message, openWindow, say } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
let ana: Page
let ben: Page
let mia: Page

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder), launchBrowser()])
  const window = (userId: string) => openWindow(browser, standalone.url, userId)
  ;[ana, ben, mia] = await Promise.all([window('ana'), window('ben'), window('mia')])
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await standalone?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

async function post(path: string, body: unknown, token?: string, method = 'POST') {
  const response = await fetch(standalone.url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? null : response.json()
}
async function tokenOf(userId: string, role: string): Promise<string> {
  return ((await post('/dev/token', { userId, role })) as { token: string }).token
}

const bookings = {
  booking: { conversation: 'one', starters: null, statuses: { cancelled: { conversation: 'closed' } } },
}

test('an owner lets somebody into a group, makes an observer of them and a member again, and they leave', async () => {
  const sam = await openWindow(browser, standalone.url, 'sam')
  const title = `Summer fair ${randomUUID()}`
  const next = `Autumn fair ${randomUUID()}`
  const group = { kind: 'group', title, participants: [{ userId: 'ana' }], clientId: randomUUID() }
  await post('/v1/conversations', group, await tokenOf('sam', 'support'))
  await listed(sam, title).click()
  await sam.getByTestId('people').click()
  await sam.getByTestId('add-mia').click()
  await sam.getByTestId('participant-mia').waitFor()
  await listed(mia, title).click()
  await say(mia, 'Here I am')
  await message(sam, 'Here I am').waitFor()

  await sam.getByTestId('role-mia').selectOption('observer')
  await mia.getByTestId('composer-closed').filter({ hasText: 'observer' }).waitFor()
  expect(await mia.getByTestId('composer').count()).toBe(0)
  await sam.getByTestId('role-mia').selectOption('member')
  await mia.getByTestId('composer').waitFor()

  await sam.getByTestId('edit-group').click()
  await sam.getByTestId('edit-title').fill(next)
  await sam.getByTestId('save-group').click()
  await listed(mia, next).waitFor()

  await mia.getByTestId('people').click()
  expect(await mia.getByTestId('edit-group').count()).toBe(0)
  await mia.getByTestId('leave-group').click()
  await mia.getByTestId('confirm-leave').click()
  await listed(mia, next).waitFor({ state: 'detached' })
  await sam.getByTestId('participant-mia').waitFor({ state: 'detached' })
  await sam.context().close()
})

test('the host closes a booking: both windows say so and why, live, and write again when it is open again', async () => {
  const host = await tokenOf('backend', 'service')
  await post('/v1/admin/policy', { contexts: bookings }, host, 'PUT')
  let version = Date.now()
  const put = (status: string) =>
    post(
      '/v1/contexts/booking/B-2041',
      {
        title: 'Deep clean, three rooms',
        status,
        version: version++,
        members: [
          { userId: 'ana', role: 'customer' },
          { userId: 'ben', role: 'provider' },
        ],
      },
      host,
      'PUT',
    )
  await put('confirmed')
  for (const page of [ana, ben]) {
    await listed(page, 'Deep clean').click()
    await page.getByTestId('composer').waitFor()
  }
  await put('cancelled')
  for (const page of [ana, ben]) {
    await page.getByTestId('composer-closed').filter({ hasText: 'the booking was cancelled' }).waitFor()
    await message(page, 'This conversation is closed').and(page.locator('[data-type="system"]')).last().waitFor()
    expect(await page.getByTestId('composer').count()).toBe(0)
    await listed(page, 'Deep clean').getByTestId('context-chip').filter({ hasText: 'cancelled' }).waitFor()
  }
  await put('confirmed')
  for (const page of [ana, ben]) await page.getByTestId('composer').waitFor()

  // Where nothing may be edited, nothing offers it.
  await post('/v1/admin/policy', { contexts: bookings, messages: { editWindowSeconds: 0 } }, host, 'PUT')
  await ana.reload()
  const agreed = `As agreed ${randomUUID()}`
  await say(ana, agreed)
  await message(ana, agreed)
    .and(ana.locator('[data-state="sent"], [data-state="delivered"], [data-state="read"]'))
    .waitFor()
  await message(ana, agreed).getByTestId('message-actions').click()
  await ana.getByTestId('delete-message').waitFor()
  expect(await ana.getByTestId('edit-message').count()).toBe(0)
  await ana.keyboard.press('Escape')
  await ana.getByTestId('composer').press('ArrowUp')
  expect(await ana.getByTestId('composer').inputValue()).toBe('')
})

test('neither of two can write while one has blocked the other, and both pages show it as it comes and goes', async () => {
  await listed(ana, 'Ben Okafor').click()
  await listed(ben, 'Ana Ferreira').click()
  await ana.getByTestId('people').click()
  await ana.getByTestId('block-user').click()
  await ana.getByTestId('confirm-block').click()
  await ana.getByTestId('unblock-user').waitFor()
  await ana.keyboard.press('Escape')
  await ana.getByTestId('composer-closed').filter({ hasText: 'You have blocked Ben Okafor' }).waitFor()
  await ana.getByTestId('blocked-people').click()
  await ana.getByTestId('blocks').filter({ hasText: 'Ben Okafor' }).getByTestId('unblock-ben').click()
  await ana.getByTestId('unblock-ben').waitFor({ state: 'detached' })
  await ana.keyboard.press('Escape')
  await ana.getByTestId('composer').waitFor()
  await ana.getByTestId('people').click()
  await ana.getByTestId('block-user').click()
  await ana.getByTestId('confirm-block').click()
  await ana.getByTestId('unblock-user').waitFor()
  await ana.keyboard.press('Escape')
  await ana.getByTestId('composer-closed').waitFor()
  await ben.getByTestId('composer-closed').filter({ hasText: 'takes no messages from you' }).waitFor()
  await ana.getByTestId('unblock').click()
  await ana.getByTestId('composer').waitFor()
  await ben.getByTestId('composer').waitFor()
  await say(ben, 'are you there?')
  await message(ana, 'are you there?').waitFor()
})

test('a message is reported, and an admin finds it, listens in, closes the conversation and decides', async () => {
  // Where an earlier try has ended nothing is open, and nothing is reported.
  const host = await tokenOf('backend', 'service')
  const rateLimits = { userMessages: null, conversationMessages: null, userCalls: null }
  await post('/v1/admin/policy', { contexts: bookings, rateLimits }, host, 'PUT')
  type Reports = { data: { id: string }[] }
  const { data: open } = (await post('/v1/admin/reports?status=open&limit=100', undefined, host, 'GET')) as Reports
  for (const { id } of open) await post(`/v1/admin/reports/${id}`, { status: 'dismissed' }, host, 'PATCH')
  const benToken = await tokenOf('ben', 'provider')
  const withAna = { kind: 'direct', participants: [{ userId: 'ana' }] }
  const { id: conversationId } = (await post('/v1/conversations', withAna, benToken)) as { id: string }
  await post(`/v1/admin/conversations/${conversationId}/status`, { status: 'active' }, host, 'PUT')
  for (const page of [ana, ben, mia]) {
    await page.goto(`${standalone.url}/#`)
    await page.reload()
  }
  await listed(ben, 'Ana Ferreira').click()
  const own = randomUUID()
  const asked = `still there? ${own}`
  await say(ben, asked)

  await listed(ana, 'Ben Okafor').click()
  await message(ana, asked).hover()
  await message(ana, asked).getByTestId('message-actions').click()
  await ana.getByTestId('report-message').click()
  await ana.getByLabel('Insults or threats').check()
  await ana.getByTestId('report-note').fill('He is impatient')
  await ana.getByTestId('send-report').click()
  await ana.getByTestId('report-sent').waitFor()
  await ana.keyboard.press('Escape')

  // Much is said afterwards, and another report comes while she looks.
  const again = (number: number) => post('/v1/messages', { to: 'ana', content: `and again ${number} ${own}` }, benToken)
  await Promise.all(Array.from({ length: 69 }, (_, before) => again(before + 1)))
  await again(70)
  await mia.getByTestId('open-reports').filter({ hasText: '1' }).waitFor()
  await mia.getByTestId('moderate').click()
  await mia.getByTestId('tab-reports').click()
  await post('/v1/reports', { userId: 'ana', reason: 'other', note: 'She does not answer' }, benToken)
  const second = mia.getByTestId('report').filter({ hasText: 'She does not answer' })
  await second.filter({ hasText: /Ben Okafor reports Ana Ferreira/ }).waitFor()
  await mia.getByTestId('tab-reports').filter({ hasText: '2' }).waitFor()
  const report = mia.getByTestId('report').filter({ hasText: 'He is impatient' })
  await report.filter({ hasText: /Ana Ferreira reports a message of Ben Okafor/ }).waitFor()
  await report.getByTestId('reported-message').filter({ hasText: asked }).waitFor()
  await report.getByTestId('to-conversation').click()
  const reported = message(mia, asked)
  await reported.and(mia.locator('[data-stands-out]')).waitFor()
  const [seen, pane] = [await reported.boundingBox(), await mia.getByRole('log').boundingBox()]
  expect(seen!.y).toBeGreaterThanOrEqual(pane!.y)
  expect(seen!.y + seen!.height).toBeLessThanOrEqual(pane!.y + pane!.height)
  expect(await message(mia, `and again 70 ${own}`).count()).toBe(0)
  await mia.getByTestId('listening').filter({ hasText: 'listening in' }).waitFor()
  await mia.getByTestId('go-down').click()
  await message(mia, `and again 70 ${own}`).waitFor()
  await say(ben, `I will wait ${own}`)
  await message(mia, `I will wait ${own}`).waitFor()
  expect(await mia.getByTestId('composer').count()).toBe(0)

  await mia.getByTestId('close-conversation').click()
  // Asked first: whoever only reads must not end what others talk about.
  await mia.getByText('Leave it open').click()
  expect(await ana.getByTestId('composer').count()).toBe(1)
  await mia.getByTestId('close-conversation').click()
  await mia.getByTestId('confirm-close').click()
  for (const page of [ana, ben])
    await page.getByTestId('composer-closed').filter({ hasText: 'a moderator has decided so' }).waitFor()
  await mia.getByTestId('reopen-conversation').click()
  await ana.getByTestId('composer').waitFor()

  await mia.getByTestId('tab-reports').click()
  await report.getByTestId('resolve').click()
  await report.waitFor({ state: 'detached' })
  // The focus is in the next report, and the count went down.
  await mia.locator('[data-testid="report"]:focus-within').filter({ hasText: 'She does not answer' }).waitFor()
  await mia.getByTestId('tab-reports').filter({ hasText: '1' }).waitFor()
  await mia.getByTestId('tab-audit').click()
  await mia.getByTestId('audit').getByText('resolved a report').first().waitFor()
})

test('an admin speaks to everybody, sees who is there, and is shown what is wrong with a policy', async () => {
  await mia.getByTestId('tab-broadcast').click()
  await mia.getByTestId('broadcast-content').fill('Back at nine')
  await mia.getByTestId('broadcast-link').fill('https://example.com/nine')
  await mia.getByTestId('send-broadcast').click()
  await ana.getByTestId('broadcast').filter({ hasText: 'Back at nine' }).waitFor()
  await ana.reload()
  const more = ana.getByTestId('broadcast').getByRole('link', { name: 'Read more' })
  expect(await more.getAttribute('href')).toBe('https://example.com/nine')
  await ana.getByLabel('Dismiss the announcement').click()
  await ana.getByTestId('broadcast').waitFor({ state: 'detached' })

  await ana.reload()
  await ana.getByTestId('conversation-item').first().waitFor()
  await ana.waitForLoadState('networkidle')
  expect(await ana.getByTestId('broadcast').count()).toBe(0)

  await mia.getByTestId('tab-statistics').click()
  await mia.getByTestId('figures').filter({ hasText: 'online now' }).waitFor()

  await mia.getByTestId('tab-policy').click()
  await mia.getByTestId('policy-json').filter({ hasText: 'booking' }).waitFor()
  await mia.getByTestId('policy-json').fill('{ "messages": { "maxLength": 0 } }')
  await mia.getByTestId('save-policy').click()
  await mia.getByTestId('policy-problems').filter({ hasText: '/messages/maxLength' }).waitFor()
})

test('whoever is disabled is told so, after a reload too, and comes in again when that is over', async () => {
  const dev = await openWindow(browser, standalone.url, 'dev')
  const host = await tokenOf('backend', 'service')
  await post('/v1/users/dev/disabled', undefined, host, 'PUT')
  await dev.getByTestId('disabled').filter({ hasText: 'This account is disabled' }).waitFor()
  await dev.reload()
  await dev.getByTestId('disabled').waitFor()
  await post('/v1/users/dev/disabled', undefined, host, 'DELETE')
  await dev.getByText('Try again').click()
  await dev.getByTestId('conversation-item').first().waitFor()
  await dev.context().close()
})

test('at phone width an admin comes into a conversation by keyboard alone, visibly, and leaves again', async () => {
  const page = await openWindow(browser, standalone.url, 'mia', { width: 390, height: 780 })
  const dev = await openWindow(browser, standalone.url, 'dev')
  const userId = `tess-${randomUUID().slice(0, 8)}`
  const { token } = (await post('/dev/token', { userId, role: 'customer', name: userId })) as { token: string }
  await post('/v1/messages', { to: 'dev', content: 'Hello' }, token)
  await listed(dev, userId).click()
  await dev.getByTestId('message').first().waitFor()
  const names = () => dev.getByTestId('sender').allTextContents()
  expect(await names()).toEqual([])
  await page.getByTestId('moderate').focus()
  await page.keyboard.press('Enter')
  const item = page.getByTestId('inspect-item').filter({ hasText: userId })
  await item.focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('join').focus()
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  await page.keyboard.press('Enter')
  await page.getByTestId('composer').waitFor()
  await message(page, 'A moderator has joined').waitFor()
  await dev.getByTestId('moderator-present').waitFor()
  await say(page, 'May I help?')
  await expect.poll(names).toEqual([expect.stringMatching(/^Mia,.*Staff$/)])
  await dev.getByTestId('people').click()
  await dev.getByTestId('moderated').filter({ hasText: 'moderates this conversation' }).waitFor()
  await page.getByTestId('people').click()
  await page.getByTestId('participants').waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  await page.getByTestId('leave-group').click()
  await page.getByTestId('confirm-leave').click()
  await page.getByTestId('composer').waitFor({ state: 'detached' })
  expect(await listed(page, userId).count()).toBe(0)
  await dev.getByTestId('moderator-present').waitFor({ state: 'detached' })
  // What she wrote stays hers.
  expect(await names()).toEqual([expect.stringMatching(/^Mia,/)])
})
