import { expect, test } from 'vitest'
import { requireSoundTypes } from './custom-types.ts'
import { mistakeOfSchema, payloadCheck } from './json-schema.ts'
import { patternSteps } from './pattern-steps.ts'

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const menu = object(
  {
    dish: { type: 'string', minLength: 1, maxLength: 80 },
    guests: { type: 'integer', minimum: 1, maximum: 20 },
    sides: { type: 'array', items: { $ref: '#/$defs/side' }, maxItems: 5, uniqueItems: true },
    code: { type: 'string', maxLength: 12, pattern: '^[A-Z]{2}-\\d+$' },
    on: { type: 'string', format: 'date' },
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    required: ['dish'],
    additionalProperties: false,
    $defs: { side: { enum: ['soup', 'salad'] } },
  },
)

test('a schema says which payloads are right, and where a wrong one is', () => {
  expect(mistakeOfSchema(menu)).toBeUndefined()
  const check = payloadCheck(menu)
  for (const right of [{ dish: 'Pie' }, { dish: 'Pie', guests: 2, sides: ['soup'], code: 'AB-12', on: '2026-02-28' }])
    expect(check(right)).toBeUndefined()
  const wrong: [object, string, string][] = [
    [{}, '/dish', 'required'],
    [{ dish: 'Pie', wine: true }, '/wine', 'unknown_field'],
    [{ dish: 'Pie', guests: '2' }, '/guests', 'type'],
    [{ dish: 'Pie', sides: ['soup', 'soup'] }, '/sides', 'uniqueItems'],
    [{ dish: 'Pie', sides: ['fries'] }, '/sides/0', 'enum'],
    [{ dish: 'Pie', code: 'ab-12' }, '/code', 'pattern'],
    // the pattern does not look at what is longer
    [{ dish: 'Pie', code: `ab-${'1'.repeat(20)}` }, '/code', 'maxLength'],
    [{ dish: 'Pie', on: '2026-02-30' }, '/on', 'format'],
  ]
  for (const [payload, pointer, code] of wrong)
    expect([payload, check(payload)]).toMatchObject([payload, { pointer, code }])
})

test('what schemas hold is data: names and values of theirs are no code', () => {
  const odd = `'"\`\${process.exit(1)}*/]})//\\`
  const schema = object(
    { [odd]: { const: odd }, a: { enum: [odd] } },
    { required: [odd], title: odd, description: odd },
  )
  expect(mistakeOfSchema(schema)).toBeUndefined()
  expect(payloadCheck(schema)({ [odd]: odd, a: odd })).toBeUndefined()
  expect(payloadCheck(schema)({ a: odd })).toMatchObject({ code: 'required' })
})

test('a schema that is none, reaches elsewhere, or could hold everybody up is refused with its place', () => {
  const evil = (pattern: string, maxLength: unknown = 100) => object({ a: { type: 'string', pattern, maxLength } })
  const wide = (n: number, one: object) =>
    object(Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, one])))
  const doubling = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `d${i}`,
      { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
    ]),
  )
  const refused: [object, string][] = [
    [{}, '/type'],
    [{ type: 'string' }, '/type'],
    [object({ a: { type: 'text' } }), ''],
    [object({ a: 1 }), '/properties/a'],
    [object({ a: { minLength: -1 } }), ''],
    [object({}, { required: 'a' }), ''],
    [object({ a: { $ref: 'https://example.com/schema' } }), '/properties/a/$ref'],
    [object({ a: { $ref: '#' } }), '/properties/a/$ref'],
    [object({ a: { $ref: '#/$defs/toString' } }, { $defs: {} }), '/properties/a/$ref'],
    [object({}, { $defs: { a: { items: { $ref: '#/$defs/a' } } } }), '/$defs/a/items/$ref/items/$ref'],
    [object({ a: { $ref: '#/$defs/d0' } }, { $defs: { ...doubling, d12: true } }), 'allOf'],
    [wide(600, { type: 'string' }), '/properties/p499'],
    [object({}, { $id: 'https://example.com/' }), '/$id'],
    [object({}, { $dynamicRef: '#x' }), '/$dynamicRef'],
    [object({}, { patternProperties: { '(a+)+': true } }), '/patternProperties'],
    [object({}, { $schema: 'https://example.com/meta' }), '/$schema'],
    [object({ a: { format: 'regex' } }), '/properties/a/format'],
    [object({ a: { uniqueItems: true } }), '/properties/a/uniqueItems'],
    ...['(a+)+$', '^(a|a)*$', 'a|b', '^(?=a)a', '^(.)\\1', '[', '^\\bx', 'x{2', '^a**'].map(
      (pattern): [object, string] => [evil(pattern), '/properties/a/pattern'],
    ),
    [evil('^[a-z]*[a-z]*[a-z]*!$', 1_000), '/properties/a/pattern'],
    [evil('x*x*x*$'), '/properties/a/pattern'],
    [evil('^a+$', 5_000), '/properties/a/pattern'],
    [evil('^a+$', null), '/properties/a/pattern'],
    [wide(20, { type: 'string', maxLength: 1_000, pattern: '^.*x.*$' }), '/pattern'],
  ]
  for (const [schema, pointer] of refused) {
    const mistake = mistakeOfSchema(schema as Record<string, unknown>)
    expect([schema, mistake?.pointer]).toEqual([schema, expect.stringContaining(pointer)])
    expect(mistake?.detail).toBeTruthy()
  }
})

test('the types of a policy are bounded together', () => {
  const wide = { schema: { type: 'object', allOf: Array.from({ length: 400 }, () => ({})) } }
  expect(() => requireSoundTypes({ a: wide, b: wide })).not.toThrow()
  expect(() => requireSoundTypes({ a: wide, b: wide, c: wide })).toThrow(/customTypes\/c\/schema/)
})

test('the steps of a pattern are the ways to choose its repetitions', () => {
  expect(patternSteps('^abc$', 100)).toBe(1)
  expect(patternSteps('abc', 100)).toBe(101)
  expect(patternSteps('^[a-z]+$', 100)).toBe(100)
  expect(patternSteps('^\\w+@\\w+\\.\\w{2,4}$', 100)).toBe(100 * 100 * 3 * 2)
  expect(patternSteps('^\\d{4}-\\d{2}-\\d{2}$', 100)).toBe(4)
  expect(patternSteps('^\\p{L}?\\/x\\$', 100)).toBe(2)
})
