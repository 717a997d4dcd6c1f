import { type Actor, ParleyError, type Policy, type RateRule, type SystemRole } from '@parley/contracts'
import { Memo } from './memo.ts'
import type { Policies } from './policy/policies.ts'
import type { Store, Surroundings } from './ports.ts'
import { disabled } from './refusals.ts'

/** A user who was disabled, and whose disabling this process did not hear of, may go on for this long. Milliseconds. */
const STANDING_MS = 2_000
const MAX_REMEMBERED = 50_000

export interface Access {
  /** The actor with the role that the tenant's policy gives them; refuses the disabled, and who asks too much. */
  enter(actor: Actor): Promise<Actor>
  /** Refuses who asks too much, and nobody else. The actor is identified. */
  limitCalls(actor: Actor): Promise<void>
  /** The same for sends, whose own check for the disabled is in the database, and whose limits are the messages'. */
  identify(actor: Actor): Actor | Promise<Actor>
  /** Refuses the disabled. The actor is identified. */
  requireEnabled(actor: Actor): Promise<void>
  /** The user was disabled or enabled. */
  changed(tenantId: string, userId: string, isDisabled: boolean): void
}

/** Which of Parley's roles the tenant gives to the word of a token. Who asks inside Parley has no word. */
export function systemRole({ roles }: Policy, { role, hostRole }: Actor): SystemRole {
  if (hostRole === null) return role
  if (roles.service.includes(hostRole)) return 'service'
  return roles.admin.includes(hostRole) ? 'admin' : 'user'
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
  /** Whether the user is disabled. */
  const standing = new Memo<boolean>({ max: MAX_REMEMBERED, freshMs: STANDING_MS })

  const isDisabled = async ({ tenantId, userId }: Actor): Promise<boolean> =>
    standing.get(keyOf(tenantId, userId), async () => {
      const found = await store.snapshot(tenantId, ({ users }) => users.standing(userId))
      return found?.disabled ?? false
    })

  const identify = (actor: Actor) => {
    const policy = policies.of(actor.tenantId)
    const withRole = (rules: Policy) => {
      const role = systemRole(rules, actor)
      return role === actor.role ? actor : { ...actor, role }
    }
    return policy instanceof Promise ? policy.then(withRole) : withRole(policy)
  }

  const requireEnabled = async (actor: Actor) => {
    if (actor.role !== 'service' && (await isDisabled(actor))) throw disabled()
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
      await requireEnabled(actor)
      return actor
    },
    changed(tenantId, userId, isNowDisabled) {
      standing.set(keyOf(tenantId, userId), isNowDisabled)
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
