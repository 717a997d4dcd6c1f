import type { Actor, OwnSessions, RevokedSessions, RevokeSessions } from '@parley/contracts'
import { requireAdmin, revocationOf } from '../access.ts'
import { audit } from '../admin/audit.ts'
import type { Deps } from '../deps.ts'
import type { RefusedTokens } from '../ports/users.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchUser } from '../refusals.ts'
import { letPass } from './let-pass.ts'
import { withEnded, withRevoked } from './refused-tokens.ts'

/** Takes back the tokens of a user, or of one of their sessions. */
export async function revokeSessions(
  deps: Deps,
  actor: Actor,
  { userId, sessionId, before }: RevokeSessions,
): Promise<RevokedSessions> {
  requireAdmin(actor)
  const refused = await refuse(deps, actor.tenantId, userId, async (uow, known, now) => {
    const next = sessionId === undefined ? withRevoked(known, before, now) : withEnded(known, sessionId, now)
    const { revokedBefore } = revocationOf(next)
    if (sessionId === undefined) await audit(uow, actor, 'sessions.revoked', userId, { revokedBefore })
    else await audit(uow, actor, 'session.revoked', userId, { sessionId })
    return next
  })
  return { userId, revokedBefore: revocationOf(refused).revokedBefore }
}

/** Where the actor is connected. */
export async function listSessions({ sessionsOf }: Deps, { tenantId, userId, sessionId }: Actor): Promise<OwnSessions> {
  const { sessions, complete } = await sessionsOf(tenantId, userId)
  const own = sessions.map((session) => ({ ...session, current: session.sessionId === sessionId }))
  return { sessions: own.sort((one, other) => (one.connectedAt < other.connectedAt ? 1 : -1)), complete }
}

/** The actor ends one of their sessions, which may be the one that they ask in. */
export async function endSession(
  deps: Deps,
  actor: Actor,
  { sessionId }: { sessionId: string },
): Promise<Record<string, never>> {
  const { tenantId, userId } = actor
  await deps.store.transaction(tenantId, ({ users }) => users.ensure([userId]))
  await refuse(deps, tenantId, userId, async (uow, known, now) => {
    await audit(uow, actor, 'session.ended', userId, { sessionId })
    return withEnded(known, sessionId, now)
  })
  return {}
}

/** Once it is answered, nothing comes any more by a token that is refused, and each process has been told. */
async function refuse(
  { store, access, tell }: Deps,
  tenantId: string,
  userId: string,
  change: (uow: UnitOfWork, known: RefusedTokens, now: number) => Promise<RefusedTokens>,
): Promise<RefusedTokens> {
  const refused = await store.transaction(tenantId, async (uow) => {
    await uow.users.lock([userId], 'refuse')
    const known = await uow.users.standing(userId)
    if (!known) throw noSuchUser()
    const next = await change(uow, known, Date.parse(await uow.now()))
    await uow.users.setRefusedTokens(userId, next)
    return next
  })
  access.changed(tenantId, userId)
  tell({ kind: 'tokens_revoked', tenantId, userId, ...revocationOf(refused) })
  await letPass(store, tenantId, userId)
  return refused
}
