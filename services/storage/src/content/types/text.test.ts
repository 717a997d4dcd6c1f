import { expect, test } from 'vitest'
import { markupOf } from './text.ts'

test.each([
  ['<svg xmlns="x">', 'image/svg+xml'],
  ['\ufeff <?xml version="1.0"?>\n<!-- a --><!-- <b> -->\n<!DOCTYPE svg PUBLIC "x">\n<s:svg>', 'image/svg+xml'],
  ['<!-- a -->\n <?x ?> <!DOCTYPE html>', 'text/html'],
  ['\n<P>', 'text/html'],
  ['<!doctype svg><p>', undefined],
  ['<!-- <p> --> words', undefined],
  ['<!-- <p>', undefined],
  ['words <p>', undefined],
])('what a text begins as: %s', (text, markup) => {
  expect(markupOf(Buffer.from(text))).toBe(markup)
})

test.each(['<!---->', '<??>', '<!--', ' '])('what is made of many %s is looked at quickly', (piece) => {
  const before = process.cpuUsage()
  expect(markupOf(Buffer.from(`${piece.repeat(piece.length > 4 ? 28 : 1_000)}x`))).toBeUndefined()
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(1_000)
})
