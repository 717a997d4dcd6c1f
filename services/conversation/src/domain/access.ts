import {
  type Actor,
  ParleyError,
  type Policy,
  type RateRule,
  type Revocation,
  type SystemRole,
  whyRefused,
} from '@parley/contracts'
import { Memo } from './memo.ts'
import type { Policies } from './policy/policies.ts'
import type { RefusedTokens, Standing } from './ports/users.ts'
import type { Store, Surroundings } from './ports.ts'
import { disabled, revoked } from './refusals.ts'

/** What is known of a user who was disabled, had tokens taken back, or was given another role, may be this old where another process did it. Milliseconds. */
const STANDING_MS = 2_000
const MAX_REMEMBERED = 50_000

export interface Access {
  /** The actor in the role that they have by the tenant's policy and the host's word; refuses the disabled, tokens that were taken back, and who asks too much. */
  enter(actor: Actor): Promise<Actor>
  /** Refuses who asks too much, and nobody else. The actor is identified. */
  limitCalls(actor: Actor): Promise<void>
  /** The same for sends, whose own check for the disabled is in the database, and whose limits are the messages'. */
  identify(actor: Actor): Actor | Promise<Actor>
  /** The identified actor with the word for their role that holds; refuses the disabled, and tokens that were taken back. */
  requireEnabled(actor: Actor): Promise<Actor>
  /** The user was disabled or enabled, had tokens taken back, or was given another role. */
  changed(tenantId: string, userId: string): void
}

/** Which of Parley's roles the tenant gives to the word of a token. Who asks inside Parley has no word. */
export function systemRole({ roles }: Policy, { role, hostRole }: Actor): SystemRole {
  if (hostRole === null) return role
  if (roles.service.includes(hostRole)) return 'service'
  return roles.admin.includes(hostRole) ? 'admin' : 'user'
}

/**
 * The host's word for a user's role, unless their token was issued after it and says another. Who is an admin, and who the
 * backend, is said by tokens alone.
 */
export function withStoredRole(
  actor: Actor,
  { hostRole, roleSaidAt }: Pick<Standing, 'hostRole' | 'roleSaidAt'>,
): Actor {
  if (actor.role !== 'user' || roleSaidAt === null) return actor
  const { issuedAt } = actor
  if (actor.hostRole !== null && issuedAt !== undefined && issuedAt * 1000 > roleSaidAt) return actor
  return { ...actor, hostRole }
}

/** What gateways are told of it. */
export const revocationOf = ({ revokedBefore, endedSessions }: RefusedTokens): Revocation => ({
  revokedBefore: revokedBefore === null ? null : new Date(revokedBefore).toISOString(),
  endedSessions: Object.keys(endedSessions ?? {}),
})

/** Refuses who is disabled, and a token that was taken back. */
export function requireAllowed(
  actor: Pick<Actor, 'issuedAt' | 'sessionId'>,
  standing: RefusedTokens & { disabled: boolean },
): void {
  if (standing.disabled) throw disabled()
  if (standing.revokedBefore === null && standing.endedSessions === null) return
  if (whyRefused(actor, revocationOf(standing), Date.now())) throw revoked()
}

/** Of somebody whom nobody has mentioned. */
const UNKNOWN: Standing = {
  ...{ hostRole: null, disabled: false, roleSaidAt: null, revokedBefore: null, endedSessions: null },
}

export function createAccess({
  store,
  policies,
  limit,
}: {
  store: Store
  policies: Policies
  limit: Surroundings['limit']
}): Access {
  const standings = new Memo<Standing>({ max: MAX_REMEMBERED, freshMs: STANDING_MS })

  const standingOf = async ({ tenantId, userId }: Actor): Promise<Standing> =>
    standings.get(keyOf(tenantId, userId), async () => (await store.standing({ tenantId, userId })) ?? UNKNOWN)

  const identify = (actor: Actor) => {
    const policy = policies.of(actor.tenantId)
    const withRole = (rules: Policy) => {
      const role = systemRole(rules, actor)
      return role === actor.role ? actor : { ...actor, role }
    }
    return policy instanceof Promise ? policy.then(withRole) : withRole(policy)
  }

  const requireEnabled = async (actor: Actor) => {
    if (actor.role === 'service') return actor
    const standing = await standingOf(actor)
    requireAllowed(actor, standing)
    return withStoredRole(actor, standing)
  }

  const limitCalls = async ({ role, tenantId, userId }: Actor) => {
    if (role === 'service') return
    const { rateLimits } = await policies.of(tenantId)
    const rule: RateRule | null = rateLimits.userCalls
    if (rule) await limit(rule, `calls:${tenantId}:${userId}`)
  }

  return {
    identify,
    requireEnabled,
    limitCalls,
    async enter(given) {
      const actor = await identify(given)
      if (actor.role === 'service') return actor
      await limitCalls(actor)
      return requireEnabled(actor)
    },
    changed(tenantId, userId) {
      standings.delete(keyOf(tenantId, userId))
    },
  }
}

const keyOf = (tenantId: string, userId: string) => `${tenantId}:${userId}`

export function requireService({ role }: Actor): void {
  if (role !== 'service')
    throw new ParleyError('forbidden', "Only the host's backend may do that, with a service token")
}

/** The host's backend may do what admins may. */
export function requireAdmin({ role }: Actor): void {
  if (role !== 'admin' && role !== 'service') throw new ParleyError('forbidden', 'Only an admin may do that')
}
