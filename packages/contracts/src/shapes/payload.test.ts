import { expect, test } from 'vitest'
import { isStorableJson } from './metadata.ts'

test('a payload is as large as the database writes it, which knows of no exponents', () => {
  const holds = (one: unknown) => isStorableJson({ all: Array(1_000).fill(one) }, 8 * 1024)
  expect([1, 1.5, -2.5e9, '1e300'].map(holds)).toEqual([true, true, false, true])
  expect([1e300, -1e300, 1e-300, { a: 1e25 }].map(holds)).toEqual([false, false, false, false])
  expect(isStorableJson({ a: 1e300, b: [5e-324] }, 8 * 1024)).toBe(true)
})
