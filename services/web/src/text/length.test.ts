import { expect, test } from 'vitest'
import { cleanText, lengthOf, roomLeft } from './length.ts'

test('characters are counted as the server does, an emoji as what it is made of', () => {
  expect([lengthOf('abc'), lengthOf('👍👍'), lengthOf('é')]).toEqual([3, 2, 1])
})

test('how much room is left is said in the last tenth, and by how much it is too long', () => {
  expect(roomLeft('x'.repeat(80), 100)).toBeNull()
  expect(roomLeft('x'.repeat(90), 100)).toBe(10)
  expect(roomLeft('x'.repeat(112), 100)).toBe(-12)
  expect(roomLeft('👍'.repeat(60), 100)).toBeNull()
  expect(roomLeft('👍'.repeat(101), 100)).toBe(-1)
})

test('what the server would refuse in a text, and nobody sees, is left out', () => {
  expect(cleanText('  a\u0000b\u000bc\n\td  ')).toBe('a b c\n\td')
  expect(cleanText('x\ud800')).toBe('x\ufffd')
})
