import type { Draft, PutDraft, ReplyPreview } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { createChatStore } from './chat-store.ts'
import { DraftKeeper } from './drafts.ts'
import { CONVERSATION, conversation, message, openState } from './fixtures.ts'
import { newOutgoing } from './outgoing.ts'
import { replyPreviewOf } from './replies.ts'

/** Ana's browser beside a server that keeps drafts; `elapse` lets the time go by after which one is saved. */
function setUp() {
  const store = createChatStore(openState(3))
  const asked: (PutDraft | null)[] = []
  const fetched: string[] = []
  let pending: (() => void)[] = []
  let answer = () => Promise.resolve()
  // what this person has done, as the server counts it in its cursors
  let done = 0
  const cursorAt = (count: number) => btoa(JSON.stringify([1, 3, 0, count])).replace(/=+$/, '')
  const stateWith = (draft: Draft | null, count = ++done) => {
    const { me } = store.getState().conversations[CONVERSATION]!
    return { conversationId: CONVERSATION, cursor: cursorAt(count), unreadCount: 0, me: { ...me, draft } }
  }
  const draftOf = (content: string, replyTo: string | null = null): Draft => ({
    content: content.replaceAll('\r\n', '\n').normalize(),
    replyTo,
    updatedAt: '2026-01-02T11:00:00.000Z',
  })
  const keeper = new DraftKeeper({
    store,
    put: async (draft) => {
      asked.push(draft)
      await answer()
      return stateWith(draftOf(draft.content, draft.replyTo))
    },
    remove: async () => {
      asked.push(null)
      return stateWith(null)
    },
    message: async (id) => {
      fetched.push(id)
      await answer()
      return message(2, 'bruno', { id })
    },
    online: () => true,
    later: (run) => {
      pending.push(run)
      return () => {
        pending = pending.filter((one) => one !== run)
      }
    },
  })
  store.subscribe(() => keeper.evaluate())
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve))
  const elapse = async () => {
    for (const run of pending.splice(0)) run()
    await settle()
  }
  return {
    store,
    asked,
    elapse,
    settle,
    /** How many are about to be saved. */
    waits: () => pending.length,
    type: (text: string) => store.dispatch({ type: 'draft_changed', conversationId: CONVERSATION, text }),
    elsewhere: (content: string | null, replyTo: string | null = null) => {
      const draft = content === null ? null : draftOf(content, replyTo)
      store.dispatch({ type: 'conversation_state', state: stateWith(draft) })
    },
    reply: (replyTo: ReplyPreview | null) =>
      store.dispatch({ type: 'reply_chosen', conversationId: CONVERSATION, replyTo }),
    answers: () => store.getState().replies[CONVERSATION]?.id,
    /** Which messages were asked for. */
    fetched,
    /** What was read when so much had been done, in all the ways in which it comes. */
    late: (content: string | null, count: number) => {
      const state = stateWith(content === null ? null : draftOf(content), count)
      const { me, cursor } = state
      store.dispatch({ type: 'conversation_state', state })
      store.dispatch({ type: 'conversation_loaded', conversation: conversation({ lastSeq: 3, me, cursor }) })
      const conversations = [conversation({ lastSeq: 3, me, cursor })]
      store.dispatch({ type: 'conversations_loaded', conversations, nextCursor: null })
    },
    shown: () => store.getState().drafts[CONVERSATION] ?? '',
    isUnsaved: () => CONVERSATION in store.getState().unsaved,
    refuse: () => {
      answer = () => Promise.reject(new RequestFailure('not_found', 'No such message.'))
    },
    hold: () => {
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      answer = () => held
      return release
    },
  }
}

test('what is typed is saved once, when the typing has stopped', async () => {
  const { type, elapse, asked, isUnsaved } = setUp()
  for (const text of ['h', 'ha', 'hal']) type(text)
  expect([asked, isUnsaved()]).toEqual([[], true])
  await elapse()
  expect(asked).toMatchObject([{ conversationId: CONVERSATION, content: 'hal' }])
  expect(isUnsaved()).toBe(false)
})

test('another device has the last word, and not over what is being typed here', async () => {
  const { type, elapse, elsewhere, shown, asked } = setUp()
  elsewhere('from the phone')
  expect(shown()).toBe('from the phone')
  elsewhere('from the phone again')
  expect(shown()).toBe('from the phone again')
  type('here')
  elsewhere('too late')
  expect(shown()).toBe('here')
  await elapse()
  expect(asked).toMatchObject([{ content: 'here' }])
  elsewhere(null)
  expect(shown()).toBe('')
})

test('what is typed while it is being saved is saved after it', async () => {
  const { type, elapse, settle, asked, hold, shown } = setUp()
  const release = hold()
  type('one')
  await elapse()
  type('one two')
  release()
  await settle()
  await elapse()
  expect(asked.map((draft) => draft?.content)).toEqual(['one', 'one two'])
  expect(shown()).toBe('one two')
})

test('whoever types on while it is being saved is not asked about each letter either', async () => {
  const { type, elapse, settle, asked, hold, waits } = setUp()
  const release = hold()
  type('o')
  await elapse()
  type('on')
  release()
  await settle()
  expect([asked.length, waits()]).toEqual([1, 1])
  type('one')
  // the time came while the one before was being saved
  const releaseNext = hold()
  await elapse()
  type('one two')
  await elapse()
  releaseNext()
  await settle()
  expect([asked.length, waits()]).toEqual([2, 1])
  await elapse()
  expect(asked.map((draft) => draft?.content)).toEqual(['o', 'one', 'one two'])
  expect(waits()).toBe(0)
})

test('what nobody sees is no draft', async () => {
  const { type, elapse, asked, shown } = setUp()
  type('hello')
  await elapse()
  type(' \n\u200b')
  await elapse()
  expect([asked.at(-1), shown()]).toEqual([null, ' \n\u200b'])
})

test('what is sent is thrown away after the acknowledgement, and an answer about it that is late brings nothing back', async () => {
  const { store, type, elapse, asked, elsewhere, shown } = setUp()
  type('hello')
  await elapse()
  const entry = newOutgoing({
    clientId: 'one',
    conversationId: CONVERSATION,
    content: 'hello',
    replyTo: null,
    afterSeq: 3,
    createdAt: '2026-01-02T11:00:00.000Z',
  })
  store.dispatch({ type: 'send_queued', entry })
  type('')
  elsewhere('hello')
  await elapse()
  expect([asked.length, shown()]).toEqual([1, ''])
  const sent = message(4, 'ana', { content: 'hello', clientId: 'one' })
  store.dispatch({ type: 'send_acknowledged', conversationId: CONVERSATION, clientId: 'one', message: sent })
  await elapse()
  expect([asked.at(-1), shown()]).toEqual([null, ''])
})

test('a whole conversation brings its draft, and the browser keeps only what nobody else has', async () => {
  const { store, type, elapse, shown } = setUp()
  const { me } = store.getState().conversations[CONVERSATION]!
  const draft = { content: 'begun elsewhere', replyTo: null, updatedAt: '2026-01-02T11:00:00.000Z' }
  store.dispatch({ type: 'conversation_loaded', conversation: conversation({ lastSeq: 3, me: { ...me, draft } }) })
  expect([shown(), Object.keys(store.getState().unsaved)]).toEqual(['begun elsewhere', []])
  type('')
  await elapse()
  expect(store.getState().conversations[CONVERSATION]?.me.draft).toBeNull()
})

test('what was read before a draft was saved or thrown away, and comes after it, changes nothing', async () => {
  const { type, elapse, late, elsewhere, shown } = setUp()
  elsewhere('hel')
  type('hello')
  await elapse()
  late('hel', 1)
  expect(shown()).toBe('hello')
  late(null, 0)
  expect(shown()).toBe('hello')
  type('')
  await elapse()
  late('hello', 2)
  expect(shown()).toBe('')
  // after all that another device still has the last word
  elsewhere('from the phone')
  expect(shown()).toBe('from the phone')
})

test('what the server spells in its own way stays as it was typed', async () => {
  const { type, elapse, late, shown, asked } = setUp()
  type('cafe\u0301\r\n')
  await elapse()
  late('cafe\u0301\r\n', 1)
  expect(asked).toHaveLength(1)
  expect(shown()).toBe('cafe\u0301\r\n')
})

test('what is answered is saved with the draft, and before there are any words', async () => {
  const { reply, type, elapse, asked, isUnsaved } = setUp()
  reply(replyPreviewOf(message(2)))
  await elapse()
  type('yes')
  await elapse()
  reply(null)
  await elapse()
  type('')
  await elapse()
  expect(asked).toMatchObject([
    { content: '', replyTo: 'message-2' },
    { content: 'yes', replyTo: 'message-2' },
    { content: 'yes', replyTo: null },
    null,
  ])
  expect(isUnsaved()).toBe(false)
})

test('what was answered on another device is answered here, until it is sent or answers another', async () => {
  const { elsewhere, settle, answers, fetched, shown } = setUp()
  elsewhere('yes', 'message-2')
  await settle()
  expect([shown(), answers()]).toEqual(['yes', 'message-2'])
  elsewhere('yes, both', 'message-2')
  elsewhere('no', 'message-1')
  expect(answers()).toBeUndefined()
  await settle()
  expect([answers(), fetched]).toEqual(['message-1', ['message-2', 'message-1']])
  elsewhere(null)
  expect(answers()).toBeUndefined()
})

test('who writes on before it is known what their draft answers goes on answering it, unless it is sent by then', async () => {
  const writing = setUp()
  let release = writing.hold()
  writing.elsewhere('yes', 'message-2')
  writing.type('yes, of course')
  release()
  await writing.settle()
  expect([writing.shown(), writing.answers()]).toEqual(['yes, of course', 'message-2'])

  const sending = setUp()
  release = sending.hold()
  sending.elsewhere('yes', 'message-2')
  sending.type('')
  release()
  await sending.settle()
  expect(sending.answers()).toBeUndefined()
})

test('what cannot be answered any more is asked for once, and the draft is saved when it answers nothing', async () => {
  const { elsewhere, reply, type, elapse, settle, refuse, fetched, waits } = setUp()
  refuse()
  elsewhere('yes', 'message-9')
  await settle()
  elsewhere('yes, both', 'message-9')
  await settle()
  expect(fetched).toEqual(['message-9'])
  type('here')
  reply(replyPreviewOf(message(2)))
  await elapse()
  expect(waits()).toBe(0)
  reply(null)
  expect(waits()).toBe(1)
})
