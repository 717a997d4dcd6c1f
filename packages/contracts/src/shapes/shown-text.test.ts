import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { ClientId, ContextId, UserId } from './identifiers.ts'
import { hasControls, isBlank, shownContent, shownLine } from './shown-text.ts'

const FAMILY = '👨‍👩‍👧'
const WALES = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}'
const PERSIAN = 'می\u200cخواهم'
const HINDI = 'क्\u200dष'

describe('blank', () => {
  test.each([
    '',
    ' \n\t',
    '\u200b',
    '\ufeff\u2060',
    '\u3164',
    '\u115f\u1160',
    '\u2800',
    '\u00ad',
    '\u202e\u202c',
    '\u0301',
    '\ufe0f',
    '\u{e0061}',
    '\u034f',
  ])('is %j', (text) => {
    expect(isBlank(text)).toBe(true)
    expect(shownLine(text)).toBe('')
  })
  test.each(['a', '.', '👍', '❤️', FAMILY, WALES, PERSIAN, '\u200fשלום!', '0'])('is not %j', (text) => {
    expect(isBlank(text)).toBe(false)
  })
})

describe('content', () => {
  test.each([FAMILY, WALES, PERSIAN, HINDI, 'שלום\u200f!', '\u2067שלום\u2069', '\ufeffx', 'a\tb\nc', ' two  spaces '])(
    '%j stays as it was typed',
    (text) => {
      expect(shownContent(text)).toBe(text)
      expect(hasControls(text)).toBe(false)
    },
  )
  test.each([
    ['a\r\nb\rc\u2028d\u2029e\u0085f', 'a\nb\nc\nd\ne\nf'],
    ['e\u0301', 'é'],
    ['\u1112\u1161\u11ab', '한'],
  ])('%j becomes %j', (text, kept) => expect(shownContent(text)).toBe(kept))
  test.each(['\0', '\u0007', '\u001b[2J', '\u007f', '\u009b'])('%j holds a control', (text) => {
    expect(hasControls(`a${text}`)).toBe(true)
  })
})

describe('a line', () => {
  test.each([FAMILY, WALES, PERSIAN, HINDI, '❤️', '葛\u{e0100}', 'Ana Ferreira', "O'Brien", '👩🏽\u200d🚀', 'שָׁלוֹם'])(
    '%j stays',
    (text) => {
      expect(shownLine(text)).toBe(text.normalize())
    },
  )
  test.each([
    ['  Ana \n\t Ferreira\u00a0 ', 'Ana Ferreira'],
    ['A\u200bn\u200da\u2060', 'Ana'],
    ['Ana\u200d', 'Ana'],
    ['\u202eanA\u202c', 'anA'],
    ['\u2067Ana\u2069 \u200f', 'Ana'],
    ['A\u{e0062}na', 'Ana'],
    ['Ana\u0007\u009b', 'Ana'],
    ['e\u0301', 'é'],
    ['a\ufeffb\u00ad', 'ab'],
    ['a \ufe0f b', 'a b'],
    ['ᅠㅤAna', 'Ana'],
  ])('%j becomes %j', (text, kept) => expect(shownLine(text)).toBe(kept))

  test('what is much longer takes longer by as much', () => {
    const msFor = (text: string) => {
      const begun = performance.now()
      shownLine(text)
      return performance.now() - begun
    }
    for (const part of ['\u{e0061}', '\u0301\u0316', '\u{1f3f4}\u{e0061}\u200d', '\ufe0f\u200d', '\u{e0061}\ufe0f']) {
      const short = Math.max(1, ...[1, 2, 3].map(() => msFor(`a${part.repeat(2_000)}`)))
      // a hundred times as much where it is the square
      expect([part, msFor(`a${part.repeat(200_000)}`) / short < 2_000]).toEqual([part, true])
    }
    expect(shownLine(`🏴${'\u{e0067}'.repeat(5)} ${'\u{e0067}'.repeat(5)}a`)).toBe(`🏴${'\u{e0067}'.repeat(5)} a`)
  })

  test('what was mended once is not mended again, whatever it was', () => {
    const parts = [
      'a',
      'é',
      '\u0301',
      '\u200d',
      '\u200c',
      '👩',
      '🏽',
      '\ufe0f',
      'ش',
      'क',
      '\u094d',
      ' ',
      '\n',
      '\u202e',
      '\u200b',
      '\u{1f3f4}',
      '\u{e0067}',
    ]
    const odd: string[] = []
    const look = (text: string) => {
      const once = shownLine(text)
      if (shownLine(once) !== once || /[\n\u202e\u200b]/.test(once)) odd.push(text)
    }
    for (const a of parts) for (const b of parts) for (const c of parts) for (const d of parts) look(a + b + c + d)
    expect(odd.map((text) => JSON.stringify(text))).toEqual([])
  })
})

describe('ids', () => {
  const fits = (schema: TSchema, id: string) => Compile(schema).Check(id)
  test.each(['ana', 'provider:4', 'a b', '日本', '𝒳', 'é', 'e\u0301', '"\'/.*>', 'שלום'])('%j is one', (id) => {
    for (const schema of [UserId, ContextId, ClientId]) expect(fits(schema, id)).toBe(true)
  })
  test.each([
    '\ufeffana',
    'a\u200bna',
    'ana\u200d',
    '\u202eana',
    'a\u00adb',
    'a\u00a0b',
    '\u3164',
    'a\u2028b',
    'a\u3000b',
    '\u2800',
    'a\nb',
    'a\ufe0f',
  ])('%j is none: it could not be told from another', (id) => {
    for (const schema of [UserId, ContextId, ClientId]) expect(fits(schema, id)).toBe(false)
  })
})
