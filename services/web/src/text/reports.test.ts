import { expect, test } from 'vitest'
import { reportedText, reportedWords, timesText } from './reports.ts'

const user = { userId: 'ben', name: 'Ben', avatarUrl: null }

test('what was reported is said before the name of whom it concerns', () => {
  expect(reportedText({ messageId: 'm', conversationId: 'c', user })).toBe(' a message of')
  expect(reportedText({ messageId: 'm', conversationId: 'c', user: null })).toBe(' a message')
  expect(reportedText({ messageId: null, conversationId: 'c', user: null })).toBe(' a conversation')
  expect(reportedText({ messageId: null, conversationId: null, user })).toBe('')
  expect([timesText(1), timesText(3)]).toEqual(['', ', 3 times'])
})

test('a message whose words are gone says so, and a deleted one shows what it said', () => {
  expect(reportedWords({ content: 'as it was', deletedAt: '2026-01-01T00:00:00.000Z' })).toBe('as it was')
  expect(reportedWords({ content: null, deletedAt: null })).toContain('no longer kept')
})
