import type { ConversationChanges, Message } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import type { ChatAction } from './chat-action.ts'
import { reduce } from './chat-reducer.ts'
import type { ChatState } from './chat-state.ts'
import { CONVERSATION, conversation, message, openState, seqs } from './fixtures.ts'
import { newOutgoing, shownOutgoing } from './outgoing.ts'
import { replyPreviewOf } from './replies.ts'

const queue = (clientId: string, content: string): ChatAction => ({
  type: 'send_queued',
  entry: newOutgoing({
    clientId,
    conversationId: CONVERSATION,
    content,
    afterSeq: 3,
    createdAt: '2026-01-02T10:00:00Z',
  }),
})
const attempt = (clientId: string): ChatAction => ({ type: 'send_attempted', conversationId: CONVERSATION, clientId })
const ack = (clientId: string, sent: Message): ChatAction => ({
  type: 'send_acknowledged',
  conversationId: CONVERSATION,
  clientId,
  message: { ...sent, clientId },
})
const echo = (sent: Message): ChatAction => ({ type: 'message_arrived', message: sent })
const unchanged: ConversationChanges = {
  conversation: conversation({ lastSeq: 3 }),
  messages: [],
  changed: [],
  hidden: [],
  participants: [],
  hasMore: false,
  reset: false,
}
const run = (actions: ChatAction[], state: ChatState = openState(3)) => actions.reduce(reduce, state)

/** What stands on the screen below the history that was there before. */
function shown(state: ChatState): string[] {
  const messages = state.timelines[CONVERSATION]?.messages.filter(({ seq }) => seq > 3) ?? []
  return [
    ...messages.map(({ content }) => content),
    ...shownOutgoing(state.outgoing[CONVERSATION] ?? []).map((e) => e.content),
  ]
}

describe('a sent message is on the screen exactly once', () => {
  const hello = message(4, 'ana', { content: 'hello' })
  const begin = [queue('k1', 'hello'), attempt('k1')]

  test('while only its optimistic entry exists', () => {
    expect(shown(run(begin))).toEqual(['hello'])
  })
  test('when the live event comes before the acknowledgement', () => {
    const between = run([...begin, echo(hello)])
    expect(shown(between)).toEqual(['hello'])
    expect(shown(run([ack('k1', hello)], between))).toEqual(['hello'])
  })
  test('when the acknowledgement comes before the live event', () => {
    const between = run([...begin, ack('k1', hello)])
    expect(shown(between)).toEqual(['hello'])
    expect(shown(run([echo(hello), echo(hello)], between))).toEqual(['hello'])
  })
  test('when the same words are sent twice, in every order of events', () => {
    const again = message(5, 'ana', { content: 'hello' })
    const start = run([...begin, queue('k2', 'hello'), attempt('k2')])
    const events = [echo(hello), echo(again), ack('k1', hello), ack('k2', again)]
    for (const order of permutations(events)) {
      let state = start
      for (const event of order) {
        state = reduce(state, event)
        expect(shown(state)).toEqual(['hello', 'hello'])
      }
      expect(state.outgoing[CONVERSATION]).toEqual([])
    }
  })
  test('when another device sends the same words at the same moment', () => {
    const fromPhone = message(4, 'ana', { content: 'hello' })
    const mine = message(5, 'ana', { content: 'hello' })
    const state = run([...begin, echo(fromPhone), ack('k1', mine), echo(mine)])
    expect(shown(state)).toEqual(['hello', 'hello'])
  })
  test('when the connection broke after the send and sync brings it before the retry', () => {
    const state = run([
      ...begin,
      {
        type: 'changes_synced',
        changes: {
          ...unchanged,
          conversation: { ...openState(4).conversations[CONVERSATION]!, cursor: 'c1', lastMessage: hello },
          messages: [hello],
        },
      },
    ])
    expect(shown(state)).toEqual(['hello'])
    expect(shown(run([ack('k1', hello)], state))).toEqual(['hello'])
  })
})

test('an own message from another device does not hide what this tab is still sending', () => {
  const state = run([queue('k1', 'mine'), attempt('k1'), echo(message(4, 'ana', { content: 'from my phone' }))])
  expect(shown(state)).toEqual(['from my phone', 'mine'])
})

test('what has not left the tab yet cannot have an echo', () => {
  const state = run([queue('k1', 'hello'), echo(message(4, 'ana', { content: 'hello' }))])
  expect(shown(state)).toEqual(['hello', 'hello'])
})

test('a failed message stays with its reason until it is retried or discarded', () => {
  const failed = run([
    queue('k1', 'hello'),
    attempt('k1'),
    {
      type: 'send_failed',
      conversationId: CONVERSATION,
      clientId: 'k1',
      code: 'blocked',
      detail: 'Not here',
      retryable: false,
    },
  ])
  expect(failed.outgoing[CONVERSATION]?.[0]).toMatchObject({ state: 'failed', detail: 'Not here' })
  const retried = run([{ type: 'send_retried', conversationId: CONVERSATION, clientId: 'k1' }], failed)
  expect(retried.outgoing[CONVERSATION]?.[0]).toMatchObject({ state: 'sending', clientId: 'k1', detail: null })
  const discarded = run([{ type: 'send_discarded', conversationId: CONVERSATION, clientId: 'k1' }], failed)
  expect(shown(discarded)).toEqual([])
})

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

describe('an answer', () => {
  const original = message(1)
  const answer = message(4, 'ana', { replyTo: replyPreviewOf(original) })
  const held = (state: ChatState) => state.timelines[CONVERSATION]?.messages.find(({ seq }) => seq === 4)?.replyTo
  const update = (patch: Partial<Message>): ChatAction => ({
    type: 'message_updated',
    message: { ...original, rev: 1, ...patch },
  })

  test('shows what its original says now, also where that is not loaded', () => {
    const state = run([echo(answer)])
    expect(held(run([update({ content: 'other words', editedAt: 'now' })], state))?.content).toBe('other words')
    expect(held(run([update({ content: '', deletedAt: 'now' })], state))).toMatchObject({
      content: '',
      deletedAt: 'now',
    })
    const alone = { ...state, timelines: { [CONVERSATION]: { ...state.timelines[CONVERSATION]!, messages: [answer] } } }
    expect(held(run([update({ content: 'other words' })], alone))?.content).toBe('other words')
  })
  test('goes on hiding what its reader may not see', () => {
    const hidden = { ...answer, replyTo: { ...answer.replyTo!, content: '', hidden: true } }
    expect(held(run([echo(hidden), update({ content: 'secret' })]))?.content).toBe('')
  })
  test('is about its original again when it could not be sent and is written on', () => {
    const entry = newOutgoing({ clientId: 'k', conversationId: CONVERSATION, content: 'x', afterSeq: 3, createdAt: '' })
    const queued = run([{ type: 'send_queued', entry: { ...entry, replyTo: replyPreviewOf(original) } }])
    const reopened = run([{ type: 'send_reopened', conversationId: CONVERSATION, clientId: 'k' }], queued)
    expect(reopened.replies[CONVERSATION]?.id).toBe(original.id)
  })
})

test('what its reader has hidden is not what the list shows', () => {
  const event = { conversationId: CONVERSATION, messageId: message(3).id, seq: 3 }
  const state = run([{ type: 'message_hidden', event }])
  expect(state.conversations[CONVERSATION]?.lastMessage?.seq).toBe(2)
})

test('what its reader has hidden or deleted stays away when an answer from before comes after it', () => {
  const page = [1, 2, 3].map((seq) => message(seq))
  const late: ChatAction[] = [
    { type: 'page_loaded', conversationId: CONVERSATION, messages: page, hasOlder: false },
    { type: 'older_page_loaded', conversationId: CONVERSATION, messages: page, hasOlder: true },
    { type: 'newer_page_loaded', conversationId: CONVERSATION, messages: page },
    { type: 'gap_filled', conversationId: CONVERSATION, messages: page },
    { type: 'conversation_loaded', conversation: conversation({ lastSeq: 3 }) },
    { type: 'changes_synced', changes: { ...unchanged, messages: page } },
  ]
  const event = { conversationId: CONVERSATION, messageId: message(3).id, seq: 3 }
  const hidden = run([{ type: 'message_hidden', event }])
  const { me } = hidden.conversations[CONVERSATION]!
  const cleared = run([
    {
      type: 'conversation_state',
      state: { conversationId: CONVERSATION, cursor: 'c1', unreadCount: 0, me: { ...me, clearedBeforeSeq: 3 } },
    },
  ])
  for (const action of late) {
    const state = reduce(hidden, action)
    expect([seqs(state), state.conversations[CONVERSATION]?.lastMessage?.seq], action.type).toEqual([[1, 2], 2])
    if ('messages' in action) expect(seqs(reduce(cleared, action)), action.type).toEqual([])
  }
})
