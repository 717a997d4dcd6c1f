import { expect, test } from 'vitest'
import { conversation } from '../chat/fixtures.ts'
import { closedText, closingText, hasRunOut, isOver } from './standing.ts'

const booking = { type: 'booking', id: 'B-1', title: null, status: 'cancelled', parent: null }

test('why a conversation is closed is said in plain words', () => {
  expect(closedText(conversation())).toBe(null)
  expect(closedText(conversation({ status: 'closed', statusReason: 'cancelled', context: booking }))).toBe(
    'This conversation is closed: the booking was cancelled.',
  )
  expect(closedText(conversation({ status: 'read_only', statusReason: 'warranty_over' }))).toBe(
    'This conversation can only be read: the warranty is over.',
  )
  expect(closedText(conversation({ status: 'closed', statusReason: 'moderation' }))).toBe(
    'This conversation is closed: a moderator has decided so.',
  )
})

test("a reason that is the host's own stays as it is, and one that says nothing is left out", () => {
  expect(closedText(conversation({ status: 'read_only', statusReason: 'season_over' }))).toBe(
    'This conversation can only be read: season_over.',
  )
  expect(closedText(conversation({ status: 'closed', statusReason: 'closed' }))).toBe('This conversation is closed.')
  expect(closedText(conversation({ status: 'closed', statusReason: 'toString' }))).toContain('toString')
})

test('a time of grace is told while it lasts, and is over without waiting for the server', () => {
  const closesAt = '2026-05-14T10:00:00.000Z'
  const before = Date.parse(closesAt) - 1
  const held = conversation({ closesAt })
  expect(closingText(held, before)).toContain('2026')
  expect(hasRunOut(held, before)).toBe(false)
  expect(closingText(held, Date.parse(closesAt))).toBe(null)
  expect(hasRunOut(held, Date.parse(closesAt))).toBe(true)
  expect(hasRunOut(conversation(), before)).toBe(false)
})

test('what is cancelled or completed looks over, and what is confirmed or paid does not', () => {
  const of = (status: string | null) => isOver(conversation({ context: { ...booking, status } }))
  expect(['cancelled', 'Canceled', 'completed', 'no_show', 'terminated', 'declined'].map(of)).not.toContain(false)
  expect(['confirmed', 'requested', 'paid', 'approved', 'toString', null].map(of)).not.toContain(true)
  expect(isOver(conversation({ status: 'closed', context: { ...booking, status: 'confirmed' } }))).toBe(true)
  expect(isOver(conversation())).toBe(false)
})
