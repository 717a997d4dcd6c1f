import { beforeEach, expect, test } from 'vitest'
import { CONVERSATION, openState } from './fixtures.ts'
import { Freshness } from './freshness.ts'

let state = openState()
let synced: number
let freshness: Freshness
beforeEach(() => {
  state = openState(3)
  synced = 0
  freshness = new Freshness({
    state: () => state,
    async sync() {
      synced++
    },
  })
})
const compare = (seq: number, rev: number) => {
  const before = synced
  freshness.compare({ heads: [{ conversationId: CONVERSATION, seq, rev }] })
  return synced > before
}

test('a page that has what the server names syncs nothing; one that lacks a message does', () => {
  expect([compare(3, 7), compare(3, 7), compare(4, 7)]).toEqual([false, false, true])
})

test('a change that was not heard is found by counting those that were', () => {
  expect(compare(3, 7)).toBe(false)
  freshness.hear('message_updated', CONVERSATION)
  freshness.hear('messages_read', CONVERSATION)
  freshness.hear('user_typing', CONVERSATION)
  freshness.hear('messages_read', 'another')
  expect(compare(3, 9)).toBe(false)
  freshness.hear('messages_read', CONVERSATION)
  expect([compare(3, 11), compare(3, 11)]).toEqual([true, false])
  freshness.restart()
  expect(compare(3, 20)).toBe(false)
})

test('where receipts are told together their number says nothing, and of what is not held nothing is missed', () => {
  const held = state.conversations[CONVERSATION]!
  state = { ...state, conversations: { [CONVERSATION]: { ...held, participantCount: 51 } } }
  expect([compare(3, 7), compare(3, 90), compare(4, 90)]).toEqual([false, false, true])
  state = { ...state, conversations: {} }
  expect(compare(9, 90)).toBe(false)
})
