import { LRUCache } from 'lru-cache'
import type { SearchIndex } from '../ports/search.ts'

/** Most texts are of the same few thousand words. */
const MAX_REMEMBERED = 50_000

/** The words without their endings, as the language has them; empty where the tenant has named none. */
export type StemsOf = (language: string | null, words: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** Remembers what it has asked the database, which knows the languages. */
export function createStems({ stems }: Pick<SearchIndex, 'stems'>): StemsOf {
  const known = new LRUCache<string, string>({ max: MAX_REMEMBERED })
  return async (language, words) => {
    const found = new Map<string, string>()
    if (language === null) return found
    const unknown: string[] = []
    for (const word of new Set(words)) {
      const stem = known.get(`${language} ${word}`)
      if (stem === undefined) unknown.push(word)
      else found.set(word, stem)
    }
    if (unknown.length === 0) return found
    const answered = await stems(language, unknown)
    for (const [i, word] of unknown.entries()) {
      known.set(`${language} ${word}`, answered[i]!)
      found.set(word, answered[i]!)
    }
    return found
  }
}
