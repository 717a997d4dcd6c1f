import { isDeepStrictEqual } from 'node:util'
import { type Actor, ParleyError, type PolicySettings, type TenantPolicy } from '@parley/contracts'
import { requireAdmin, systemRole } from '../access.ts'
import type { Deps } from '../deps.ts'
import { requireConsistent } from '../policy/effective-policy.ts'
import { invalidField } from '../refusals.ts'
import { audit } from './audit.ts'

export async function getPolicy({ store, policies }: Deps, actor: Actor): Promise<TenantPolicy> {
  requireAdmin(actor)
  const settings = await store.snapshot(actor.tenantId, ({ tenants }) => tenants.settings())
  return { settings, policy: policies.effective(settings) }
}

/**
 * Replaces the tenant's settings. They hold for what happens from now on: conversations that are there keep their status
 * until their context changes.
 */
export async function setPolicy(
  { store, policies, tell }: Deps,
  actor: Actor,
  settings: PolicySettings,
): Promise<TenantPolicy> {
  requireAdmin(actor)
  const policy = policies.effective(settings)
  requireConsistent(policy)
  await store.transaction(actor.tenantId, async (uow) => {
    const { roles } = policies.effective(await uow.tenants.settings())
    // A service speaks in anybody's name. An admin who could name its words could make a service of themself.
    if (actor.role === 'admin' && !isDeepStrictEqual(roles.service, policy.roles.service))
      throw new ParleyError('forbidden', "Only the host's backend says which words are its own")
    if (systemRole(policy, actor) === 'user')
      throw invalidField('/roles', 'lockout', 'would leave you without a say, and with you perhaps everybody')
    await uow.tenants.setSettings(settings)
    await audit(uow, actor, 'policy.changed', null, { settings })
  })
  policies.forget(actor.tenantId)
  tell({ kind: 'policy_changed', tenantId: actor.tenantId })
  return { settings, policy }
}
