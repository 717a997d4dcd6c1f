import type { LiveEntry } from '@parley/contracts'
import { expect, test } from 'vitest'
import { Line } from './line.ts'

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

test('what is next in line is delivered, what is early is buffered, what is past is skipped', () => {
  const line = new Line('acme', 'c', { seq: 10, rev: 4 })
  expect(line.place(entry(11, 4))).toBe('deliver')
  expect(line.place(entry(10, 5))).toBe('deliver')
  expect(line.place(entry(12, 4))).toBe('buffer')
  expect(line.place(entry(11, 5))).toBe('buffer')
  expect(line.place(entry(10, 4))).toBe('skip')
  expect(line.place(entry(9, 4))).toBe('skip')
})

test('an entry that stands for several revisions is next when the first of them is', () => {
  const line = new Line('acme', 'c', { seq: 10, rev: 4 })
  expect(line.place(entry(10, 9, { span: 5 }))).toBe('deliver')
  expect(line.place(entry(10, 9, { span: 4 }))).toBe('buffer')
  // part of it was backfilled already
  expect(new Line('acme', 'c', { seq: 10, rev: 6 }).place(entry(10, 9, { span: 5 }))).toBe('deliver')
})

test('what is personal has no place of its own, but does not come before its time', () => {
  const line = new Line('acme', 'c', { seq: 10, rev: 4 })
  expect(line.place(entry(10, 4, { span: 0, event: 'conversation_state' }))).toBe('deliver')
  expect(line.place(entry(8, 2, { span: 0, event: 'conversation_state' }))).toBe('deliver')
  expect(line.place(entry(11, 4, { span: 0, event: 'conversation_state' }))).toBe('buffer')
})

test('a head alone says that something is missing, or nothing', () => {
  const line = new Line('acme', 'c', { seq: 10, rev: 4 })
  expect(line.place(entry(10, 4, { span: 0, event: '' }))).toBe('skip')
  expect(line.place(entry(12, 4, { span: 0, event: '' }))).toBe('buffer')
})

test('buffered entries stand in order, each once', () => {
  const line = new Line('acme', 'c', { seq: 0, rev: 0 })
  for (const seq of [5, 3, 4, 3, 5]) line.buffer(entry(seq, 0))
  expect(line.takeBuffer().map(({ seq }) => seq)).toEqual([3, 4, 5])
})
