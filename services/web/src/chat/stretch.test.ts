import { expect, test } from 'vitest'
import { message } from './fixtures.ts'
import { emptyStretch, nextStretch } from './stretch.ts'

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
const indexOf = (stretch: ReturnType<typeof nextStretch>, seq: number) =>
  stretch.firstIndex + stretch.messages.findIndex((one) => one.seq === seq)

test('a message keeps its index while older and newer ones come, and while the first go', () => {
  const opened = nextStretch(emptyStretch, messages(51, 100))
  const older = nextStretch(opened, messages(1, 100))
  const newer = nextStretch(older, messages(1, 120))
  const shorter = nextStretch(newer, messages(2, 120))
  for (const stretch of [older, newer, shorter]) {
    expect(stretch.generation).toBe(opened.generation)
    expect(indexOf(stretch, 60)).toBe(indexOf(opened, 60))
  }
  // one in the middle was deleted for this reader alone
  const hidden = nextStretch(older, [...messages(1, 29), ...messages(31, 100)])
  expect(hidden.firstIndex).toBe(older.firstIndex)
})

test('a stretch of another place is another list', () => {
  const end = nextStretch(emptyStretch, messages(951, 1000))
  expect(nextStretch(end, messages(475, 525)).generation).not.toBe(end.generation)
  expect(nextStretch(end, messages(981, 1030)).generation).not.toBe(end.generation)
})
