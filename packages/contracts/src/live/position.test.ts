import { expect, test } from 'vitest'
import { headBefore, positionOf } from './position.ts'
import { serverEvents } from './server-events.ts'

test('every change is one step of the position, whichever counter it moves', () => {
  const head = { seq: 4, rev: 7 }
  expect(positionOf(head)).toBe(11)
  expect(positionOf({ ...head, seq: 5 })).toBe(12)
  expect(positionOf({ ...head, rev: 8 })).toBe(12)
})

test('before a message there was one message less, before any other change one revision less', () => {
  expect(headBefore({ event: 'new_message', seq: 4, rev: 7, span: 1 })).toEqual({ seq: 3, rev: 7 })
  for (const event of Object.keys(serverEvents).filter((name) => name !== 'new_message'))
    expect(headBefore({ event, seq: 4, rev: 7, span: 1 })).toEqual({ seq: 4, rev: 6 })
})

test('an entry for many reads stands for as many positions, a personal one for none', () => {
  const reads = { event: 'messages_read', seq: 4, rev: 7, span: 5 }
  expect(headBefore(reads)).toEqual({ seq: 4, rev: 2 })
  expect(positionOf(reads) - positionOf(headBefore(reads))).toBe(5)
  expect(headBefore({ event: 'conversation_state', seq: 4, rev: 7, span: 0 })).toEqual({ seq: 4, rev: 7 })
  expect(headBefore({ event: '', seq: 4, rev: 7, span: 0 })).toEqual({ seq: 4, rev: 7 })
})

test('an event of a later release moves the revision', () => {
  expect(headBefore({ event: 'message_sung', seq: 4, rev: 7, span: 1 })).toEqual({ seq: 4, rev: 6 })
})
