import { type TSchema, Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { orNull } from '../shapes/or-null.ts'
import type { JsonSchema } from './named-schemas.ts'
import { compareSchemas, type Side } from './schema-compatibility.ts'
import { explainBreaks, type Wire, wireBreaks } from './wire-compatibility.ts'

const breaksOf = (side: Side, before: object, after: object) => {
  const within = { definitions: {} }
  return compareSchemas(
    side,
    'it',
    { schema: plain(before), within },
    { schema: plain(after), within: { definitions: {} } },
  )
}
const plain = (schema: object) => JSON.parse(JSON.stringify(schema)) as JsonSchema
const closed = { additionalProperties: false }
const field = (schema: TSchema) => Type.Object({ a: schema }, closed)

/** Each change, and what it does to those who send the schema (input) and to those who read it (output). */
const changes: [change: string, before: TSchema, after: TSchema, input: string | null, output: string | null][] = [
  ['nothing', field(Type.String()), field(Type.String()), null, null],
  ['a description', field(Type.String({ description: 'old' })), field(Type.String({ description: 'new' })), null, null],
  [
    'a new optional field',
    Type.Object({}, closed),
    Type.Object({ b: Type.Optional(Type.String()) }, closed),
    null,
    null,
  ],
  ['a new required field', Type.Object({}), Type.Object({ b: Type.String() }), 'it/b: a new field is required', null],
  ['a field gone', field(Type.String()), Type.Object({}, closed), 'it/a: the field is gone', 'it/a: the field is gone'],
  ['an optional field gone', Type.Object({ a: Type.Optional(Type.String()) }), Type.Object({}), 'is gone', 'is gone'],
  ['a field renamed', field(Type.String()), Type.Object({ b: Type.Optional(Type.String()) }), 'it/a', 'it/a'],
  ['a field retyped', field(Type.String()), field(Type.Integer()), 'from string to integer', 'from string to integer'],
  ['a field retyped to text', field(Type.Boolean()), field(Type.String()), 'retyped', 'retyped'],
  ['whole numbers become numbers', field(Type.Integer()), field(Type.Number()), null, 'retyped from integer to number'],
  ['numbers become whole ones', field(Type.Number()), field(Type.Integer()), 'retyped from number to integer', null],
  [
    'required becomes optional',
    field(Type.String()),
    Type.Object({ a: Type.Optional(Type.String()) }),
    null,
    'optional',
  ],
  [
    'optional becomes required',
    Type.Object({ a: Type.Optional(Type.String()) }),
    field(Type.String()),
    'required',
    null,
  ],
  ['may be null', field(Type.String()), field(orNull(Type.String())), null, 'readers do not expect it to be null'],
  [
    'may no longer be null',
    field(orNull(Type.String())),
    field(Type.String()),
    'it can no longer be null',
    'no longer',
  ],
  [
    'a change inside what may be null',
    field(orNull(Type.Object({ b: Type.String() }))),
    field(orNull(Type.Object({ c: Type.String() }))),
    'it/a/b: the field is gone',
    'it/a/b: the field is gone',
  ],
  [
    'a lower maximum length',
    field(Type.String({ maxLength: 9 })),
    field(Type.String({ maxLength: 8 })),
    'tightened',
    null,
  ],
  [
    'a higher maximum length',
    field(Type.String({ maxLength: 8 })),
    field(Type.String({ maxLength: 9 })),
    null,
    'loosened',
  ],
  ['a maximum where none was', field(Type.Integer()), field(Type.Integer({ maximum: 9 })), 'was unset, is 9', null],
  ['no maximum any more', field(Type.Integer({ maximum: 9 })), field(Type.Integer()), null, 'was 9, is unset'],
  ['a higher minimum', field(Type.Integer({ minimum: 0 })), field(Type.Integer({ minimum: 1 })), 'tightened', null],
  ['a minimum of 0 gone', field(Type.Integer({ minimum: 0 })), field(Type.Integer()), null, 'loosened'],
  [
    'fewer items',
    field(Type.Array(Type.Null(), { maxItems: 9 })),
    field(Type.Array(Type.Null(), { maxItems: 8 })),
    'it/a: maxItems was 9, is 8',
    null,
  ],
  ['items retyped', field(Type.Array(Type.String())), field(Type.Array(Type.Null())), 'it/a/[]: retyped', 'it/a/[]'],
  ['another pattern', field(Type.String({ pattern: 'a' })), field(Type.String({ pattern: 'b' })), 'pattern', 'pattern'],
  ['a pattern where none was', field(Type.String()), field(Type.String({ pattern: 'a' })), 'tightened', null],
  ['no format any more', field(Type.String({ format: 'uuid' })), field(Type.String()), null, 'format'],
  ['a value gone', field(Type.Enum(['x', 'y'])), field(Type.Enum(['x'])), 'the value "y" is gone', '"y" is gone'],
  ['a new value', field(Type.Enum(['x'])), field(Type.Enum(['x', 'y'])), null, 'readers do not know the new value "y"'],
  ['a value becomes several', field(Type.Literal('x')), field(Type.Enum(['x', 'y'])), null, 'new value "y"'],
  ['a list of values becomes any text', field(Type.Enum(['x'])), field(Type.String()), null, 'retyped'],
  [
    'a list of values becomes text that one of them is not',
    field(Type.Enum(['x', 'Y'])),
    field(Type.String({ pattern: '^[a-z]$' })),
    'retyped',
    'retyped',
  ],
  ['unknown fields are refused', Type.Object({}), Type.Object({}, closed), 'unknown fields are refused', null],
  ['unknown fields are taken', Type.Object({}, closed), Type.Object({}), null, null],
  ['another default', field(Type.Integer({ default: 1 })), field(Type.Integer({ default: 2 })), 'default', 'default'],
  [
    'values of a record retyped',
    field(Type.Record(Type.String(), Type.String())),
    field(Type.Record(Type.String(), Type.Null())),
    'it/a/*: retyped',
    'it/a/*: retyped',
  ],
]

describe('a change of a schema', () => {
  test.each(changes)('%s', (_change, before, after, input, output) => {
    for (const [side, expected] of [['input', input] as const, ['output', output] as const]) {
      const found = breaksOf(side, before, after)
      if (expected === null) expect([side, found]).toEqual([side, []])
      else expect([side, found.join('\n')]).toEqual([side, expect.stringContaining(expected)])
    }
  })

  test('is found behind a reference, whatever the definition is called now', () => {
    const before = {
      schema: { $ref: '#/definitions/Old' },
      within: { definitions: { Old: plain(field(Type.String())) } },
    }
    const renamed = {
      schema: { $ref: '#/definitions/New' },
      within: { definitions: { New: plain(field(Type.String())) } },
    }
    const retyped = {
      schema: { $ref: '#/definitions/Old' },
      within: { definitions: { Old: plain(field(Type.Null())) } },
    }
    expect(compareSchemas('input', 'it', before, renamed)).toEqual([])
    expect(compareSchemas('input', 'it', before, retyped)).toEqual(['it/a: retyped from string to null'])
  })
})

describe('a change of the wire', () => {
  const call = (input: object, output: object, more = {}) => ({
    input: plain(input),
    output: plain(output),
    errors: ['not_found'],
    batched: false,
    ...more,
  })
  const wire = (changed: Partial<Wire> = {}): Wire => ({
    procedures: { 'rpc.v1.get': call(field(Type.String()), Type.Object({ b: Type.String() })) },
    clientEvents: { say: { input: plain(field(Type.String())), output: plain(Type.Object({})) } },
    serverEvents: { said: plain(field(Type.String())) },
    event: plain(field(Type.String())),
    eventData: { 'message.created': plain(field(Type.String())) },
    topics: { pulse: plain(field(Type.String())) },
    hostTopics: { upsert: plain(field(Type.String())) },
    errors: { not_found: 404 },
    facts: { stream: 'EVENTS' },
    definitions: {},
    ...changed,
  })
  const breaks = (changed: Partial<Wire>) => wireBreaks(wire(), wire(changed))
  const get = wire().procedures['rpc.v1.get']!

  test('more of everything is compatible', () => {
    const more = plain(field(Type.Null()))
    expect(
      breaks({
        procedures: { ...wire().procedures, 'rpc.v2.get': { input: more, output: more } },
        clientEvents: { ...wire().clientEvents, shout: { input: more, output: more } },
        serverEvents: { ...wire().serverEvents, shouted: more },
        eventData: { ...wire().eventData, 'message.shouted': more },
        topics: { ...wire().topics, 'control kind': more },
        hostTopics: { ...wire().hostTopics, delete: more },
        errors: { ...wire().errors, teapot: 418 },
        facts: { ...wire().facts, 'second stream': 'MORE' },
      }),
    ).toEqual([])
    expect(breaks({ procedures: { 'rpc.v1.get': { ...get, errors: ['forbidden', 'not_found'] } } })).toEqual([])
  })

  test.each([
    ['procedures', 'procedure rpc.v1.get: is gone'],
    ['clientEvents', 'client event say: is gone'],
    ['serverEvents', 'server event said: is gone'],
    ['eventData', 'event data message.created: is gone'],
    ['topics', 'topic pulse: is gone'],
    ['hostTopics', 'topic of hosts upsert: is gone'],
    ['errors', 'error code not_found: is gone'],
    ['facts', 'fact stream: is gone'],
  ] as const)('less of %s is not', (part, expected) => {
    expect(breaks({ [part]: {} })).toEqual([expected])
  })

  test.each<[string, Partial<Wire>, string]>([
    ['a status', { errors: { not_found: 410 } }, 'error code not_found: was 404, is 410'],
    ['a fact', { facts: { stream: 'OTHER' } }, 'fact stream: was EVENTS, is OTHER'],
    ['an envelope', { event: plain(Type.Object({})) }, 'event envelope/a: the field is gone'],
    ['event data', { eventData: { 'message.created': plain(field(Type.Null())) } }, 'message.created/a: retyped'],
    ['what a topic takes', { topics: { pulse: plain(field(Type.Literal('a'))) } }, 'topic pulse/a: retyped'],
    ['what a topic says', { topics: { pulse: plain(field(orNull(Type.String()))) } }, 'pulse/a: readers do not expect'],
    ['what hosts say', { hostTopics: { upsert: plain(field(Type.Null())) } }, 'topic of hosts upsert/a: retyped'],
    ['a server event', { serverEvents: { said: plain(Type.Object({})) } }, 'server event said/a: the field is gone'],
    [
      'what an event takes',
      { clientEvents: { say: { input: plain(field(Type.Null())), output: {} } } },
      'client event say input/a: retyped',
    ],
    [
      'what a call needs',
      { procedures: { 'rpc.v1.get': call(Type.Object({ a: Type.String(), b: Type.String() }), get.output) } },
      'rpc.v1.get input/b: a new field is required',
    ],
    ['an answer', { procedures: { 'rpc.v1.get': call(get.input, Type.Object({})) } }, 'rpc.v1.get output/b: the field'],
    ['a declared error', { procedures: { 'rpc.v1.get': { ...get, errors: [] } } }, 'error not_found is no longer'],
    ['the framing', { procedures: { 'rpc.v1.get': { ...get, batched: true } } }, 'were single are batched'],
  ])('another %s is not', (_what, changed, expected) => {
    expect(breaks(changed).join('\n')).toContain(expected)
  })

  test('hosts may say more than before', () => {
    expect(breaks({ hostTopics: { upsert: plain(field(orNull(Type.String()))) } })).toEqual([])
  })

  test('is explained with what to do instead', () => {
    expect(explainBreaks(['fact stream: is gone'])).toMatch(/fact stream: is gone\n.*demands a new version/)
  })
})
