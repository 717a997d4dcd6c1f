import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import { violations } from './axe.ts'
import { ask, launchBrowser, listed, message, openWindow, say, tokenOf, writeAs } from './windows.ts'

let browser: Browser
let standalone: StandaloneProcess
let folder: string
let ana: Page
const complaints: string[] = []

beforeAll(async () => {
  folder = await dataFolder()
  ;[standalone, browser] = await Promise.all([startStandalone(folder, { NOTIFY_DELAY_MS: '300' }), launchBrowser()])
  ana = await openWindow(browser, standalone.url, 'ana')
  ana.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  ana.on('pageerror', (err) => complaints.push(err.message))
  await listed(ana, 'Ben Okafor').waitFor()
}, 300_000)
beforeEach(() => {
  complaints.length = 0
})
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

test('of what one is signed in with one is ended, then all others, and each says so and lets one in again', async () => {
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1'
  const open = () => openWindow(browser, standalone.url, 'sam')
  const context = await browser.newContext({ userAgent: phone })
  const mobile = await context.newPage()
  await mobile.goto(standalone.url)
  await mobile.getByTestId('person-card-sam').click()
  await mobile.getByTestId('conversation-item').first().waitFor()
  // What a browser keeps of somebody.
  await mobile.evaluate("localStorage.setItem('parley/default/sam/kept', 'words of theirs')")
  const [sam, other, another] = await Promise.all([open(), open(), open()])
  await sam.getByTestId('settings').click()
  await sam.getByTestId('your-devices').click()
  const devices = sam.getByTestId('device')
  const own = devices.and(sam.locator('[data-current]'))
  await own.filter({ hasText: 'Chrome on Linux' }).getByText('This device').waitFor()
  expect(await own.getByTestId('end-session').count()).toBe(0)
  const found = await violations(sam, 'devices')

  const onPhone = devices.filter({ hasText: 'Safari on iPhone' }).first()
  await onPhone.getByTestId('end-session').focus()
  await sam.keyboard.press('Enter')
  await sam.getByRole('status').filter({ hasText: 'Signed out of Safari on iPhone.' }).waitFor()
  await mobile.getByTestId('signed-out').and(mobile.locator('[data-why=ended]')).waitFor()
  expect(await mobile.evaluate('Object.keys(localStorage).length + sessionStorage.length')).toBe(0)
  found.push(...(await violations(mobile, 'signed out')))

  await sam.getByTestId('end-other-sessions').click()
  await sam.getByTestId('confirm-end-sessions').click()
  for (const page of [other, another]) await page.getByTestId('signed-out').waitFor()
  await expect.poll(() => devices.count()).toBe(1)
  await sam.keyboard.press('Escape')
  await mobile.keyboard.press('Enter')
  await mobile.getByTestId('person-card-sam').click()
  await mobile.getByTestId('conversation-item').first().waitFor()
  expect(found).toEqual([])
  for (const page of [sam, other, another, mobile]) await page.context().close()
})

/** As a browser's push service would: headless browsers have none, so that the subscription is made up and pushes come by the debugger. */
const subscribing = `PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  if (typeof applicationServerKey !== 'string' || applicationServerKey.length !== 87) throw new Error('no key')
  const keys = { p256dh: '${'B'.repeat(87)}', auth: '${'a'.repeat(22)}' }
  return { options: {}, toJSON: () => ({ endpoint: 'http://127.0.0.1:9/nobody', expirationTime: null, keys }) }
}`

test('pushes are offered when something was written, reach the browser, and are taken away when it was read elsewhere', async () => {
  const context = await browser.newContext()
  await context.grantPermissions(['notifications'], { origin: standalone.url })
  // Not decided yet, until the person is asked.
  await context.addInitScript(`
    ${subscribing}
    let asked = false
    const permission = () => (asked ? 'granted' : 'default')
    Object.defineProperty(Notification, 'permission', { get: permission })
    Notification.requestPermission = async () => { asked = true; return permission() }`)
  const page = await context.newPage()
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  await page.goto(standalone.url)
  await page.getByTestId('person-card-dev').click()
  await listed(page, 'Spring fair').click()
  await page.getByTestId('composer').waitFor()
  expect(await page.getByTestId('push-offer').count()).toBe(0)
  await say(page, 'Who is there?')
  await page.getByTestId('push-accept').waitFor()
  expect(await violations(page, 'offer of pushes')).toEqual([])
  await page.getByTestId('push-accept').click()
  await page.getByTestId('push-offer').waitFor({ state: 'detached' })
  const devices = () =>
    page.evaluate<{ devices: { channel: string }[] }>(`fetch('v1/me/devices', {
      headers: { authorization: 'Bearer ' + sessionStorage.getItem('parley.token') },
    }).then((answer) => answer.json())`)
  expect(await devices()).toMatchObject({ devices: [{ channel: 'web_push' }] })

  const debug = await context.newCDPSession(page)
  const registered = new Promise<string>((resolve) =>
    debug.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0]) resolve(registrations[0].registrationId)
    }),
  )
  await debug.send('ServiceWorker.enable')
  const registrationId = await registered
  const push = (data: object) =>
    debug.send('ServiceWorker.deliverPushMessage', {
      origin: standalone.url,
      registrationId,
      data: JSON.stringify({ id: '1', tag: 'one', data: {}, ...data }),
    })
  const shown = () =>
    page.evaluate<string[]>(
      'navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ body }) => body))',
    )
  await push({ type: 'notify', title: 'Ben', body: 'Me' })
  await expect.poll(shown).toEqual(['Me'])
  await push({ type: 'notify', title: 'Ben', body: 'And I am here' })
  await expect.poll(shown).toEqual(['And I am here'])
  // as a worker of a former release has it; now a page takes them away
  await push({ type: 'withdraw' })
  await expect.poll(shown).toEqual([])

  await page.getByTestId('settings').click()
  await page.getByTestId('push-off').click()
  await page.getByTestId('push-here').and(page.locator('[data-status=off]')).waitFor()
  expect(await devices()).toEqual({ devices: [] })
  expect(complaints).toEqual([])
  await context.close()
})

test('who was away finds in the bell what was written, comes to it from there, and has then been told', async () => {
  const own = randomUUID()
  const [key, car, hurry] = [`The key is at the desk ${own}`, `And the car is outside ${own}`, `Hurry ${own}`]
  const token = await tokenOf(standalone.url, 'chloe', 'provider')
  const upTo = new Date().toISOString()
  await ask(standalone.url, { method: 'PUT', path: '/v1/notifications/read', body: { upTo }, token })
  const chloe = await openWindow(browser, standalone.url, 'chloe')
  chloe.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  const inList = (text: string) => chloe.getByTestId('notification').filter({ hasText: text })
  const unread = (text: string) => inList(text).and(chloe.locator('[data-unread]'))
  await writeAs(standalone.url, 'sam', 'chloe', [key])
  await chloe.getByTestId('unread-notifications').waitFor()
  await chloe.getByTestId('notifications').click()
  await unread(key).filter({ hasText: 'Sam from support' }).waitFor()
  expect(await violations(chloe, 'notifications')).toEqual([])
  await inList(key).click()
  await message(chloe, key).waitFor()
  await chloe.getByTestId('notifications').click()
  await inList(key).waitFor()
  await unread(key).waitFor({ state: 'detached' })

  // Told of while the list is open.
  await writeAs(standalone.url, 'ben', 'chloe', [car])
  await unread(car).waitFor()
  await chloe.getByTestId('mark-notifications-read').click()
  await unread(car).waitFor({ state: 'detached' })
  await chloe.getByTestId('unread-notifications').waitFor({ state: 'detached' })
  await chloe.reload()
  await listed(chloe, car).waitFor()
  await chloe.waitForLoadState('networkidle')
  expect(await chloe.getByTestId('unread-notifications').count()).toBe(0)

  // Read where it was written: told of no more.
  await writeAs(standalone.url, 'ben', 'chloe', [hurry])
  await chloe.getByTestId('unread-notifications').waitFor()
  await listed(chloe, hurry).click()
  await chloe.getByTestId('unread-notifications').waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
  await chloe.context().close()
})
