import { isDeepStrictEqual } from 'node:util'
import {
  type Actor,
  type Hooks,
  ParleyError,
  type PolicySettings,
  type PreSendHook,
  type TenantPolicy,
} from '@parley/contracts'
import { requireAdmin, systemRole } from '../access.ts'
import { serviceOf } from '../before-send/ask-host.ts'
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
  { store, policies, tell, hooks }: Deps,
  actor: Actor,
  settings: PolicySettings,
): Promise<TenantPolicy> {
  requireAdmin(actor)
  const policy = policies.effective(settings)
  requireConsistent(policy)
  if (settings.moderation?.preSendHook) await requireWebhook(hooks, actor, settings.moderation.preSendHook)
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

/** Refuses a hook that nobody answers: a slip would be noticed by those who cannot send any more. */
async function requireWebhook(
  hooks: Hooks | undefined,
  { tenantId }: Actor,
  { webhookId }: PreSendHook,
): Promise<void> {
  if (hooks && (await hooks.hasWebhook(serviceOf(tenantId), { webhookId })).exists) return
  throw invalidField('/moderation/preSendHook/webhookId', 'not_found', 'is no webhook of yours')
}
