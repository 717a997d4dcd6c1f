import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Colours do not depend on the width, nor landmarks on the colours: two looks have all of both. */
const looks = [
  { colorScheme: 'light', viewport: { width: 1200, height: 760 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const

/** What axe finds on a screen as it stands, light and dark, wide and as a phone has it: one line for each place. */
export async function violations(page: Page, screen: string): Promise<string[]> {
  const before = page.viewportSize()
  const found: string[] = []
  for (const { colorScheme, viewport } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize(viewport)
    found.push(...(await run(page, `${screen}, ${colorScheme}, ${viewport.width}`)))
  }
  if (before) await page.setViewportSize(before)
  return found
}

async function run(page: Page, name: string): Promise<string[]> {
  // Evaluated and not loaded: the page's content security policy takes no script from elsewhere.
  await page.evaluate(`if (!window.axe) { ${axe.source} }`)
  const results = (await page.evaluate('axe.run(document)')) as axe.AxeResults
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${name}: ${id} at ${target.join(' ')}: ${failureSummary}`),
  )
}
