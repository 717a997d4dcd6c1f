import { expect, test } from 'vitest'
import { snippetOf } from './snippet.ts'

const marked = (content: string, highlights: number[][]) =>
  snippetOf(content, highlights)
    .map(({ text, found }) => (found ? `[${text}]` : text))
    .join('')

test('what was looked for is marked where it stands', () => {
  expect(marked('the blue boat', [[4, 4]])).toBe('the [blue] boat')
  expect(
    marked('blue boat', [
      [0, 4],
      [5, 4],
    ]),
  ).toBe('[blue] [boat]')
  expect(marked('in a place of its own', [])).toBe('in a place of its own')
  expect(marked('🚤 blue', [[3, 4]])).toBe('🚤 [blue]')
})

test('of a long message that part is shown in which it stands, in whole words', () => {
  const content = `${'lorem '.repeat(50)}boat ${'ipsum '.repeat(60)}`
  const shown = marked(content, [[300, 4]])
  expect(shown).toMatch(/^… (lorem ){6}\[boat\] ipsum/)
  expect(shown).toMatch(/ …$/)
  expect(shown.length).toBeLessThan(270)
})

test('places that overlap or are not there do no harm', () => {
  expect(
    marked('blue', [
      [0, 3],
      [1, 3],
      [9, 4],
    ]),
  ).toBe('[blu]e')
})
