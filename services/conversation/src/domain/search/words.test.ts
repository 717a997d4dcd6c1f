import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { highlightsIn } from './highlights.ts'
import { askedIn, questionOf } from './search-query.ts'
import { termsOf } from './terms.ts'
import { fold, wordsOf } from './words.ts'

const NO_STEMS = new Map<string, string>()
const found = (text: string, query: string, stems: ReadonlyMap<string, string> = NO_STEMS) =>
  highlightsIn(text, askedIn(query), stems).map(([start, length]) => text.slice(start, start + length))

describe('words', () => {
  test.each([
    ['Crème Brûlée', ['creme', 'brulee']],
    ['STRASSE straße Łódź', ['strasse', 'strasse', 'lodz']],
    ['ΓΙΏΡΓΟΣ γιώργος', ['γιωργοσ', 'γιωργοσ']],
    ['ana.b@example.com, +49 170', ['ana', 'b', 'example', 'com', '49', '170']],
    ['don’t l’amour', ['don', 't', 'l', 'amour']],
    ['السَّلامُ عـليكم', ['السلام', 'عليكم']],
    ['שָׁלוֹם', ['שלום']],
    ['明天见。', ['明天', '天见', '见']],
    ['iPhone手机', ['iphone', '手机', '机']],
    ['ＡＢＣ ガギ ｶﾞ', ['abc', 'ガギ', 'ギ', 'ガ', '゙']],
    ['👍🏽 ❤️ 👩‍👩‍👧 🇩🇪', ['👍', '❤', '👩‍👩‍👧', '🇩🇪']],
    ['١٢٣ ۴۵', ['123', '45']],
    ['--- ... \u0301', []],
  ])('of %s', (text, words) => {
    expect(wordsOf(text).map(({ folded }) => folded)).toEqual(words)
    for (const { start, length, folded } of wordsOf(text)) expect(fold(text.slice(start, start + length))).toBe(folded)
  })

  test('of ASCII alone, which is taken a shorter way, are what they are beside other letters', () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code)),
      maxLength: 200,
    })
    fc.assert(
      fc.property(ascii, (text) => {
        expect(wordsOf(text)).toEqual(wordsOf(`${text} é`).slice(0, -1))
      }),
      { seed: 12 },
    )
  })

  test('a very long one is kept by its beginning, and half a character is none', () => {
    expect(wordsOf('x'.repeat(1_000))[0]!.folded).toHaveLength(64)
    expect(wordsOf(`${'x'.repeat(63)}𝒳`)[0]!.folded).toBe(`${'x'.repeat(63)}x`)
    expect(wordsOf(`${'x'.repeat(63)}𐐨`)[0]!.folded).toBe('x'.repeat(63))
  })
})

describe('what was asked for', () => {
  test.each([
    ['Hello world', `('k=hello') & ('k=world':*)`],
    ['"good day" sir', `('k=good' <1> 'k=day') & ('k=sir':*)`],
    ['"good day"', `('k=good' <1> 'k=day')`],
    ['ana@example.com', `('k=ana' <1> 'k=example' <1> 'k=com':*)`],
    ['手机壳', `('k=手机' <1> 'k=机壳')`],
    ['手', `('k=手':*)`],
    ['"买手机 now"', `('k=买手' <1> 'k=手机' <2> 'k=now')`],
    ['a', `('k=a')`],
    ['👍', `('k=👍')`],
    ['"never closed', `('k=never') & ('k=closed':*)`],
    [`& | ! :* <-> ( ) ' \\ %`, ''],
    [`o'brien | drop & !x`, `('k=o' <1> 'k=brien') & ('k=drop') & ('k=x')`],
  ])('%s', (query, question) => {
    expect(questionOf('k', askedIn(query), NO_STEMS)).toBe(question)
  })

  test('a text that was pasted is asked for by its first words', () => {
    expect(askedIn('word '.repeat(200)).flat()).toHaveLength(24)
  })
})

describe('highlights', () => {
  test.each([
    ['A crème brûlée', 'creme', ['crème']],
    ['plumber, plumbing', 'plumb', ['plumber', 'plumbing']],
    ['plumb plumber', 'plumb now', ['plumb']],
    ['good day, a day', '"good day"', ['good day']],
    ['👍🏽 fine 👍', '👍', ['👍🏽', '👍']],
    ['𝒳 is 明天见吗', '天见', ['天见']],
    ['明天见', '天', ['天']],
    ['مرحبا بالعالم', 'بالعا', ['بالعالم']],
    ['ask ana.b@example.com', 'b@example.com', ['b@example.com']],
  ])('of %s by %s', (text, query, shown) => {
    expect(found(text, query)).toEqual(shown)
  })

  test('other forms of a word, and not inside of quotes', () => {
    const stems = new Map([
      ['running', 'run'],
      ['runs', 'run'],
      ['run', 'run'],
    ])
    expect(found('She runs', 'running fast', stems)).toEqual(['runs'])
    expect(found('She runs', '"running"', stems)).toEqual([])
  })
})

test('a row has each word once, with its places, and none goes from one text into the next', () => {
  expect(termsOf('k', ['to be or to', 'be'], new Map([['be', 'b']]))).toBe(`'k=to':1,4 'k=be':2,15 'k=or':3 'k~b'`)
})
