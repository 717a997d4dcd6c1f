import { counts, type ModelConversation, type ModelPerson, visibleTo } from './model.ts'
import { nth, type Operation, own } from './operation.ts'

function read(self: ModelPerson, { messages }: ModelConversation, seq: number): void {
  const target = Math.min(seq, messages.length)
  self.read = Math.max(self.read, target)
  self.delivered = Math.max(self.delivered, self.read)
  if (self.unreadFrom !== null && self.unreadFrom <= target) self.unreadFrom = null
}

/** What people say of what has come to them, and what they have seen. */
export const receiptOperations = {
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
          const ofOthers = visibleTo(conversation, userId).filter((m) => counts(m, userId))
          const seq =
            given.seq === undefined
              ? ofOthers.at(-1)?.seq
              : Math.min(Math.max(given.seq, first), conversation.messages.length)
          if (seq !== undefined) self.unreadFrom = seq <= self.read ? seq : null
        },
      )
    },
  },
} satisfies Record<string, Operation>
