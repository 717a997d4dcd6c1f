import type { Notice, Participant } from '@parley/contracts'
import { changeMessage } from '../messages/lock-message.ts'
import type { ConversationDetails, ConversationRecord, ConversationState } from '../ports/conversations.ts'
import type { UnitOfWork } from '../ports.ts'
import { applySteps, type Newcomer, type Step, type SystemMessage } from './apply-steps.ts'
import { continued, namedIn, systemMessage } from './notice.ts'

/** The changes of one conversation, each as soon as it is asked for. */
export interface ConversationChanges {
  join(newcomer: Newcomer): Promise<Participant>
  leave(userId: string): Promise<void>
  setRole(userId: string, role: string): Promise<Participant>
  say(message: SystemMessage): Promise<void>
  /** Says it under that id, or as a part of the last message where that told of the same occasion. */
  note(messageId: string, notice: Notice): Promise<void>
  setState(state: ConversationState): Promise<void>
  setDetails(details: ConversationDetails): Promise<void>
}

/** Changes of a conversation that is locked. Whoever has many of them gives them to `applySteps` together. */
export function changesOf(uow: UnitOfWork, conversation: ConversationRecord): ConversationChanges {
  const take = async (step: Step): Promise<Participant | undefined> => {
    const [people] = await applySteps(uow, [{ conversation, steps: [step] }])
    return people?.[0]
  }
  return {
    join: async (newcomer) => (await take({ kind: 'join', newcomer }))!,
    async leave(userId) {
      await take({ kind: 'leave', userId })
    },
    setRole: async (userId, role) => (await take({ kind: 'role', userId, role }))!,
    async say(message) {
      await take({ kind: 'say', message })
    },
    async note(messageId, notice) {
      const worded = async (id: string, whole: Notice) => {
        const profile = await uow.users.profiles(namedIn(whole))
        return systemMessage(id, whole, (userId) => profile(userId).name ?? userId)
      }
      const [last] = await uow.messages.inspect(conversation.id, { limit: 1 })
      const whole = continued(last, notice, await uow.now())
      if (!last || !whole) {
        await take({ kind: 'say', message: await worded(messageId, notice) })
        return
      }
      const words = await worded(last.id, whole)
      const { rev } = await changeMessage(uow, conversation, (at) => uow.messages.restate(words, at))
      conversation.rev = rev
    },
    async setState(state) {
      await take({ kind: 'state', state })
    },
    async setDetails(details) {
      await take({ kind: 'details', details })
    },
  }
}
