import { newcomer } from './model.ts'
import { nth, type Operation, ofConversation, WORDS } from './operation.ts'

/** What is done with a conversation and those who are in it. */
export const peopleOperations = {
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
} satisfies Record<string, Operation>
