/** A word of a text, as it is found. */
export interface Word {
  /** Where it stands in the text, in UTF-16 units, and how long it is there. */
  start: number
  length: number
  /** In small letters, without accents and points; of a script without spaces two characters, at the end of a run one. */
  folded: string
  /** In small letters as it was written, for what knows the language; undefined where that knows nothing of it. */
  spoken?: string
  /** It is one of a run of characters that nobody put spaces between. */
  unspaced?: true
}

/** Longer ones are found by this beginning. */
const MAX_WORD_LENGTH = 64

/** Most of what people write is of this alone: it needs neither folding nor a look at scripts. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ASCII = /^[\u0000-\u007f]*$/
const ASCII_WORD = /[a-z0-9]+/g

const UNSPACED = String.raw`(?=[\p{L}\p{N}\p{M}])[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}]`
const PICTURE = String.raw`\p{RI}\p{RI}|\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*(?:\u200d\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*)*`
const TOKEN = new RegExp(
  `(?<picture>${PICTURE})|(?<unspaced>(?:${UNSPACED})+)|(?:(?!${UNSPACED})[\\p{L}\\p{N}\\p{M}])+`,
  'gu',
)

/** Accents, points of Hebrew and Arabic, the Arabic stroke that only lengthens, and what says how an emoji is drawn. */
const MARKS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]|[\u20e3\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]/gu
/** Letters that are another one to whoever looks for them, and digits of Arabic and Persian. */
const ALIKE: Readonly<Record<string, string>> = {
  ...{ ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe', ς: 'σ' },
  ...{ ة: 'ه', ى: 'ي', ی: 'ي', ک: 'ك' },
}
const ALIKES = new RegExp(`[${Object.keys(ALIKE).join('')}\u0660-\u0669\u06f0-\u06f9]`, 'gu')
const digitOf = (char: string) => String(char.charCodeAt(0) & 0xf)

/** What is the same to whoever looks for it: case, accents, width and points do not count. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  const letters = text.toLowerCase().normalize('NFKD').replace(MARKS, '').normalize('NFKC').toLowerCase()
  return letters.replace(ALIKES, (char) => ALIKE[char] ?? digitOf(char))
}

/**
 * The words of a text, in order. What stands between spaces or signs is one, so is an emoji; in scripts without spaces every two
 * neighbours are, so that whatever part of it one looks for is found.
 */
export function wordsOf(text: string): Word[] {
  if (ASCII.test(text)) return asciiWordsOf(text.toLowerCase())
  const words: Word[] = []
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match
    if (match.groups?.unspaced !== undefined) words.push(...pairsOf(found, match.index))
    else {
      const folded = cut(fold(found))
      if (folded === '') continue
      const word: Word = { start: match.index, length: found.length, folded }
      if (match.groups?.picture === undefined) word.spoken = cut(found.normalize('NFC').toLowerCase())
      words.push(word)
    }
  }
  return words
}

function asciiWordsOf(text: string): Word[] {
  const words: Word[] = []
  for (const { 0: found, index } of text.matchAll(ASCII_WORD)) {
    const folded = cut(found)
    words.push({ start: index, length: found.length, folded, spoken: folded })
  }
  return words
}

function pairsOf(run: string, at: number): Word[] {
  const chars = [...run]
  let start = at
  return chars.map((char, i) => {
    const next = chars[i + 1] ?? ''
    const word: Word = { start, length: char.length + next.length, folded: fold(char + next), unspaced: true }
    start += char.length
    return word
  })
}

function cut(word: string): string {
  return word.length <= MAX_WORD_LENGTH ? word : word.slice(0, MAX_WORD_LENGTH).replace(/[\ud800-\udbff]$/, '')
}
