import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { wordsOf } from './words.ts'

/** Where one text ends and the next begins, no phrase goes on. */
const BETWEEN_TEXTS = 10
/** What Postgres keeps of places: the highest, and so many of one term. */
const MAX_PLACE = 16_383
const MAX_PLACES = 255

const keys = new LRUCache<string, string>({ max: 10_000 })

/** What every term of a tenant's begins with: one word of two tenants is two terms, and finding one does not read the other. */
export function tenantKey(tenantId: string): string {
  let key = keys.get(tenantId)
  if (key === undefined) {
    key = createHash('sha256').update(tenantId).digest('hex').slice(0, 5)
    keys.set(tenantId, key)
  }
  return key
}

/** A word as it was written, and a word without its ending, as the tenant's language has it. */
export const wordTerm = (key: string, folded: string) => `${key}=${folded}`
export const stemTerm = (key: string, stem: string) => `${key}~${stem}`

export const quoted = (term: string) => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** The words of texts as a row of the projection has them: a tsvector. `stems` of the words as they are spoken, where there are any. */
export function termsOf(key: string, texts: readonly string[], stems: ReadonlyMap<string, string>): string {
  const places = new Map<string, number[]>()
  const ended = new Set<string>()
  let place = 1
  for (const text of texts) {
    for (const { folded, spoken } of wordsOf(text)) {
      const term = wordTerm(key, folded)
      const known = places.get(term)
      if (!known) places.set(term, [place])
      else if (known.length < MAX_PLACES) known.push(place)
      const stem = spoken === undefined ? undefined : stems.get(spoken)
      if (stem !== undefined && stem !== folded) ended.add(stemTerm(key, stem))
      place = Math.min(MAX_PLACE, place + 1)
    }
    place = Math.min(MAX_PLACE, place + BETWEEN_TEXTS)
  }
  const words = [...places].map(([term, at]) => `${quoted(term)}:${at.length === 1 ? at[0] : [...new Set(at)].join()}`)
  return [...words, ...[...ended].map(quoted)].join(' ')
}

/** The words of texts that a language may know. */
export function spokenIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap(wordsOf).flatMap(({ spoken }) => spoken ?? []))]
}
