import type { Chat, ForwardedMessages, Message, SentMessage } from '@parley/contracts'
import { withdrawal } from './deal-operations.ts'
import { type ModelConversation, type ModelMessage, plainMessage, say, visibleTo } from './model.ts'
import { type Call, type Mind, nth, type Operation, WORDS } from './operation.ts'

const EMOJIS = ['👍', '❤️', '🎉']

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
      if (!people.get(senderId)!.isActive) return 'not_found'
      if (original && !visibleTo(conversation, senderId).some(({ id }) => id === original.id)) return 'invalid_input'
      // what its sender was refused has no id
      const id = (answered as SentMessage | undefined)?.message.id ?? ''
      say(conversation, { ...plainMessage, id, senderId, key, content, replyTo: original?.id ?? null })
      return 'ok'
    },
  }
}

const senderIs = (userId: string) => (message: ModelMessage) => message.senderId === userId

/** What people do with messages. */
export const messageOperations = {
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
          const isTheirs = message.senderId === mind.actor.userId && message.type === 'text'
          if (!isTheirs || message.isDeleted) return 'forbidden'
          if (message.content !== content) Object.assign(message, { content, isEdited: true })
          return 'ok'
        },
      )
    },
  },

  /** Also of what they have deleted for themself before. */
  deleteForEveryone: {
    weight: 2,
    decide({ actor, conversationId, messages, pick }) {
      const { userId } = actor
      const target = nth(messages, pick)
      if (!target) return null
      return {
        async make(chat) {
          await chat.deleteMessage(actor, { messageId: target.id })
          return (await chat.listMessages(actor, { conversationId, limit: 1 })).data
        },
        expect(model, answered) {
          const conversation = model.get(conversationId)!
          const self = conversation.people.get(userId)!
          const message = visibleTo(conversation, userId, senderIs(userId)).find(({ id }) => id === target.id)
          if (!self.isActive || !message) return 'not_found'
          if (message.senderId !== userId) return 'forbidden'
          if (message.isDeleted) return 'ok'
          if (message.offer?.status === 'accepted') return 'already_decided'
          if (message.offer?.status === 'pending') withdrawal(conversation, message, (answered as Message[])[0]!)
          const gone = { content: '', isDeleted: true, pinnedBy: null, replyTo: null, reactions: [], offer: null }
          Object.assign(message, gone)
          return 'ok'
        },
      }
    },
  },

  /** To the other conversation. */
  forward: {
    weight: 3,
    decide({ actor, conversationId, elsewhere, messages, pick, key }) {
      const { userId: senderId } = actor
      const target = nth(messages, pick)
      if (!target) return null
      return {
        make: (chat) =>
          chat.forwardMessage(actor, { messageId: target.id, conversationIds: [elsewhere], clientId: key }),
        expect(model, answered) {
          const there = model.get(elsewhere)!
          if (there.messages.some((sent) => sent.senderId === senderId && sent.key === key)) return 'ok'
          const seen = visibleTo(model.get(conversationId)!, senderId)
          const message = seen.find(({ id }) => id === target.id)
          if (!message) return 'not_found'
          if (message.isDeleted || message.type !== 'text') return 'forbidden'
          const [outcome] = (answered as ForwardedMessages).data
          if (!there.people.get(senderId)!.isActive) return outcome?.error?.code === 'not_found' ? 'ok' : 'not refused'
          const { content } = message
          const id = outcome?.message?.id ?? ''
          say(there, { ...plainMessage, id, senderId, key, content, isForwarded: true })
          return 'ok'
        },
      }
    },
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
} satisfies Record<string, Operation>
