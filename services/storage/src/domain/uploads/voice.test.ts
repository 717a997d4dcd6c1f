import { expect, test } from 'vitest'
import { voiceOf } from './voice.ts'

const recording = { kind: 'audio' as const, size: 48_000, durationMs: null }

test('what a sender says of a recording is kept where it may be so', () => {
  expect(voiceOf(recording, { durationMs: 12_000, peaks: [0, 50, 100] })).toEqual({
    durationMs: 12_000,
    peaks: [0, 50, 100],
  })
  expect(voiceOf(recording, {})).toEqual({ durationMs: null, peaks: null })
  expect(voiceOf(recording, { peaks: [] }).peaks).toBeNull()
})

test('the file knows better, and no length that cannot be is believed', () => {
  expect(voiceOf({ ...recording, durationMs: 11_800 }, { durationMs: 60_000 }).durationMs).toBe(11_800)
  expect(voiceOf(recording, { durationMs: 3_600_000 }).durationMs, 'an hour in 48 kB').toBeNull()
  expect(voiceOf({ ...recording, size: 20_000_000 }, { durationMs: 1_000 }).durationMs, '20 MB for a second').toBeNull()
  for (const durationMs of [0, -5, Number.NaN, 1e12]) expect(voiceOf(recording, { durationMs }).durationMs).toBeNull()
})

test('only sound has levels and a length that is said', () => {
  expect(voiceOf({ kind: 'file', size: 10, durationMs: null }, { durationMs: 5, peaks: [1] })).toEqual({
    durationMs: null,
    peaks: null,
  })
})
