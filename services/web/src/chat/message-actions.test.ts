import type { ForwardMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { createChatStore } from './chat-store.ts'
import { CONVERSATION, message, openState, seqs } from './fixtures.ts'
import { MessageActions } from './message-actions.ts'

test('a message whose passing on was not answered is passed on once more as the same one', async () => {
  const store = createChatStore(openState(3))
  const asked: ForwardMessage[] = []
  const forward = async (input: ForwardMessage) => {
    asked.push(input)
    if (asked.length === 1) throw new RequestFailure('timeout', 'No answer')
    return { data: [{ conversationId: CONVERSATION, message: message(4, 'ana'), error: null }] }
  }
  const actions = new MessageActions({ store, forward } as unknown as ConstructorParameters<typeof MessageActions>[0])
  const passOn = actions.forwarding('message-1')
  await expect(passOn([CONVERSATION])).rejects.toThrow('No answer')
  await passOn([CONVERSATION])
  expect(asked[1]).toEqual(asked[0])
  expect(seqs(store.getState())).toEqual([1, 2, 3, 4])
  // another time it is another one
  await actions.forwarding('message-1')([CONVERSATION])
  expect(asked[2]?.clientId).not.toBe(asked[0]?.clientId)
})
