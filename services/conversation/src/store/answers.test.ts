import { type FieldList, readOwnerSql } from '@parley/database'
import { toSnakeCase } from 'drizzle-orm/casing'
import { describe, expect, test } from 'vitest'
import * as messageAnswers from './answers.ts'
import * as audienceAnswers from './audience-answers.ts'
import * as batchAnswers from './batch-answers.ts'
import * as formerAnswers from './former-answers.ts'
import { conversationOwner } from './owner.ts'
import * as searchAnswers from './search-answers.ts'
import * as userAnswers from './user-answers.ts'

const { functions } = await readOwnerSql(conversationOwner)

/** Every list of TypeScript, as SQL writes it. */
const lists = new Map(
  [messageAnswers, audienceAnswers, batchAnswers, formerAnswers, searchAnswers, userAnswers]
    .flatMap((answers) => Object.values(answers))
    .filter((exported): exported is FieldList<never> => typeof exported === 'object')
    .map(({ name, fields }) => [name, fields.map(toSnakeCase)]),
)

const ANSWERS = /-- answers (\S+) \[([^\]]*)\]/
const ARRAY = /json_build_array\(/

/** The arrays that a file builds, each with what the comment before it says. */
function arraysOf(sql: string) {
  const marks = [...sql.matchAll(new RegExp(`${ANSWERS.source}|${ARRAY.source}`, 'g'))]
  return marks
    .map((mark, i) => ({ mark, before: marks[i - 1] }))
    .filter(({ mark }) => ARRAY.test(mark[0]))
    .map(({ mark, before }) => ({
      name: before?.[1],
      fields: before?.[2]
        ?.replaceAll(/\n\s*--/g, '')
        .split(',')
        .map((field) => field.trim()),
      count: countArguments(sql.slice(mark.index + mark[0].length)),
    }))
}

/** How many arguments stand before the parenthesis that closes them. */
function countArguments(sql: string): number {
  let depth = 0
  let count = 1
  for (const [token] of sql.matchAll(/'[^']*'|--.*|[(),]/g)) {
    if (token === '(') depth++
    if (token === ',' && depth === 0) count++
    if (token === ')' && depth-- === 0) return count
  }
  throw new Error('The parenthesis is never closed')
}

const arrays = functions.flatMap(({ name: file, sql }) => arraysOf(sql).map((array) => ({ file, ...array })))

describe.each(functions.filter(({ sql }) => ARRAY.test(sql)))('$name', ({ sql }) => {
  test.each(arraysOf(sql))('says what it answers: $name', ({ name, fields, count }) => {
    expect(name).toBeDefined()
    expect(fields).toHaveLength(count)
    // the last ones may be left out
    expect(lists.get(name!)?.slice(0, count)).toEqual(fields)
  })
})

test('every list of fields is whole in one of the functions', () => {
  const whole = arrays.filter(({ name, count }) => lists.get(name!)?.length === count).map(({ name }) => name)
  expect([...new Set(whole)].sort()).toEqual([...lists.keys()].sort())
  expect(lists.size).toBeGreaterThan(10)
})
