import { describe, expect, test } from 'vitest'
import type { ChatAction } from './chat-action.ts'
import { reduce } from './chat-reducer.ts'
import { type HeldConversation, initialState } from './chat-state.ts'
import { CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { mergeMessages } from './timeline.ts'

const held = (state: ReturnType<typeof openState>): HeldConversation => state.conversations[CONVERSATION]!
const at = (state: ReturnType<typeof openState>, seq: number) =>
  state.timelines[CONVERSATION]?.messages.find((candidate) => candidate.seq === seq)

describe('messages', () => {
  test('stand in the order of seq, each once, in whatever order they arrive', () => {
    const arrivals = [5, 3, 4, 3, 5, 1, 2].map((seq) => message(seq))
    const merged = arrivals.reduce<readonly ReturnType<typeof message>[]>(
      (known, one) => mergeMessages(known, [one]),
      [],
    )
    expect(merged.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })
  test('that arrive while the first page loads are not lost', () => {
    let state = openState(0)
    state = { ...state, timelines: {} }
    state = reduce(state, { type: 'page_requested', conversationId: CONVERSATION, part: 'latest' })
    state = reduce(state, { type: 'message_arrived', message: message(4) })
    const messages = [message(2), message(3)]
    state = reduce(state, { type: 'page_loaded', conversationId: CONVERSATION, messages, hasOlder: true })
    expect(seqs(state)).toEqual([2, 3, 4])
  })
  test('of an older page go above, and overlap does no harm', () => {
    let state = openState(3)
    state = reduce(state, {
      type: 'page_loaded',
      conversationId: CONVERSATION,
      messages: [message(10), message(11)],
      hasOlder: true,
    })
    const messages = [message(8), message(9), message(10)]
    state = reduce(state, { type: 'older_page_loaded', conversationId: CONVERSATION, messages, hasOlder: false })
    expect(seqs(state)).toEqual([8, 9, 10, 11])
    expect(state.timelines[CONVERSATION]?.hasOlder).toBe(false)
  })
})

describe('an edit', () => {
  const edit = (rev: number, content: string) => message(3, 'bruno', { rev, content })
  test('applies only if its rev is higher', () => {
    let state = reduce(openState(3), { type: 'message_updated', message: edit(5, 'newer') })
    state = reduce(state, { type: 'message_updated', message: edit(4, 'older') })
    state = reduce(state, { type: 'message_arrived', message: message(3) })
    expect(at(state, 3)?.content).toBe('newer')
    expect(held(state).lastMessage?.content).toBe('newer')
  })
  test('of a message that is not loaded makes no hole', () => {
    const state = reduce(openState(3), { type: 'message_updated', message: message(90, 'bruno', { rev: 9 }) })
    expect(seqs(state)).toEqual([1, 2, 3])
  })
  test('that was made while the page was on its way survives the page', () => {
    let state = reduce(openState(3), { type: 'message_updated', message: edit(5, 'edited') })
    const messages = [message(1), message(2), message(3)]
    state = reduce(state, { type: 'page_loaded', conversationId: CONVERSATION, messages, hasOlder: false })
    expect(at(state, 3)?.content).toBe('edited')
  })
})

describe('coming back after an absence', () => {
  const changes = (patch: object) => ({
    conversation: conversation({ lastSeq: 5, cursor: 'c5' }),
    messages: [message(4), message(5)],
    changed: [message(2, 'bruno', { rev: 7, content: '', deletedAt: '2026-01-03T00:00:00Z' })],
    hidden: [],
    participants: [],
    hasMore: false,
    reset: false,
    ...patch,
  })
  test('adds what is new, applies what has changed and takes the new cursor', () => {
    const state = reduce(openState(3), { type: 'changes_synced', changes: changes({}) })
    expect(seqs(state)).toEqual([1, 2, 3, 4, 5])
    expect(at(state, 2)?.deletedAt).not.toBeNull()
    expect(held(state).cursor).toBe('c5')
  })
  test('after a huge gap shows the latest page, with older ones above', () => {
    const far = changes({ messages: [message(80), message(81)], changed: [], hasMore: true })
    const state = reduce(openState(3), { type: 'changes_synced', changes: far })
    expect(seqs(state)).toEqual([80, 81])
    expect(state.timelines[CONVERSATION]?.hasOlder).toBe(true)
  })
  test('after leaving and coming back, nothing of the earlier stay is left', () => {
    const live: ChatAction = { type: 'message_arrived', message: message(6) }
    const again = changes({ messages: [message(5)], changed: [], reset: true })
    const state = reduce(reduce(openState(3), live), { type: 'changes_synced', changes: again })
    expect(seqs(state)).toEqual([5, 6])
  })
  test('after a restore from a backup shows what there is, and nothing of what is lost, whatever its number', () => {
    const live: ChatAction = { type: 'message_arrived', message: message(4, 'bruno', { content: 'lost' }) }
    const lost = reduce(openState(3), live)
    const conversationNow = conversation({ lastSeq: 2, cursor: 'c9', lastMessage: message(2) })
    const answer = changes({ conversation: conversationNow, messages: [message(1), message(2)], changed: [] })
    const state = reduce(lost, { type: 'changes_synced', changes: { ...answer, reset: true, restored: true } })
    expect(seqs(state)).toEqual([1, 2])
    expect(held(state)).toMatchObject({ lastSeq: 2, lastMessage: { seq: 2 }, cursor: 'c9' })
    const instead: ChatAction = { type: 'message_arrived', message: message(3, 'bruno', { content: 'instead' }) }
    expect(at(reduce(state, instead), 3)?.content).toBe('instead')
  })
  test('a list that is loaded after a restore counts, though what is lost had higher numbers', () => {
    const cursorOf = (epoch: number, seq: number) => btoa(JSON.stringify([epoch, seq, 0, 0]))
    const before = conversation({ lastSeq: 9, cursor: cursorOf(1, 9), lastMessage: message(9) })
    const after = conversation({ lastSeq: 2, cursor: cursorOf(1_700_000_000, 2), lastMessage: message(2) })
    const loaded = [before, after].reduce(
      (state, answer) => reduce(state, { type: 'conversation_loaded', conversation: answer }),
      initialState(),
    )
    expect(loaded.conversations[CONVERSATION]).toMatchObject({ lastSeq: 2, lastMessage: { seq: 2 } })
  })
  test('an answer without messages does not move the cursor past what is loaded', () => {
    const answer = conversation({ lastSeq: 5, cursor: 'c5' })
    const state = reduce(openState(3), { type: 'conversation_loaded', conversation: answer })
    expect(held(state).cursor).toBe('c0')
  })
  test('a conversation that one is no longer in disappears', () => {
    const state = reduce(openState(3), {
      type: 'participant_left',
      event: { conversationId: CONVERSATION, userId: 'ana' },
    })
    expect(state.conversations).toEqual({})
    expect(state.timelines).toEqual({})
  })
})
