import { type Actor, ParleyError, type Policy, type RateRule, type SystemRole } from '@parley/contracts'
import type { Policies } from './policy/policies.ts'
import type { Store, Surroundings } from './ports.ts'

/** A user who was disabled, and whose disabling this process did not hear of, may go on for this long. Milliseconds. */
const STANDING_MS = 2_000
const MAX_REMEMBERED = 50_000

export interface Access {
  /** The actor with the role that the tenant's policy gives them; refuses the disabled, and who asks too much. */
  enter(actor: Actor): Promise<Actor>
  /** The same for sends, whose own check for the disabled is in the database, and whose limits are the messages'. */
  identify(actor: Actor): Actor | Promise<Actor>
  /** Refuses the disabled. The actor is identified. */
  requireEnabled(actor: Actor): Promise<void>
  /** The user was disabled or enabled. */
  changed(tenantId: string, userId: string, isDisabled: boolean): void
}

export const disabled = () => new ParleyError('forbidden', 'This account is disabled')

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
  const standing = new Map<string, { disabled: boolean; until: number }>()
  const asking = new Map<string, Promise<boolean>>()

  const remember = (key: string, isNowDisabled: boolean) => {
    if (standing.size >= MAX_REMEMBERED) standing.clear()
    standing.set(key, { disabled: isNowDisabled, until: performance.now() + STANDING_MS })
  }

  /** Calls of one user that have to ask share the answer, and go on in the order in which they came. */
  const isDisabled = async (actor: Actor): Promise<boolean> => {
    const key = `${actor.tenantId}:${actor.userId}`
    const known = standing.get(key)
    if (known && known.until > performance.now()) return known.disabled
    const underWay = asking.get(key)
    if (underWay) return underWay
    const answer: Promise<boolean> = store
      .snapshot(actor.tenantId, ({ users }) => users.standing(actor.userId))
      .then((found) => {
        const isNowDisabled = found?.disabled ?? false
        // what was changed while it was asked for may have been read before that
        if (asking.get(key) === answer) remember(key, isNowDisabled)
        return isNowDisabled
      })
      .finally(() => asking.get(key) === answer && asking.delete(key))
    asking.set(key, answer)
    return answer
  }

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

  return {
    identify,
    requireEnabled,
    async enter(given) {
      const actor = await identify(given)
      if (actor.role === 'service') return actor
      const { rateLimits } = await policies.of(actor.tenantId)
      const rule: RateRule | null = rateLimits.userCalls
      if (rule) await limit(rule, `calls:${actor.tenantId}:${actor.userId}`)
      await requireEnabled(actor)
      return actor
    },
    changed(tenantId, userId, isNowDisabled) {
      const key = `${tenantId}:${userId}`
      asking.delete(key)
      remember(key, isNowDisabled)
    },
  }
}

export function requireService({ role }: Actor): void {
  if (role !== 'service')
    throw new ParleyError('forbidden', "Only the host's backend may do that, with a service token")
}

/** The host's backend may do what admins may. */
export function requireAdmin({ role }: Actor): void {
  if (role !== 'admin' && role !== 'service') throw new ParleyError('forbidden', 'Only an admin may do that')
}
