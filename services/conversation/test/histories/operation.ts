import type { Actor, Chat, Message } from '@parley/contracts'
import type { Model, ModelConversation, ModelPerson } from './model.ts'

/** What a device knows as somebody does something on it: it goes by what it holds, which may be long outdated. */
export interface Mind {
  actor: Actor
  /** All who are or were in the conversations, their owner first. */
  everybody: readonly Actor[]
  conversationId: string
  /** Another conversation of theirs. */
  elsewhere: string
  lastSeq: number
  messages: readonly Message[]
  /** Which of several things it is to be; taken modulo what there is. */
  pick: number
  /** The call's own, and the same where it is repeated. */
  key: string
}

/** A call that is decided on, and may come to the service late, twice or never. */
export interface Call {
  make(chat: Chat): Promise<unknown>
  /**
   * Does the same to the model, after the call was `answered` (undefined: refused). Returns what the answer has to be: `ok`, or the
   * code of a refusal, with which nothing changes.
   */
  expect(model: Model, answered: unknown): string
}

/** Something that people do. Null: there is nothing to do it to. */
export interface Operation {
  weight: number
  decide(mind: Mind): Call | null
}

export const WORDS = ['one', 'two words', 'hello @[ben]', 'ünïcode 👍', 'again']
export const nth = <T>(all: readonly T[], pick: number): T | undefined => all[pick % Math.max(1, all.length)]

/** Of a conversation; `change` is asked where the actor is in it. */
export function ofConversation(
  { actor, conversationId }: Mind,
  make: (chat: Chat, conversationId: string) => Promise<unknown>,
  change: (self: ModelPerson, conversation: ModelConversation) => string,
): Call {
  return {
    make: (chat) => make(chat, conversationId),
    expect(model) {
      const conversation = model.get(conversationId)!
      const self = conversation.people.get(actor.userId)!
      return self.isActive ? change(self, conversation) : 'not_found'
    },
  }
}

/** Changes of one's own that nothing stands against. */
export const own = (
  mind: Mind,
  make: (chat: Chat, actor: Actor, ref: { conversationId: string }) => Promise<unknown>,
  change: (self: ModelPerson, conversation: ModelConversation) => void,
): Call =>
  ofConversation(
    mind,
    (chat, conversationId) => make(chat, mind.actor, { conversationId }),
    (self, conversation) => {
      change(self, conversation)
      return 'ok'
    },
  )
