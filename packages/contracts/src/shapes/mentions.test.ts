import { expect, test } from 'vitest'
import { MAX_MENTIONS, mentionOf, mentionsIn, textParts } from './mentions.ts'

test('finds who is mentioned, each once and in order, whatever their ids hold', () => {
  const ids = ['ben', 'provider:4', 'a]b', 'back\\slash', 'Ana María', '\\]']
  const text = ids.map((id) => `hello ${mentionOf(id)}`).join(', ')
  expect(mentionsIn(`${text} and ${mentionOf('ben')}`)).toEqual(ids)
  expect(textParts(text, ids).flatMap((part) => ('userId' in part ? part.userId : []))).toEqual(ids)
})

test('what is no mention stays text', () => {
  for (const text of ['ben@[', 'mail@ben', '@[]', '@ben', '[ben]', '@[ben', `@[${'x'.repeat(300)}]`])
    expect(mentionsIn(text)).toEqual([])
  expect(textParts('to @[eve] and @[ben]!', ['ben'])).toEqual([
    { text: 'to @[eve] and ' },
    { userId: 'ben' },
    { text: '!' },
  ])
  expect(textParts('plain', [])).toEqual([{ text: 'plain' }])
})

test('a message mentions no more than a bounded number of people', () => {
  const text = Array.from({ length: MAX_MENTIONS + 10 }, (_, i) => mentionOf(`user-${i}`)).join('')
  expect(mentionsIn(text)).toHaveLength(MAX_MENTIONS)
})
