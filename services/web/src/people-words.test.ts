import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'))

/** Whole opening tags of an element, with all of their attributes. */
const tagsOf = (element: string, source: string) =>
  [...source.matchAll(new RegExp(`<${element}\\b(?:[^>{]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*>`, 'g'))].map(([tag]) => tag)

/** Where no person's words are written: tokens, addresses, JSON, and what is only chosen. */
const notWords = /type="(?:checkbox|radio|range|url|file|time|datetime-local)"|id="token"|data-testid="policy-json"/

test('whatever people write in takes the direction of what they write', () => {
  const places = sources.flatMap((file) => {
    const source = readFileSync(resolve(here, file), 'utf8')
    return [...tagsOf('input', source), ...tagsOf('textarea', source)].map((tag) => ({ file, tag }))
  })
  expect(places.length).toBeGreaterThan(10)
  expect(places.filter(({ tag }) => !notWords.test(tag) && !tag.includes('dir="auto"'))).toEqual([])
})

test('nothing that somebody pastes is cut in silence: what is too long is said to be', () => {
  const cutting = sources.filter((file) => readFileSync(resolve(here, file), 'utf8').includes('maxLength={'))
  expect(cutting).toEqual([])
})
