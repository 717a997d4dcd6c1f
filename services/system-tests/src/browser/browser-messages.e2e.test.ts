import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, removeFolder, type StandaloneProcess, startStandalone } from '../process/standalone-process.ts'
import {
  ask,
  holdFrames,
  isOnScreen,
  launchBrowser,
  listed,
  message,
  openWindow,
  say,
  scrollTo,
  tokenOf,
  writeAs,
} from './windows.ts'

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

test('a reaction is seen by both, added to by a click, and taken back by another', async () => {
  await say(ana, 'Shall we meet at ten?')
  await message(ben, 'Shall we').waitFor()
  await choose(ben, 'Shall we', 'react-👍')
  const reaction = (page: Page) => message(page, 'Shall we').getByTestId('reaction')
  await reaction(ana).filter({ hasText: '1' }).click()
  await reaction(ben).filter({ hasText: '2' }).click()
  await reaction(ana).filter({ hasText: '1' }).waitFor()
  expect(await reaction(ana).getAttribute('aria-pressed')).toBe('true')
  expect(await reaction(ana).getAttribute('aria-label')).toBe('👍 by you')
  await message(ben, 'Shall we').last().getByTestId('message-actions').click()
  await ben.getByTestId('more-emoji').click()
  await ben.getByTestId('react-🎉').click()
  await expect.poll(() => reaction(ana).count()).toBe(2)
})

test('who is mentioned is completed while writing, and shown by name', async () => {
  await ben.getByTestId('composer').pressSequentially('I ask @an')
  await ben.getByTestId('mention-ana').waitFor()
  // somebody types on before the browser draws
  const draw = await holdFrames(ben)
  await ben.keyboard.press('Enter')
  await ben.keyboard.type('a')
  await draw()
  await ben.keyboard.type('bout it')
  await ben.keyboard.press('Enter')
  await message(ana, 'I ask @Ana Ferreira about it').getByTestId('mention').and(ana.locator('[data-me]')).waitFor()
  await listed(ana, 'I ask @Ana Ferreira about it').waitFor()
  // what is changed is written with the name, and sent as a mention again
  await choose(ben, 'I ask', 'edit-message')
  expect(await ben.getByTestId('composer').inputValue()).toBe('I ask @Ana Ferreira about it')
  await ben.getByTestId('composer').fill('I ask @Ana Ferreira again')
  await ben.keyboard.press('Enter')
  await message(ana, 'I ask @Ana Ferreira again').getByTestId('mention').waitFor()
})

/** What is said in one try is not what was said in another. */
let tries = 0
test('an answer shows its original as it is now, leads to it however far back, and on from there both ways', async () => {
  const code = `${1_000 + ++tries}`
  const thanks = `Thank you for ${code}`
  await say(ana, `The door code is ${code}`)
  await message(ben, `The door code is ${code}`).waitFor()
  await writeAs(
    standalone.url,
    'ben',
    'ana',
    Array.from({ length: 130 }, (_, index) => `step ${index + 1}.`),
  )
  const token = await tokenOf(standalone.url, 'ben', 'provider')
  const page = (await fetch(`${standalone.url}/v1/conversations?limit=50`, {
    headers: { authorization: `Bearer ${token}` },
  }).then((response) => response.json())) as { data: { id: string; lastMessage: { content: string } | null }[] }
  const { id } = page.data.find(({ lastMessage }) => lastMessage?.content === 'step 130.')!
  const old = (await fetch(`${standalone.url}/v1/conversations/${id}/messages?limit=100&before=100`, {
    headers: { authorization: `Bearer ${token}` },
  }).then((response) => response.json())) as { data: { id: string; content: string }[] }
  const original = old.data.find(({ content }) => content.includes(code))!
  const body = { content: thanks, replyTo: original.id }
  await ask(standalone.url, { path: `/v1/conversations/${id}/messages`, body, token })

  await ana.reload()
  // there is a way down where not all of it had been read
  await expect
    .poll(async () => {
      const down = ana.getByTestId('go-down')
      if (await down.isVisible()) await down.click({ timeout: 1_000 }).catch(() => {})
      return message(ana, thanks).isVisible()
    })
    .toBe(true)
  const quote = message(ana, thanks).getByTestId('reply-quote')
  await quote.filter({ hasText: code }).click()
  const found = message(ana, 'The door code is').and(ana.locator('[data-stands-out]'))
  await expect.poll(() => isOnScreen(found)).toBe(true)
  expect(await message(ana, thanks).count()).toBe(0)

  // the original changes while the answer is not on the page, and the other way round
  await choose(ana, 'The door code is', 'edit-message')
  await ana.getByTestId('composer').fill('The door code is 9999')
  await ana.keyboard.press('Enter')
  await ana.getByTestId('go-down').click()
  await quote.filter({ hasText: '9999' }).waitFor()
  await ben.reload()
  await message(ben, thanks).getByTestId('reply-quote').filter({ hasText: '9999' }).waitFor()

  // who writes from there goes on at the end, and goes on writing
  await quote.click()
  await expect.poll(() => isOnScreen(found)).toBe(true)
  await ana.getByTestId('composer').fill('I have it')
  await ana.keyboard.press('Enter')
  await message(ana, 'I have it').waitFor()
  await ana.keyboard.type('now')
  expect(await ana.getByTestId('composer').inputValue()).toBe('now')
  // nor does what one has come for before take the focus when it comes into view again
  await scrollTo(ana, 'Hi Ben, is the deep clean')
  await found.waitFor()
  await ana.keyboard.type(', thanks')
  expect(await ana.getByTestId('composer').inputValue()).toBe('now, thanks')
  await ana.getByTestId('composer').fill('')
  await ana.getByTestId('go-down').click()

  // older and newer ones come by scrolling from where one has gone to
  await quote.click()
  await expect.poll(() => isOnScreen(found)).toBe(true)
  await ana.getByRole('log').focus()
  for (const [key, text] of [
    ['PageUp', 'Hi Ben, is the deep clean'],
    ['PageDown', thanks],
  ] as const)
    await expect
      .poll(async () => {
        await ana.keyboard.press(key)
        return message(ana, text).count()
      })
      .toBe(1)
})

test('a message is answered from its menu, and deleted for oneself alone', async () => {
  await say(ana, 'Is there a ladder?')
  await message(ben, 'Is there a ladder?').waitFor()
  const draw = await holdFrames(ben)
  await choose(ben, 'Is there a ladder?', 'reply-message')
  await ben.keyboard.type('In the cellar')
  await draw()
  await ben.getByTestId('replying').filter({ hasText: 'Is there a ladder?' }).waitFor()
  // the draft goes on on another device
  const phone = await openWindow(browser, standalone.url, 'ben')
  await listed(phone, 'In the cellar').filter({ hasText: 'Draft' }).click()
  await phone.getByTestId('replying').filter({ hasText: 'Is there a ladder?' }).waitFor()
  await phone.getByTestId('composer').press('Enter')
  await message(ana, 'In the cellar').getByTestId('reply-quote').filter({ hasText: 'ladder' }).waitFor()
  await ben.getByTestId('replying').waitFor({ state: 'detached' })
  expect(await ben.getByTestId('composer').inputValue()).toBe('')
  await phone.context().close()

  await choose(ana, 'In the cellar', 'delete-message')
  await ana.getByTestId('delete-for-me').click()
  await message(ana, 'In the cellar').waitFor({ state: 'detached' })
  await listed(ana, 'Is there a ladder?').waitFor()
  await ana.reload()
  await message(ana, 'Is there a ladder?').waitFor()
  expect(await message(ana, 'In the cellar').count()).toBe(0)
  expect(await message(ben, 'In the cellar').count()).toBe(1)

  // back to the list, and on from there by keyboard, before the browser draws
  const drawn = await holdFrames(ana)
  await ana.getByTestId('composer').press('Escape')
  await ana.keyboard.press('Enter')
  await drawn()
  await message(ana, 'Is there a ladder?').waitFor()
})

const deal = (page: Page, title: string, status: string) =>
  page
    .getByTestId('deal')
    .filter({ hasText: title })
    .and(page.locator(`[data-status="${status}"]`))

test('an offer is made with a form, countered and accepted, and both cards say how it stands', async () => {
  await ben.getByTestId('compose-more').click()
  await ben.getByTestId('make-offer').click()
  await ben.getByTestId('offer-title').fill('Deep clean of the kitchen')
  await ben.getByTestId('offer-price').fill('120,50')
  await ben.getByTestId('send-offer').click()
  const offered = deal(ana, 'Deep clean of', 'pending')
  await offered.getByTestId('deal-amount').filter({ hasText: '€120.50' }).waitFor()
  await listed(ana, 'Deep clean of the kitchen · €120.50').waitFor()
  expect(await deal(ben, 'Deep clean of', 'pending').getByTestId('deal-accept').count()).toBe(0)

  await offered.getByTestId('deal-counter').click()
  await ana.getByTestId('offer-price').fill('110')
  await ana.getByTestId('send-offer').click()
  await deal(ben, 'Deep clean of', 'superseded').waitFor()
  const countered = deal(ben, 'Deep clean of', 'pending')
  await countered.getByTestId('deal-amount').filter({ hasText: '€110.00' }).waitFor()
  await countered.getByTestId('deal-accept').click()
  for (const page of [ana, ben]) {
    const accepted = deal(page, 'Deep clean of', 'accepted')
    await accepted.getByTestId('deal-status').filter({ hasText: 'Accepted' }).waitFor()
    expect(await accepted.getByRole('button').count()).toBe(0)
  }
  await message(ana, 'Ben Okafor accepted the offer').waitFor()
  await message(ben, 'You accepted the offer').waitFor()
})

test('a booking is asked for with several times, confirmed for one of them and cancelled', async () => {
  await ana.getByTestId('compose-more').click()
  await ana.getByTestId('make-booking').click()
  await ana.getByTestId('booking-title').fill('Window cleaning')
  await ana.getByTestId('booking-time-0').fill('2027-03-01T10:00')
  await ana.getByTestId('booking-more').click()
  await ana.getByTestId('booking-time-1').fill('2027-03-02T11:30')
  await ana.getByTestId('send-booking').click()
  const asked = deal(ben, 'Window cleaning', 'pending')
  await asked.getByTestId('time-1').check()
  await asked.getByTestId('deal-confirm').click()
  const confirmed = deal(ana, 'Window cleaning', 'confirmed')
  await confirmed.filter({ hasText: 'Mar 2, 2027' }).waitFor()
  expect(await confirmed.filter({ hasText: 'Mar 1, 2027' }).count()).toBe(0)
  await confirmed.getByTestId('deal-cancel').click()
  await deal(ben, 'Window cleaning', 'cancelled').waitFor()
})

test('a message is pinned for both, found among the pins, and taken down', async () => {
  await say(ana, 'The alarm is in the hall')
  await message(ben, 'The alarm is').waitFor()
  await choose(ben, 'The alarm is', 'pin-message')
  await message(ana, 'The alarm is').getByTestId('pinned').waitFor()
  await ana.getByTestId('open-pins').click()
  await ana.getByTestId('pins').getByTestId('found-message').filter({ hasText: 'The alarm is in the hall' }).click()
  await expect.poll(() => isOnScreen(message(ana, 'The alarm is').and(ana.locator('[data-stands-out]')))).toBe(true)
  await choose(ana, 'The alarm is', 'unpin-message')
  await message(ben, 'The alarm is').getByTestId('pinned').waitFor({ state: 'detached' })
})
