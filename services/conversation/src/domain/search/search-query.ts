import { quoted, stemTerm, wordTerm } from './terms.ts'
import { fold, type Word, wordsOf } from './words.ts'

/** One word that is asked for. */
export interface AskedWord {
  /** Of the words of a message, so many behind the first one of the group. */
  offset: number
  folded: string
  /** Words that begin like it are meant as well. */
  prefix: boolean
  /** Where it is one of a language: other forms of it are meant as well. */
  spoken?: string
  unspaced?: true
}

/** Words that have to stand one after the other. */
export type AskedGroup = readonly AskedWord[]

/** Nobody types more; a text that was pasted is looked for by its beginning. */
const MAX_WORDS = 24
/** One letter alone begins half of all words: it means itself. */
const MIN_PREFIX_LENGTH = 2

const QUOTES = '"“”„«»「」『』'
const PART = new RegExp(`[${QUOTES}](?<phrase>[^${QUOTES}]*)[${QUOTES}]|(?<chunk>[^\\s${QUOTES}]+)`, 'gu')

/**
 * What somebody typed. All of its words have to be there, what stands in quotes one after the other, and so what no space parts; the
 * last word may be the beginning of one. There is nothing that cannot be asked: signs are left out.
 */
export function askedIn(query: string): AskedGroup[] {
  const groups: AskedGroup[] = []
  let room = MAX_WORDS
  const parts = [...query.matchAll(PART)]
  for (const [i, { groups: found }] of parts.entries()) {
    const { phrase, chunk } = found!
    const isLast = i === parts.length - 1 && phrase === undefined
    const group = groupOf(wordsOf((phrase ?? chunk)!).slice(0, room), { isLast, isExact: phrase !== undefined })
    room -= group.length
    if (group.length > 0) groups.push(group)
  }
  return groups
}

function groupOf(words: readonly Word[], { isLast, isExact }: { isLast: boolean; isExact: boolean }): AskedGroup {
  const alone = words.length === 1 && !isExact
  return words.flatMap((word, i): AskedWord[] => {
    const { folded, spoken, unspaced } = word
    const ends = i === words.length - 1
    if (unspaced) {
      const isSingle = [...folded].length < 2
      // the end of a run is in the pair before; a character alone begins pairs
      const before = words[i - 1]
      if (isSingle && before?.unspaced && before.start + before.length === word.start + word.length) return []
      return [{ offset: i, folded, prefix: isSingle, unspaced }]
    }
    const prefix = isLast && ends && spoken !== undefined && folded.length >= MIN_PREFIX_LENGTH
    return [{ offset: i, folded, prefix, ...(alone && spoken !== undefined && { spoken }) }]
  })
}

/** The question as Postgres takes it (a tsquery); `stems` of the words that are spoken. */
export function questionOf(key: string, groups: readonly AskedGroup[], stems: ReadonlyMap<string, string>): string {
  return groups
    .map((group) =>
      group
        .map((word, i) => {
          const term = `${quoted(wordTerm(key, word.folded))}${word.prefix ? ':*' : ''}`
          const stem = word.spoken === undefined ? undefined : stems.get(word.spoken)
          const forms = stem === undefined ? [term] : [term, ...formsOf(key, stem).map(quoted)]
          const either = forms.length > 1 ? `(${forms.join('|')})` : term
          return i === 0 ? either : `<${word.offset - group[i - 1]!.offset}> ${either}`
        })
        .join(' '),
    )
    .map((group) => `(${group})`)
    .join(' & ')
}

/** A form that is its own stem is there as a word alone. */
function formsOf(key: string, stem: string): string[] {
  return [stemTerm(key, stem), wordTerm(key, fold(stem))]
}
