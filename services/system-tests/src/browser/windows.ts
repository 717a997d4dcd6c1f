import { ensureChromium } from '@parley/testkit'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'

/** Windows of the page, each with its own storage: one person each. For tests. `more`: switches of the browser's. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    // in the locale of a bare environment it names files that are not in ASCII "download"
    env: { ...process.env, LC_ALL: 'C.UTF-8' } as Record<string, string>,
    executablePath: await ensureChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

/** What somebody asks for over REST, without a window. @throws with the answer that is no success */
export async function ask(
  url: string,
  { method = 'POST', path, body, token }: { method?: string; path: string; body?: object; token?: string },
): Promise<unknown> {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? null : response.json()
}

export async function tokenOf(url: string, userId: string, role = 'customer'): Promise<string> {
  return ((await ask(url, { path: '/dev/token', body: { userId, role } })) as { token: string }).token
}

/** One message after the other. */
export async function writeAs(url: string, userId: string, to: string, texts: readonly string[]): Promise<void> {
  const token = await tokenOf(url, userId)
  for (const content of texts) await ask(url, { path: '/v1/messages', body: { to, content }, token })
}

/** As if another window had come in front of it, or gone again. */
export async function setFocus(page: Page, focused: boolean): Promise<void> {
  await page.evaluate(
    `document.hasFocus = () => ${focused}; window.dispatchEvent(new Event('${focused ? 'focus' : 'blur'}'))`,
  )
}

/** Somebody of the demo, signed in. */
export async function openWindow(
  browser: Browser,
  url: string,
  userId: string,
  viewport = { width: 1200, height: 760 },
): Promise<Page> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(url)
  await page.getByTestId(`person-card-${userId}`).click()
  await page.getByTestId('connection-state').and(page.locator('[data-state="online"]')).waitFor()
  return page
}

/** The browser of a busy machine, which draws late: not before what this returns is called. */
export async function holdFrames(page: Page): Promise<() => Promise<unknown>> {
  await page.evaluate(`
    const draw = requestAnimationFrame
    const held = []
    window.requestAnimationFrame = (run) => held.push(run)
    document.addEventListener('drawn', () => {
      window.requestAnimationFrame = draw
      for (const run of held) draw(run)
    }, { once: true })`)
  return () =>
    page.evaluate("document.dispatchEvent(new Event('drawn')); new Promise((drawn) => requestAnimationFrame(drawn))")
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('send').click()
}

export const message = (page: Page, text: string): Locator => page.getByTestId('message').filter({ hasText: text })

export const listed = (page: Page, text: string): Locator =>
  page.getByTestId('conversation-item').filter({ hasText: text })

export const isOnScreen = async (found: Locator): Promise<boolean> => {
  // what is far away is not drawn, and would be waited for
  const [drawn] = await found.all()
  if (!drawn) return false
  const box = drawn.boundingBox({ timeout: 1_000 }).catch(() => null)
  const [message, log] = await Promise.all([box, found.page().getByRole('log').boundingBox()])
  return message !== null && log !== null && message.y >= log.y && message.y + message.height <= log.y + log.height
}

/** On a machine that is busy elsewhere the page draws anew what was just found. */
const SCROLLED_WITHIN_MS = 20_000

/**
 * Scrolls until the list has a message: it draws only what is near to the view. From the end, or with `down` from here. What the page
 * holds in its place meanwhile, since other messages have come above, it holds for some seconds: then once more.
 */
export async function scrollTo(page: Page, text: string, way: 'up' | 'down' = 'up'): Promise<void> {
  const log = page.getByRole('log')
  const deadline = performance.now() + SCROLLED_WITHIN_MS
  for (;;) {
    if (way === 'up') await log.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    for (let step = 0; step < 200 && (await message(page, text).count()) === 0; step++) {
      // by hand, as the page knows it
      await log.dispatchEvent('wheel')
      await log.evaluate((element, by) => element.scrollBy(0, by), way === 'up' ? -400 : 400)
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    }
    try {
      return await message(page, text).first().scrollIntoViewIfNeeded({ timeout: 3_000 })
    } catch (err) {
      if (performance.now() > deadline) throw err
    }
  }
}
