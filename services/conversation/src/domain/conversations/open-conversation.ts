import type { Via } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'

export interface Person {
  userId: string
  role: string
  via: Via
}

/** Lets people in and tells them: the conversation's first revision. */
export async function openConversation(uow: UnitOfWork, id: string, people: readonly Person[]): Promise<void> {
  const { rev, participantsVersion } = await uow.conversations.revise(id, { joined: people.length })
  await uow.participants.join(
    people.map((person) => ({ ...person, conversationId: id, visibleFromSeq: 0, lastReadSeq: 0, rev })),
  )
  const conversation = (await uow.conversations.loadShared([id])).get(id)!
  const members = await uow.participants.liveAudience(id, participantsVersion, people.length)
  await uow.record(
    { type: 'conversation.created', conversation },
    { conversationId: id, head: { seq: 0, rev }, members },
  )
}
