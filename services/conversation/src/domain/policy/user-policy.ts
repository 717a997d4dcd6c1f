import type { Actor, Policy, UserPolicy } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { directPartners, mayCreateGroups } from './effective-policy.ts'

/** What of the tenant's rules the actor has to know before they act. */
export async function getUserPolicy({ policies }: Deps, actor: Actor): Promise<UserPolicy> {
  return userPolicy(await policies.of(actor.tenantId), actor)
}

export function userPolicy(policy: Policy, { role, hostRole }: Pick<Actor, 'role' | 'hostRole'>): UserPolicy {
  const { groups, messages, offers, attachments, contactDetails, visibility, users, blocking } = policy
  return {
    conversations: {
      createGroups: role !== 'user' || mayCreateGroups(policy, hostRole),
      direct: role === 'service' ? ['*'] : directPartners(policy, hostRole),
      unarchiveOnMessage: policy.conversations.unarchiveOnMessage,
      maxPinned: policy.conversations.maxPinned,
    },
    contexts: Object.fromEntries(
      Object.entries(policy.contexts).map(([type, { conversation, starters }]) => [type, { conversation, starters }]),
    ),
    groups,
    messages,
    offers,
    attachments,
    contactDetails,
    visibility,
    users,
    blocking,
  }
}
