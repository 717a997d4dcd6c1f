import { visibleTo } from './model.ts'
import { nth, type Operation, own, WORDS } from './operation.ts'

/** What people do with a conversation for themselves. */
export const ownOperations = {
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
} satisfies Record<string, Operation>
