import { expect, test } from 'vitest'
import { peaksOf } from './peaks.ts'

test('levels go evenly over the time, and the loudest is 100', () => {
  const samples = Float32Array.from({ length: 64_000 }, (_, index) => (index < 32_000 ? 0.1 : -0.4))
  const peaks = peaksOf(samples)
  expect(peaks).toHaveLength(64)
  expect(peaks.slice(0, 32)).toEqual(Array(32).fill(25))
  expect(peaks.slice(32)).toEqual(Array(32).fill(100))
})

test('silence has no levels, and nothing at all none', () => {
  expect(peaksOf(new Float32Array(100)).every((level) => level === 0)).toBe(true)
  expect(peaksOf(new Float32Array(0))).toEqual([])
})
