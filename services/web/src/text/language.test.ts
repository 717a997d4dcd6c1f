import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { clockOf, LANGUAGE, languageTag } from './language.ts'

test('dates are in the language of the page, in the kind of it that the reader has', () => {
  expect(languageTag(['en-US', 'en'])).toBe('en-US')
  expect(languageTag(['de-DE', 'de', 'en-AU'])).toBe('en-AU')
  expect(languageTag(['de-DE', 'eno'])).toBe('en-GB')
  expect(languageTag([])).toBe('en-GB')
})

test("the clock is the reader's, whatever language they read", () => {
  expect(clockOf(['de-DE', 'en-US'])).toBe('h23')
  expect(clockOf(['en-US'])).toBe('h12')
  expect(clockOf(['en-GB'])).toBe('h23')
})

test('the document says the language that its words are in', () => {
  const document = readFileSync(resolve(import.meta.dirname, '../../index.html'), 'utf8')
  expect(document).toContain(`<html lang="${LANGUAGE}">`)
})

test('nothing else asks for a format, so that no language of the browser gets among the words', () => {
  const root = resolve(import.meta.dirname, '..')
  const asking = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
    .filter((file) => /\bIntl\.|\.toLocale(?:Date|Time)?String\(/.test(readFileSync(resolve(root, file), 'utf8')))
  expect(asking.sort()).toEqual(['text/dates.ts', 'text/files.ts', 'text/language.ts'])
})
