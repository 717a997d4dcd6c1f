import type { Actor, Page, SearchUsers, UserSummary } from '@parley/contracts'
import { decodeNameCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'

/**
 * Users by the beginnings of words of their names, whoever has none by those of their id. Users see whom the tenant's policy
 * lets them see, and nobody who is disabled; admins and the host's backend see all.
 */
export async function searchUsers(
  { store, policies }: Deps,
  actor: Actor,
  { q, limit = 20, cursor }: SearchUsers,
): Promise<Page<UserSummary>> {
  const { users } = await policies.of(actor.tenantId)
  const isUser = actor.role === 'user'
  const { found, stoppedAt } = await store.reads.searchUsers({
    tenantId: actor.tenantId,
    query: q,
    knownTo: isUser && users.visible === 'shared' ? actor.userId : undefined,
    withDisabled: !isUser,
    after: cursor === undefined ? undefined : decodeNameCursor(cursor),
    limit: limit + 1,
  })
  const last = found.length > limit ? found[limit - 1] : stoppedAt
  return {
    data: found.slice(0, limit).map(({ userId, name, avatarUrl }) => ({ userId, name, avatarUrl })),
    hasMore: last !== null && last !== undefined,
    nextCursor: last ? encodeCursor([last.term, last.userId]) : null,
  }
}
