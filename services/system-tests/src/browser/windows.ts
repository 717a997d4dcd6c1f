import { ensureChromium } from '@parley/testkit'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'

/** Windows of the page, each with its own storage: one person each. For tests. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
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
    ],
  })
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

export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('send').click()
}

export const message = (page: Page, text: string): Locator => page.getByTestId('message').filter({ hasText: text })

export const listed = (page: Page, text: string): Locator =>
  page.getByTestId('conversation-item').filter({ hasText: text })
