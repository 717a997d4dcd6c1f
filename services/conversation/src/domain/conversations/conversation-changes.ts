import { type Change, type Participant, SYSTEM_USER_ID } from '@parley/contracts'
import type { ConversationRecord, ConversationState } from '../ports/conversations.ts'
import type { Via } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'

/** Somebody who is to be let in. */
export interface Newcomer {
  userId: string
  role: string
  via: Via
  /** Everything that was said, or what is said from now on. Whoever comes back sees only the latter, unless it is an admin. */
  history: 'all' | 'from_joining'
}

export interface ConversationChanges {
  /** Lets somebody in, or in again. */
  join(newcomer: Newcomer): Promise<Participant>
  /** From the commit on, nothing of the conversation is theirs to see. */
  leave(userId: string): Promise<void>
  setRole(userId: string, role: string): Promise<Participant>
  /** A message of the system's, which everybody reads and nobody has to. */
  say(message: { id: string; content: string; payload: object }): Promise<void>
  setState(state: ConversationState): Promise<void>
  setDetails(details: Parameters<UnitOfWork['conversations']['setDetails']>[2]): Promise<void>
  /** What the conversation is about has another title or status. */
  touch(): Promise<void>
}

/**
 * Changes of one conversation in one transaction, each a step of its position and an event of its own. The conversation is
 * locked.
 */
export function changesOf(uow: UnitOfWork, conversation: ConversationRecord): ConversationChanges {
  const { id } = conversation
  let { seq, participantCount, participantsVersion, rev } = conversation
  const audience = (aboutSeq?: number) =>
    uow.participants.liveAudience(id, participantsVersion, participantCount, aboutSeq)
  const revise = async (joined?: number) => {
    const revised = await uow.conversations.revise(id, joined === undefined ? undefined : { joined })
    rev = revised.rev
    participantsVersion = revised.participantsVersion
    participantCount += joined ?? 0
    return rev
  }
  const record = async (change: Change, aboutSeq?: number) =>
    uow.record(change, { conversationId: id, head: { seq, rev }, members: await audience(aboutSeq) })
  const recordUpdated = async () =>
    record({ type: 'conversation.updated', conversation: await uow.conversations.loadShared(id) })

  return {
    async join({ userId, role, via, history }) {
      const before = await uow.participants.find(id, userId)
      const visibleFromSeq = history === 'all' && (!before || via === 'admin') ? 0 : seq
      await revise(1)
      await uow.participants.join([{ conversationId: id, userId, role, via, visibleFromSeq, lastReadSeq: seq, rev }])
      const participant = await uow.participants.profile(id, userId)
      const conversation = await uow.conversations.loadShared(id)
      await record({ type: 'participant.joined', participant, conversation })
      return participant
    },
    async leave(userId) {
      await revise(-1)
      const participant = await uow.participants.profile(id, userId)
      await uow.participants.leave(id, userId, rev)
      await record({ type: 'participant.left', participant })
    },
    async setRole(userId, role) {
      await revise()
      await uow.participants.setRole(id, userId, role, rev)
      await uow.conversations.touch(id, rev)
      const participant = await uow.participants.profile(id, userId)
      const conversation = await uow.conversations.loadShared(id)
      await record({ type: 'participant.updated', participant, conversation })
      return participant
    },
    async say({ id: messageId, content, payload }) {
      seq++
      const message = await uow.messages.write({
        id: messageId,
        conversationId: id,
        seq,
        senderId: SYSTEM_USER_ID,
        type: 'system',
        content,
        payload,
        clientId: messageId,
        bodyHash: '',
        createdAt: null,
        imported: false,
      })
      await uow.conversations.advance(id, seq, message.createdAt)
      await record({ type: 'message.created', message }, seq)
    },
    async setState(state) {
      await revise()
      await uow.conversations.setState(id, rev, state)
      await recordUpdated()
    },
    async setDetails(details) {
      await revise()
      await uow.conversations.setDetails(id, rev, details)
      await recordUpdated()
    },
    async touch() {
      await revise()
      await uow.conversations.touch(id, rev)
      await recordUpdated()
    },
  }
}
