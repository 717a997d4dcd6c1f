import type { LiveEntry } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createLine, hold, place } from './line.ts'

const entry = (seq: number, rev: number, more: Partial<LiveEntry> = {}): LiveEntry => ({
  tenantId: 'acme',
  conversationId: 'c',
  seq,
  rev,
  span: 1,
  aboutSeq: seq,
  audience: { version: null, userIds: [] },
  event: 'new_message',
  json: '{}',
  ...more,
})

test('what is next in line is told, what is ahead waits, what is behind was told', () => {
  const line = createLine('acme', 'c', 10, 4)
  expect(place(line, entry(11, 4))).toBe('tell')
  expect(place(line, entry(10, 5))).toBe('tell')
  expect(place(line, entry(12, 4))).toBe('hold')
  expect(place(line, entry(11, 5))).toBe('hold')
  expect(place(line, entry(10, 4))).toBe('drop')
  expect(place(line, entry(9, 4))).toBe('drop')
})

test('an entry that stands for several revisions is next when the first of them is', () => {
  const line = createLine('acme', 'c', 10, 4)
  expect(place(line, entry(10, 9, { span: 5 }))).toBe('tell')
  expect(place(line, entry(10, 9, { span: 4 }))).toBe('hold')
  // part of it was healed already
  expect(place(createLine('acme', 'c', 10, 6), entry(10, 9, { span: 5 }))).toBe('tell')
})

test('what is personal has no place of its own, but does not come before its time', () => {
  const line = createLine('acme', 'c', 10, 4)
  expect(place(line, entry(10, 4, { span: 0, event: 'conversation_state' }))).toBe('tell')
  expect(place(line, entry(8, 2, { span: 0, event: 'conversation_state' }))).toBe('tell')
  expect(place(line, entry(11, 4, { span: 0, event: 'conversation_state' }))).toBe('hold')
})

test('a head alone says that something is missing, or nothing', () => {
  const line = createLine('acme', 'c', 10, 4)
  expect(place(line, entry(10, 4, { span: 0, event: '' }))).toBe('drop')
  expect(place(line, entry(12, 4, { span: 0, event: '' }))).toBe('hold')
})

test('held entries stand in order, each once', () => {
  const line = createLine('acme', 'c', 0, 0)
  for (const seq of [5, 3, 4, 3, 5]) hold(line, entry(seq, 0))
  expect(line.held.map(({ seq }) => seq)).toEqual([3, 4, 5])
})
