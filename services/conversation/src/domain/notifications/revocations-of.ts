import type { UserRevocation } from '@parley/contracts'
import { revocationOf } from '../access.ts'
import type { Deps } from '../deps.ts'

/** Those of these users who have tokens that are refused, and which. What is asked at the same moment is asked by one statement. */
export async function revocationsOf(
  { store }: Pick<Deps, 'store'>,
  tenantId: string,
  userIds: readonly string[],
): Promise<UserRevocation[]> {
  const standings = await Promise.all(userIds.map((userId) => store.standing({ tenantId, userId })))
  return standings.flatMap((standing, i) =>
    standing && (standing.revokedBefore !== null || standing.endedSessions !== null)
      ? { userId: userIds[i]!, ...revocationOf(standing) }
      : [],
  )
}
