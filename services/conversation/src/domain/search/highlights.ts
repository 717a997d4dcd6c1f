import type { AskedGroup, AskedWord } from './search-query.ts'
import { fold, type Word, wordsOf } from './words.ts'

/** Where it begins in a text and how long it is, in UTF-16 units, as strings of JavaScript are counted. */
export type Highlight = [start: number, length: number]

/** More of them nobody looks at. */
const MAX_HIGHLIGHTS = 50

/** Where what was asked for stands in a text: in order, none of them touching the next. `stems` of the words of both. */
export function highlightsIn(
  text: string,
  groups: readonly AskedGroup[],
  stems: ReadonlyMap<string, string>,
): Highlight[] {
  const words = wordsOf(text)
  const ranges = groups.flatMap((group) =>
    words.flatMap((_, at): Highlight[] => {
      const found = group.map((asked) => {
        const word = words[at + asked.offset]
        return word && isMeant(word, asked, stems) ? shownOf(word, asked) : undefined
      })
      const [first, last] = [found[0], found.at(-1)]
      if (!first || !last || found.includes(undefined)) return []
      return [[first[0], last[0] + last[1] - first[0]]]
    }),
  )
  return merged(ranges).slice(0, MAX_HIGHLIGHTS)
}

function isMeant({ folded, spoken }: Word, asked: AskedWord, stems: ReadonlyMap<string, string>): boolean {
  if (folded === asked.folded || (asked.prefix && folded.startsWith(asked.folded))) return true
  const stem = asked.spoken === undefined ? undefined : stems.get(asked.spoken)
  return stem !== undefined && spoken !== undefined && (stems.get(spoken) === stem || folded === fold(stem))
}

/** A character that was asked for alone is the first one of its pair. */
function shownOf({ start, length, folded }: Word, { unspaced, prefix }: AskedWord): Highlight {
  if (!unspaced || !prefix) return [start, length]
  return [start, length === 1 ? 1 : folded.codePointAt(0)! > 0xffff ? 2 : 1]
}

function merged(ranges: readonly Highlight[]): Highlight[] {
  const all: Highlight[] = []
  for (const [start, length] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1)
    if (last && start <= last[0] + last[1]) last[1] = Math.max(last[1], start + length - last[0])
    else all.push([start, length])
  }
  return all
}
