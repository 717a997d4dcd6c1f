import { expect, test } from 'vitest'
import { bodyHash } from './body-hash.ts'

test('it stays what it is: hashes are stored with the messages, and compared with those of later calls', () => {
  expect(bodyHash(['text', 'hello'])).toBe('Nq0jHzYykgm24vpX3vD7In')
})

test('fields do not run into each other, and their order counts', () => {
  const bodies = [['text', 'ab'], ['texta', 'b'], ['ab', 'text'], ['text', 'ab', ''], ['text', ['ab']], ['text", "ab']]
  expect(new Set(bodies.map(bodyHash)).size).toBe(bodies.length)
})
