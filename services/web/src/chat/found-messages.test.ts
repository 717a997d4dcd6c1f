import type { FoundMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import type { ChatAction } from './chat-action.ts'
import { createChatStore } from './chat-store.ts'
import { ConversationLoader } from './conversation-loader.ts'
import { ana, CONVERSATION, conversation, message, openState } from './fixtures.ts'

const OTHER = '0190a000-0000-7000-8000-000000000002'
const { title, context, kind, participants, participantCount } = conversation()
const found = [5, 6, 7].map(
  (seq) =>
    ({
      message: { ...message(seq), conversationId: seq === 7 ? OTHER : CONVERSATION },
      highlights: [{ start: 0, end: 4 }],
      conversation: { title, context, kind, participants, participantCount },
    }) as unknown as FoundMessage,
)
const me = { ...conversation().me, clearedBeforeSeq: 5 }

/** What Ana is shown of that, when this happens while it is on its way. */
async function shownAfter(action: ChatAction) {
  const store = createChatStore({ ...openState(3), me: ana })
  const searchMessages = async () => {
    store.dispatch(action)
    return { data: found, hasMore: false, nextCursor: null }
  }
  const loader = new ConversationLoader({ store, rest: { searchMessages } } as unknown as ConstructorParameters<
    typeof ConversationLoader
  >[0])
  return (await loader.findMessages('text', undefined)).data
}
const seqsAfter = async (action: ChatAction) => (await shownAfter(action)).map(({ message: { seq } }) => seq)

test('what is deleted, hidden, cleared or left is found no more, though none of it is loaded', async () => {
  const deleted = message(5, 'bruno', { rev: 1, content: '', deletedAt: '2026-01-03T00:00:00.000Z' })
  expect(await seqsAfter({ type: 'message_updated', message: deleted })).toEqual([6, 7])
  const hidden = { conversationId: CONVERSATION, messageId: 'message-6', seq: 6 }
  expect(await seqsAfter({ type: 'message_hidden', event: hidden } as ChatAction)).toEqual([5, 7])
  const state = { conversationId: CONVERSATION, cursor: 'c1', unreadCount: 0, me }
  expect(await seqsAfter({ type: 'conversation_state', state } as ChatAction)).toEqual([6, 7])
  expect(await seqsAfter({ type: 'conversation_gone', conversationId: CONVERSATION })).toEqual([7])
  const left = (userId: string) => ({ type: 'participant_left', event: { conversationId: CONVERSATION, userId } })
  expect(await seqsAfter(left('ana') as ChatAction)).toEqual([7])
  expect(await seqsAfter(left('bruno') as ChatAction)).toEqual([5, 6, 7])
})

test('what is edited is shown with its new words, and nothing is marked in them', async () => {
  const message5 = message(5, 'bruno', { rev: 1, content: 'other words' })
  const [first, second] = await shownAfter({ type: 'message_updated', message: message5 })
  expect(first).toMatchObject({ message: { content: 'other words' }, highlights: [] })
  expect(second).toBe(found[1])
})

test('an answer after an absence says what of it is gone', async () => {
  const changes = { conversation: conversation({ me }), hidden: [{ messageId: 'message-6', seq: 6 }], changed: [] }
  const none = { reset: false, messages: [], participants: [], hasMore: false }
  expect(await seqsAfter({ type: 'changes_synced', changes: { ...none, ...changes } })).toEqual([7])
})
