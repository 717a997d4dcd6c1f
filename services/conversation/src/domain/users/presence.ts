import { type Actor, type GetPresence, type Presence, type SeenUser, unknownPresence } from '@parley/contracts'
import type { Deps } from '../deps.ts'

/**
 * Whose presence among these the actor may know, and when they were there last. By the tenant's policy nobody's, or nobody's of some roles;
 * by their own wishes, or because they share no conversation or there is a block, not everybody's. Users and admins alike: who moderates
 * does not look over people's shoulders. The host's backend need not share a conversation.
 */
export async function presenceSeen(
  { store, policies }: Pick<Deps, 'store' | 'policies'>,
  actor: Actor,
  userIds: readonly string[],
): Promise<SeenUser[]> {
  const { presence, withoutPresence } = (await policies.of(actor.tenantId)).visibility
  const isOut = (hostRole: string | null) => hostRole !== null && withoutPresence.includes(hostRole)
  if (!presence) return []
  const viewerId = actor.role === 'service' ? null : actor.userId
  // who has no presence sees none but their own
  const among = viewerId !== null && isOut(actor.hostRole) ? userIds.filter((userId) => userId === viewerId) : userIds
  if (among.length === 0) return []
  const seen = await store.reads.presenceSeen(actor.tenantId, viewerId, [...new Set(among)])
  return seen
    .filter(({ userId, hostRole }) => userId === viewerId || !isOut(hostRole))
    .map(({ userId, lastSeenAt }) => ({ userId, lastSeenAt }))
}

export async function getPresence(deps: Deps, actor: Actor, { userIds }: GetPresence): Promise<{ data: Presence[] }> {
  const seen = await presenceSeen(deps, actor, userIds)
  const states = await deps.presenceOf(
    actor.tenantId,
    seen.map(({ userId }) => userId),
  )
  const known = new Map(
    seen.map(({ userId, lastSeenAt }, i): [string, Presence] => {
      const state = states[i] ?? 'unknown'
      const online = state === 'active' || state === 'away'
      return [userId, { userId, online, state, lastSeenAt: online ? null : lastSeenAt }]
    }),
  )
  return { data: userIds.map((userId) => known.get(userId) ?? unknownPresence(userId)) }
}
