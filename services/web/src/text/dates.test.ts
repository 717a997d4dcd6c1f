import { expect, test } from 'vitest'
import { agoText } from './dates.ts'

test('how long ago something was is said in minutes, then in hours, and then as a list has it', () => {
  const now = new Date('2026-05-20T12:00:00.000Z')
  const ago = (ms: number) => agoText(new Date(now.getTime() - ms).toISOString(), now)
  expect(ago(-5_000)).toBe('Just now')
  expect(ago(59_000)).toBe('Just now')
  expect(ago(60_000)).toBe('1 minute ago')
  expect(ago(59 * 60_000)).toBe('59 minutes ago')
  expect(ago(5 * 3_600_000)).toBe('5 hours ago')
  expect(ago(10 * 86_400_000)).toContain('10')
})
