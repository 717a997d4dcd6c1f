import { expect, test } from 'vitest'
import { mentionable, mentionQuery, withMentions } from './mentions.ts'
import { readableText } from './names.ts'

const people = [
  { userId: 'ben', name: 'Ben' },
  { userId: 'ben:2', name: 'Ben Okafor' },
  { userId: 'chloe', name: 'Chloé Martin' },
  { userId: 'x]y', name: null },
]

test('names of people who are here become mentions and are read as names again; the longest name is meant', () => {
  const typed = 'Hi @Ben Okafor, @Ben and @Chloé Martin: ask @x]y, not @Benedict or me@Ben'
  const sent = withMentions(typed, people)
  expect(sent).toBe('Hi @[ben:2], @[ben] and @[chloe]: ask @[x\\]y], not @Benedict or me@Ben')
  expect(readableText(sent, ['ben:2', 'ben', 'chloe', 'x]y'], people)).toBe(typed)
  expect(readableText('@[gone] and @[ben]', ['gone'], people)).toBe('@gone and @[ben]')
})

test('what stands before the cursor asks for people by the beginnings of their words', () => {
  const found = (text: string) => {
    const query = mentionQuery(text, text.length)
    return query && mentionable(query.words, people, 'ben').map(({ userId }) => userId)
  }
  expect(found('see @')).toEqual(['ben:2', 'chloe', 'x]y'])
  expect(found('see @mart')).toEqual(['chloe'])
  expect(found('see @chloe')).toEqual(['chloe'])
  expect(found('@ben ok')).toEqual(['ben:2'])
  for (const text of ['mail me@be', 'see @ ', 'no', '@a\nb']) expect(found(text)).toBeNull()
  expect(mentionQuery('a @b c', 4)).toEqual({ from: 2, words: 'b' })
})
