/** The language that the page's own words are in; `index.html` says the same. */
export const LANGUAGE = 'en'

/**
 * How dates and numbers are written: in the page's own language, in the reader's kind of it where they have one
 * (BCP 47). A German reader gets "2 March", and not "2. März" among English words.
 */
export function languageTag(preferred: readonly string[]): string {
  return preferred.find((tag) => tag === LANGUAGE || tag.startsWith(`${LANGUAGE}-`)) ?? `${LANGUAGE}-GB`
}

/** Whether a day has 24 hours or twice twelve is where the reader lives, not which language they read. */
export function clockOf(preferred: readonly string[]): 'h11' | 'h12' | 'h23' | 'h24' {
  const { hourCycle } = new Intl.DateTimeFormat([...preferred], { hour: 'numeric' }).resolvedOptions()
  return hourCycle === 'h11' || hourCycle === 'h12' || hourCycle === 'h24' ? hourCycle : 'h23'
}
