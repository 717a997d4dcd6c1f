import { type Actor, type AddParticipant, MAX_PARTICIPANTS, ParleyError, type Participant } from '@parley/contracts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { ConversationRecord, UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation, requireWritable } from '../refusals.ts'

export async function listParticipants(
  { store }: Deps,
  actor: Actor,
  { conversationId, limit = 20, cursor }: { conversationId: string; limit?: number; cursor?: string },
): Promise<{ data: Participant[]; nextCursor: string | null; hasMore: boolean }> {
  const after = cursor === undefined ? null : decodeUserCursor(cursor)
  return store.snapshot(actor.tenantId, async ({ participants }) => {
    const viewer = await participants.find(conversationId, actor.userId)
    if (!viewer?.active) throw noSuchConversation()
    const found = await participants.list(conversationId, after, limit + 1)
    const data = found.slice(0, limit)
    const last = data.at(-1)
    const hasMore = found.length > limit
    return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([last.userId]) : null }
  })
}

/** An owner lets somebody into a group. They see what is said from then on; somebody who comes back likewise. */
export async function addParticipant(
  { store }: Deps,
  actor: Actor,
  { conversationId, userId, role = 'member' }: AddParticipant,
): Promise<{ participant: Participant; created: boolean }> {
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await lockGroupAsOwner(uow, actor, conversationId)
    requireWritable(conversation)
    const existing = await uow.participants.find(conversationId, userId)
    if (existing?.active) return { participant: await uow.participants.profile(conversationId, userId), created: false }
    if (conversation.participantCount >= MAX_PARTICIPANTS)
      throw invalidField('/userId', 'maxItems', `would be more than ${MAX_PARTICIPANTS} participants`)
    await uow.users.ensure([userId])
    const { rev, participantsVersion } = await uow.conversations.revise(conversationId, { joined: 1 })
    const { seq } = conversation
    await uow.participants.join([{ conversationId, userId, role, visibleFromSeq: seq, lastReadSeq: seq, rev }])
    const participant = await uow.participants.profile(conversationId, userId)
    const audience = await uow.participants.liveAudience(
      conversationId,
      participantsVersion,
      conversation.participantCount + 1,
    )
    await uow.record(
      {
        type: 'participant.joined',
        conversationId,
        seq: conversation.seq,
        rev,
        data: participant,
        head: { seq: conversation.seq, rev },
        live: [
          { event: 'participant_joined', data: { conversationId, participant }, audience, span: 1, aboutSeq: 0 },
          {
            event: 'new_conversation',
            data: await uow.conversations.loadShared(conversationId),
            audience: { version: null, userIds: [userId] },
            span: 0,
            aboutSeq: 0,
          },
        ],
      },
      userId,
    )
    return { participant, created: true }
  })
}

/**
 * An owner removes somebody, or anybody leaves. When the last owner goes, the longest-standing participant becomes one.
 * From the commit on, nothing of the conversation is theirs to see.
 */
export async function removeParticipant(
  { store }: Deps,
  actor: Actor,
  { conversationId, userId }: { conversationId: string; userId: string },
): Promise<Record<string, never>> {
  await store.transaction(actor.tenantId, async (uow) => {
    const conversation =
      userId === actor.userId
        ? await lockGroup(uow, actor, conversationId)
        : await lockGroupAsOwner(uow, actor, conversationId)
    const leaving = await uow.participants.find(conversationId, userId)
    if (!leaving?.active) throw new ParleyError('not_found', 'No such participant')
    const { rev, participantsVersion } = await uow.conversations.revise(conversationId, { joined: -1 })
    const participant = await uow.participants.profile(conversationId, userId)
    await uow.participants.leave(conversationId, userId, rev)
    if (leaving.role === 'owner' && (await uow.participants.countOwners(conversationId)) === 0) {
      const heir = await uow.participants.eldestBesides(conversationId, userId)
      if (heir) await uow.participants.setRole(conversationId, heir.userId, 'owner', rev)
    }
    const rest = await uow.participants.liveAudience(
      conversationId,
      participantsVersion,
      conversation.participantCount - 1,
    )
    await uow.record(
      {
        type: 'participant.left',
        conversationId,
        seq: conversation.seq,
        rev,
        data: participant,
        head: { seq: conversation.seq, rev },
        live: [
          {
            event: 'participant_left',
            data: { conversationId, userId },
            audience: { version: rest.version, userIds: [...rest.userIds, userId] },
            span: 1,
            aboutSeq: 0,
          },
        ],
      },
      userId,
    )
  })
  return {}
}

async function lockGroup(uow: UnitOfWork, actor: Actor, conversationId: string): Promise<ConversationRecord> {
  const conversation = await uow.conversations.lock(conversationId)
  const self = conversation && (await uow.participants.find(conversationId, actor.userId))
  if (!conversation || !self?.active) throw noSuchConversation()
  if (conversation.kind !== 'group')
    throw new ParleyError(
      'forbidden',
      'People come and go in groups only; this conversation has its fixed participants',
    )
  return conversation
}

async function lockGroupAsOwner(uow: UnitOfWork, actor: Actor, conversationId: string): Promise<ConversationRecord> {
  const conversation = await lockGroup(uow, actor, conversationId)
  const self = await uow.participants.find(conversationId, actor.userId)
  if (self?.role !== 'owner') throw new ParleyError('forbidden', 'Only an owner of the group may do that')
  return conversation
}
