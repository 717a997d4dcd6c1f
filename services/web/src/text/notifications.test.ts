import { expect, test } from 'vitest'
import { digestChoices } from './notifications.ts'

test('what was chosen elsewhere is among the choices, at its place', () => {
  expect(digestChoices(null).map(({ text }) => text)).toEqual([
    'At once',
    'After 15 minutes',
    'After an hour',
    'After 4 hours',
    'After a day',
  ])
  expect(digestChoices(90).map(({ text }) => text)).toEqual([
    'At once',
    'After 15 minutes',
    'After an hour',
    'After 90 minutes',
    'After 4 hours',
    'After a day',
  ])
  expect(digestChoices(2880).at(-1)).toEqual({ minutes: 2880, text: 'After 2 days' })
})
