import {
  type Actor,
  type AddParticipant,
  type Notice,
  type Page,
  ParleyError,
  type Participant,
  type UpdateParticipant,
} from '@parley/contracts'
import { systemMessage } from '../conversations/notice.ts'
import { decodeUserCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import { blocked, invalidField, noSuchConversation, requireOrdinaryId, requireWritable } from '../refusals.ts'
import { refusalOfUnknown } from '../users/require-known.ts'
import { lockGroup, mayManage } from './group-rights.ts'

export async function listParticipants(
  { store }: Deps,
  actor: Actor,
  { conversationId, limit = 20, cursor }: { conversationId: string; limit?: number; cursor?: string },
): Promise<Page<Participant>> {
  const after = cursor === undefined ? null : decodeUserCursor(cursor)
  return store.snapshot(actor.tenantId, async ({ participants }) => {
    const viewer = await participants.find(conversationId, actor.userId)
    if (!viewer?.active) throw noSuchConversation()
    const found = await participants.list(actor.userId, conversationId, after, limit + 1)
    const data = found.slice(0, limit)
    const last = data.at(-1)
    const hasMore = found.length > limit
    return { data, hasMore, nextCursor: hasMore && last ? encodeCursor([last.userId]) : null }
  })
}

/**
 * An owner or a moderator lets somebody into a group. What they see of what was said is the tenant's policy; somebody who
 * comes back sees what is said from then on. Nobody lets in whom they have blocked, or who has blocked them.
 */
export async function addParticipant(
  { store, policies, newId }: Deps,
  actor: Actor,
  { conversationId, userId, role = 'member' }: AddParticipant,
): Promise<{ participant: Participant; created: boolean }> {
  requireOrdinaryId(userId, '/userId')
  const policy = await policies.of(actor.tenantId)
  const { groups } = policy
  return store.transaction(actor.tenantId, async (uow) => {
    // asked before they are locked, which makes them; told to those only who may let somebody in
    const unknown = await refusalOfUnknown(uow, actor, policy, [{ userId, pointer: '/userId' }])
    const { conversation, self, changes } = await lockGroup(uow, actor, conversationId, { newcomerId: userId })
    if (!mayManage(self.role, role)) throw mayNot(self.role)
    requireWritable(conversation)
    const existing = await uow.participants.find(conversationId, userId)
    if (existing?.active) return { participant: await uow.participants.profile(conversationId, userId), created: false }
    if (conversation.participantCount >= groups.maxParticipants)
      throw invalidField('/userId', 'maxItems', `would be more than ${groups.maxParticipants} participants`)
    if (unknown) throw unknown
    if (await uow.blocks.between(actor.userId, userId)) throw blocked()
    const participant = await changes.join({ userId, role, via: null, history: groups.history })
    if (groups.notices)
      await changes.note(newId(), {
        event: 'participants_added',
        actorId: actor.userId,
        userIds: [userId],
        count: 1,
      })
    return { participant, created: true }
  })
}

/** An owner gives somebody another role. The last owner stays one. */
export async function updateParticipant(
  { store }: Deps,
  actor: Actor,
  { conversationId, userId, role }: UpdateParticipant,
): Promise<Participant> {
  return store.transaction(actor.tenantId, async (uow) => {
    const { conversation, self, changes } = await lockGroup(uow, actor, conversationId)
    if (self.role !== 'owner') throw new ParleyError('forbidden', 'Only an owner of the group may do that')
    requireWritable(conversation)
    const participant = await uow.participants.find(conversationId, userId)
    if (!participant?.active) throw noSuchParticipant()
    if (participant.role === role) return uow.participants.profile(conversationId, userId)
    if (participant.role === 'owner' && (await uow.participants.countOwners(conversationId)) === 1)
      throw invalidField('/role', 'lastOwner', 'would leave the group without an owner')
    return changes.setRole(userId, role)
  })
}

/**
 * An owner or a moderator removes somebody, or anybody leaves. When the last owner goes, the longest-standing participant
 * becomes one. An admin who came to moderate leaves any conversation again. From the commit on, nothing of the conversation is theirs to see.
 */
export async function removeParticipant(
  { store, policies, newId }: Deps,
  actor: Actor,
  { conversationId, userId }: { conversationId: string; userId: string },
): Promise<Record<string, never>> {
  const { groups } = await policies.of(actor.tenantId)
  await store.transaction(actor.tenantId, async (uow) => {
    const isSelf = userId === actor.userId
    const { conversation, self, changes } = await lockGroup(uow, actor, conversationId, { orAsAdmin: isSelf })
    const leaving = await uow.participants.find(conversationId, userId)
    if (!isSelf && self.role !== 'owner' && self.role !== 'moderator') throw mayNot(self.role)
    if (!leaving?.active) throw noSuchParticipant()
    if (!isSelf && !mayManage(self.role, leaving.role)) throw mayNot(self.role)
    await changes.leave(userId)
    const notice = departure(actor, leaving)
    // who came visibly leaves visibly; the rest is of groups
    if (leaving.via === 'admin') await changes.say(systemMessage(newId(), notice))
    else if (groups.notices && conversation.kind === 'group') await changes.note(newId(), notice)
    if (leaving.role !== 'owner' || (await uow.participants.countOwners(conversationId)) > 0) return
    const heir = await uow.participants.eldestBesides(conversationId, userId)
    if (heir) await changes.setRole(heir.userId, 'owner')
  })
  return {}
}

function departure({ userId: actorId }: Actor, { userId, role, via }: ParticipantRecord): Notice {
  const people = { userIds: [userId], count: 1 }
  if (via === 'admin') return { event: 'moderator_left', userId, role }
  if (userId === actorId) return { event: 'participants_left', ...people }
  return { event: 'participants_removed', actorId, ...people }
}

const noSuchParticipant = () => new ParleyError('not_found', 'No such participant')

function mayNot(role: string): ParleyError {
  return new ParleyError(
    'forbidden',
    role === 'moderator'
      ? 'A moderator lets in and removes members and observers only'
      : 'Only an owner or a moderator of the group may do that',
  )
}
