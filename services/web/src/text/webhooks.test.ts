import { expect, test } from 'vitest'
import { answerText, chosenEvents, legibleBody } from './webhooks.ts'

test('everything is everything, and what a family has goes with it', () => {
  expect(chosenEvents(new Set(['message.created', '*']))).toEqual(['*'])
  expect(chosenEvents(new Set(['message.created', 'message.*', 'messages.read']))).toEqual([
    'message.*',
    'messages.read',
  ])
  expect(chosenEvents(new Set())).toEqual([])
})

test('what was answered is said in a line, whether there was an answer or not', () => {
  const answer = { at: '2026-05-01T10:00:00.000Z', durationMs: 12, status: 500, body: 'no', error: 'status 500' }
  expect(answerText({ answer, attempts: 1 })).toBe('Answered 500 after 12 ms: status 500')
  expect(answerText({ answer: { ...answer, status: null, error: 'timeout' }, attempts: 1 })).toBe(
    'No answer after 12 ms: timeout',
  )
  expect(answerText({ answer: { ...answer, status: 204, error: null }, attempts: 1 })).toBe('Answered 204 after 12 ms')
  expect(answerText({ answer: null, attempts: 0 })).toBe('Not tried yet')
  expect(answerText({ answer: null, attempts: 1 })).toBe('Is being sent')
})

test('JSON is laid out, and what is none stays as it is', () => {
  expect(legibleBody('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(legibleBody('<html>')).toBe('<html>')
})
