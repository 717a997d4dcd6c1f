import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { defineTopic } from './topic.ts'
import { topics } from './topics.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)

test('what is said is heard, and travels as the JSON of its value', () => {
  const online = { gatewayId: 'g', users: { acme: 2 } }
  const body = topics.online.encode(online)
  expect(text(body)).toBe('{"gatewayId":"g","users":{"acme":2}}')
  expect(topics.online.decode(body)).toEqual(online)
})

test('a part of a larger buffer is read as that part', () => {
  expect(topics.replica('s').decode(bytes('xx{"id":"a","bye":true}xx').subarray(2, -2))).toEqual({ id: 'a', bye: true })
})

test('a family has a subject for each, and one schema', () => {
  const topic = defineTopic((a: string, b: number) => `x.${a}.${b}`, Type.Integer())
  expect(topic('a', 1).subject).toBe('x.a.1')
  expect(topic('b', 2).schema).toBe(topic('a', 1).schema)
})

test.each(['', '{', '{"id":1,"bye":true}', '{"id":"a"}', 'null'])('%j is refused', (body) => {
  expect(() => topics.replica('s').decode(bytes(body))).toThrow(expect.objectContaining({ code: 'invalid_input' }))
})

test('a field more, of a later release, is no fault', () => {
  expect(topics.replica('s').decode(bytes('{"id":"a","bye":false,"load":3}'))).toMatchObject({ id: 'a' })
})
