import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { exampleOf } from './example-of.ts'

const Emoji = Type.String({ examples: ['👍'] })
const known = { schemas: new Map([[Emoji, '🎉']]), fields: { messageId: 'm1' } }

test('a field is exampled by its name, by its schema, or by what it may be', () => {
  const schema = Type.Object({
    messageId: Type.String(),
    emoji: Type.String({ examples: ['👍'] }),
    same: Emoji,
    kind: Type.Enum(['a', 'b']),
    on: Type.Boolean(),
    list: Type.Array(Type.Object({ on: Type.Boolean() })),
    note: Type.Optional(Type.String()),
  })
  expect(exampleOf(schema, known)).toEqual({
    messageId: 'm1',
    emoji: '👍',
    same: '🎉',
    kind: 'a',
    on: true,
    list: [{ on: true }],
  })
})

test('a field that nobody knows is named', () => {
  expect(() => exampleOf(Type.Object({ colour: Type.String() }), known)).toThrow('an example of colour')
})
