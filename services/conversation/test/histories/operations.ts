import type { Actor, Chat, Message, SentMessage } from '@parley/contracts'
import {
  type Model,
  type ModelConversation,
  type ModelMessage,
  type ModelPerson,
  newcomer,
  visibleTo,
} from './model.ts'

/** What a device knows as somebody does something on it: it goes by what it holds, which may be long outdated. */
export interface Mind {
  actor: Actor
  /** All who are or were in the conversations, their owner first. */
  everybody: readonly Actor[]
  conversationId: string
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
interface Operation {
  weight: number
  decide(mind: Mind): Call | null
}

const WORDS = ['one', 'two words', 'hello @[ben]', 'ünïcode 👍', 'again']
const EMOJIS = ['👍', '❤️', '🎉']
const nth = <T>(all: readonly T[], pick: number): T | undefined => all[pick % Math.max(1, all.length)]

/** Of a message that the device holds; `change` is asked where the actor sees it. */
function ofMessage(
  { actor, conversationId, messages, pick }: Mind,
  make: (chat: Chat, messageId: string) => Promise<unknown>,
  change: (message: ModelMessage, conversation: ModelConversation) => string,
): Call | null {
  const target = nth(messages, pick)
  if (!target) return null
  return {
    make: (chat) => make(chat, target.id),
    expect(model) {
      const conversation = model.get(conversationId)!
      const seen = visibleTo(conversation, actor.userId).find(({ id }) => id === target.id)
      return seen ? change(seen, conversation) : 'not_found'
    },
  }
}

/** Of a conversation; `change` is asked where the actor is in it. */
function ofConversation(
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
const own = (
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

function read(self: ModelPerson, { messages }: ModelConversation, seq: number): void {
  const target = Math.min(seq, messages.length)
  self.read = Math.max(self.read, target)
  self.delivered = Math.max(self.delivered, self.read)
  if (self.unreadFrom !== null && self.unreadFrom <= target) self.unreadFrom = null
}

function send({ actor, conversationId, pick, key, messages }: Mind, isReply: boolean): Call | null {
  const original = isReply ? nth(messages, pick) : undefined
  if (isReply && !original) return null
  const { userId: senderId } = actor
  const content = nth(WORDS, pick)!
  const answering = original && { replyTo: original.id }
  return {
    make: (chat) => chat.sendMessage(actor, { conversationId, content, clientId: key, ...answering }),
    expect(model, answered) {
      const conversation = model.get(conversationId)!
      const { people } = conversation
      // the same again, whatever has become of its sender
      if (conversation.messages.some((sent) => sent.senderId === senderId && sent.key === key)) return 'ok'
      const self = people.get(senderId)!
      if (!self.isActive) return 'not_found'
      if (original && !visibleTo(conversation, senderId).some(({ id }) => id === original.id)) return 'invalid_input'
      const seq = conversation.messages.length + 1
      // what its sender was refused has no id
      const id = (answered as SentMessage | undefined)?.message.id ?? ''
      const plain = { isDeleted: false, isEdited: false, pinnedBy: null, reactions: [] }
      conversation.messages.push({ id, seq, senderId, key, content, replyTo: original?.id ?? null, ...plain })
      Object.assign(self, { read: seq, delivered: seq, unreadFrom: null })
      // it comes back to everybody's lists
      for (const person of people.values()) Object.assign(person, { isArchived: false, isCleared: false })
      return 'ok'
    },
  }
}

/** Each operation with what it does to the model: a new one is an entry here. */
export const operations: Record<string, Operation> = {
  send: { weight: 8, decide: (mind) => send(mind, false) },
  reply: { weight: 3, decide: (mind) => send(mind, true) },

  edit: {
    weight: 3,
    decide: (mind) => {
      const content = `edited ${nth(WORDS, mind.pick)}`
      return ofMessage(
        mind,
        (chat, messageId) => chat.editMessage(mind.actor, { messageId, content }),
        (message) => {
          if (message.senderId !== mind.actor.userId || message.isDeleted) return 'forbidden'
          if (message.content !== content) Object.assign(message, { content, isEdited: true })
          return 'ok'
        },
      )
    },
  },

  deleteForEveryone: {
    weight: 2,
    decide: (mind) =>
      ofMessage(
        mind,
        (chat, messageId) => chat.deleteMessage(mind.actor, { messageId }),
        (message) => {
          if (message.senderId !== mind.actor.userId) return 'forbidden'
          Object.assign(message, { content: '', isDeleted: true, pinnedBy: null, replyTo: null, reactions: [] })
          return 'ok'
        },
      ),
  },

  deleteForMe: {
    weight: 3,
    decide(mind) {
      const target = nth(mind.messages, mind.pick)
      if (!target) return null
      return {
        make: (chat) => chat.deleteMessage(mind.actor, { messageId: target.id, for: 'me' }),
        expect(model) {
          const { people } = model.get(mind.conversationId)!
          const self = people.get(mind.actor.userId)!
          if (!self.isActive || target.seq <= Math.max(self.visibleFrom, self.clearedBefore)) return 'not_found'
          if (!self.hidden.includes(target.seq)) self.hidden.push(target.seq)
          return 'ok'
        },
      }
    },
  },

  react: {
    weight: 4,
    decide: (mind) => {
      const { actor } = mind
      const emoji = nth(EMOJIS, mind.pick)!
      return ofMessage(
        mind,
        (chat, messageId) => chat.addReaction(actor, { messageId, emoji }),
        ({ isDeleted, reactions }) => {
          if (isDeleted) return 'forbidden'
          if (!reactions.some((there) => there.emoji === emoji && there.userId === actor.userId))
            reactions.push({ emoji, userId: actor.userId })
          return 'ok'
        },
      )
    },
  },

  takeReactionBack: {
    weight: 2,
    decide: (mind) => {
      const { actor } = mind
      const emoji = nth(EMOJIS, mind.pick)!
      return ofMessage(
        mind,
        (chat, messageId) => chat.removeReaction(actor, { messageId, emoji }),
        (message) => {
          message.reactions = message.reactions.filter((r) => r.emoji !== emoji || r.userId !== actor.userId)
          return 'ok'
        },
      )
    },
  },

  pin: {
    weight: 2,
    decide: (mind) =>
      ofMessage(
        mind,
        (chat, messageId) => chat.pinMessage(mind.actor, { messageId }),
        (message) => {
          if (message.isDeleted) return 'forbidden'
          message.pinnedBy ??= mind.actor.userId
          return 'ok'
        },
      ),
  },

  unpin: {
    weight: 1,
    decide: (mind) =>
      ofMessage(
        mind,
        (chat, messageId) => chat.unpinMessage(mind.actor, { messageId }),
        (message) => {
          message.pinnedBy = null
          return 'ok'
        },
      ),
  },

  read: {
    weight: 4,
    decide: (mind) => {
      const seq = 1 + (mind.pick % (mind.lastSeq + 2))
      return own(
        mind,
        (chat, actor, ref) => chat.markRead(actor, { ...ref, seq }),
        (self, conversation) => read(self, conversation, seq),
      )
    },
  },

  readOne: {
    weight: 1,
    decide({ actor, conversationId, messages, pick }) {
      const target = nth(messages, pick)
      if (!target) return null
      return {
        make: (chat) => chat.markMessagesRead(actor, { messageIds: [target.id] }),
        expect(model) {
          const conversation = model.get(conversationId)!
          const isSeen = visibleTo(conversation, actor.userId).some(({ id }) => id === target.id)
          if (isSeen) read(conversation.people.get(actor.userId)!, conversation, target.seq)
          return 'ok'
        },
      }
    },
  },

  receive: {
    weight: 3,
    decide: (mind) => {
      const seq = 1 + (mind.pick % (mind.lastSeq + 2))
      return own(
        mind,
        (chat, actor, ref) => chat.markDelivered(actor, { ...ref, seq }),
        (self, { messages }) => {
          self.delivered = Math.max(self.delivered, Math.min(seq, messages.length))
        },
      )
    },
  },

  markUnread: {
    weight: 3,
    decide: (mind) => {
      const { userId } = mind.actor
      const given = mind.pick % 3 === 0 ? {} : { seq: 1 + (mind.pick % (mind.lastSeq + 2)) }
      return own(
        mind,
        (chat, actor, ref) => chat.markUnread(actor, { ...ref, ...given }),
        (self, conversation) => {
          const first = Math.max(self.visibleFrom, self.clearedBefore) + 1
          const ofOthers = visibleTo(conversation, userId).filter((m) => m.senderId !== userId && !m.isDeleted)
          const seq =
            given.seq === undefined
              ? ofOthers.at(-1)?.seq
              : Math.min(Math.max(given.seq, first), conversation.messages.length)
          if (seq !== undefined) self.unreadFrom = seq <= self.read ? seq : null
        },
      )
    },
  },

  archive: {
    weight: 2,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.archiveConversation(actor, ref),
        (self) => Object.assign(self, { isArchived: true, isPinned: self.isArchived && self.isPinned }),
      ),
  },

  unarchive: {
    weight: 1,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.unarchiveConversation(actor, ref),
        (self) => Object.assign(self, { isArchived: false }),
      ),
  },

  mute: {
    weight: 2,
    decide: (mind) => {
      const until = nth([null, '2999-01-01T00:00:00.000Z'], mind.pick)!
      return own(
        mind,
        (chat, actor, ref) => chat.muteConversation(actor, { ...ref, until }),
        (self) => Object.assign(self, { mutedUntil: until ?? '9999-12-31T23:59:59.999Z' }),
      )
    },
  },

  unmute: {
    weight: 1,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.unmuteConversation(actor, ref),
        (self) => Object.assign(self, { mutedUntil: null }),
      ),
  },

  pinConversation: {
    weight: 2,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.pinConversation(actor, ref),
        (self) => {
          if (!self.isPinned) Object.assign(self, { isPinned: true, isArchived: false })
        },
      ),
  },

  unpinConversation: {
    weight: 1,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.unpinConversation(actor, ref),
        (self) => Object.assign(self, { isPinned: false }),
      ),
  },

  clear: {
    weight: 2,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.deleteConversation(actor, ref),
        (self, { messages }) => {
          const clearedBefore = Math.max(self.clearedBefore, messages.length)
          Object.assign(self, { clearedBefore, isCleared: true, isPinned: false, isArchived: false, draft: null })
        },
      ),
  },

  putDraft: {
    weight: 3,
    decide(mind) {
      const { actor, conversationId, pick } = mind
      const content = `draft ${nth(WORDS, pick)}`
      const original = pick % 2 === 0 ? nth(mind.messages, pick) : undefined
      const replyTo = original?.id ?? null
      return {
        make: (chat) => chat.putDraft(actor, { conversationId, content, replyTo }),
        expect(model) {
          const conversation = model.get(conversationId)!
          const self = conversation.people.get(actor.userId)!
          const isSeen = visibleTo(conversation, actor.userId).some(({ id }) => id === replyTo)
          if (original && !isSeen) return 'invalid_input'
          if (!self.isActive) return 'not_found'
          self.draft = { content, replyTo }
          return 'ok'
        },
      }
    },
  },

  deleteDraft: {
    weight: 1,
    decide: (mind) =>
      own(
        mind,
        (chat, actor, ref) => chat.deleteDraft(actor, ref),
        (self) => Object.assign(self, { draft: null }),
      ),
  },

  rename: {
    weight: 1,
    decide: (mind) => {
      const title = `About ${nth(WORDS, mind.pick)}`
      return ofConversation(
        mind,
        (chat, conversationId) => chat.updateConversation(mind.actor, { conversationId, title }),
        (_, conversation) => {
          if (mind.actor !== mind.everybody[0]) return 'forbidden'
          conversation.title = title
          return 'ok'
        },
      )
    },
  },

  /** The owner sends somebody away, the others leave. */
  leave: {
    weight: 2,
    decide: (mind) => {
      const { actor, everybody, pick } = mind
      const [owner, ...others] = everybody
      const { userId } = actor === owner ? nth(others, pick)! : actor
      return ofConversation(
        mind,
        (chat, conversationId) => chat.removeParticipant(actor, { conversationId, userId }),
        (_, { people }) => {
          const leaving = people.get(userId)!
          if (!leaving.isActive) return 'not_found'
          leaving.isActive = false
          return 'ok'
        },
      )
    },
  },

  /** Whoever comes back sees what is said from then on, and has kept what was their own. */
  comeBack: {
    weight: 3,
    decide: (mind) => {
      const { actor, everybody, pick } = mind
      const { userId } = nth(everybody.slice(1), pick)!
      return ofConversation(
        mind,
        (chat, conversationId) => chat.addParticipant(actor, { conversationId, userId }),
        (_, { people, messages }) => {
          if (actor !== everybody[0]) return 'forbidden'
          const back = people.get(userId)!
          if (back.isActive) return 'ok'
          const { isActive, visibleFrom, read, unreadFrom, isCleared } = newcomer(messages.length)
          Object.assign(back, { isActive, visibleFrom, read, unreadFrom, isCleared })
          back.delivered = Math.max(back.delivered, read)
          return 'ok'
        },
      )
    },
  },
}
