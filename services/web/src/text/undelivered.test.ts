import { expect, test } from 'vitest'
import { consumerText, deadEventText, eventText, receiverText, redrivenText, undeliveredText } from './undelivered.ts'

test('of what reached nobody it is said whom it was for, how often it was tried and why it is not any more', () => {
  expect(receiverText('web_push')).toBe('a browser')
  expect(receiverText('constructor')).toBe('constructor')
  expect(undeliveredText({ state: 'dead', attempts: 5, reason: 'no answer' })).toBe('Tried 5 times: no answer')
  expect(undeliveredText({ state: 'dead', attempts: 1, reason: null })).toBe('Tried once')
  expect(undeliveredText({ state: 'refused', attempts: 1, reason: '413' })).toBe('Refused for good: 413')
})

test('an event is told in words, and one of a later release by its type', () => {
  expect(eventText({ type: 'message.created' })).toBe('A message is sent')
  expect(eventText({ type: 'message.sung' })).toBe('message.sung')
  expect(eventText({ type: 'toString' })).toBe('toString')
  expect(eventText({ type: null })).toBe('An event without a type')
  expect([consumerText('notifier-webhooks'), consumerText('another')]).toEqual(['webhooks', 'another'])
  expect(deadEventText({ failures: 1, error: 'Its body is no JSON' })).toBe('Its body is no JSON')
  expect(deadEventText({ failures: 2, error: 'TypeError' })).toBe('Put aside twice: TypeError')
})

test('how many are tried again is said, also that none were left', () => {
  expect([0, 1, 2].map(redrivenText)).toEqual([
    'There was nothing left to try again.',
    'One is tried again. If it fails again, it comes back here.',
    '2 are tried again. What fails again comes back here.',
  ])
})
