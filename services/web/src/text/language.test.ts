import { readFileSync } from 'node:fs'
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
