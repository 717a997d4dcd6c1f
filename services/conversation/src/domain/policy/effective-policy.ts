import type { ContextRule, Policy, PolicySettings, StatusRule } from '@parley/contracts'
import { invalidField } from '../refusals.ts'
import { requireSoundTypes } from './custom-types.ts'
import { presets } from './presets.ts'

/** The preset, with `unset` over it where this process has other defaults, and over both what the tenant has set. */
export function effectivePolicy(settings: PolicySettings, unset: PolicySettings = {}): Policy {
  return withSettings(withSettings(presets[settings.preset ?? 'default'], unset), settings)
}

function withSettings(base: Policy, { preset, contexts, ...settings }: PolicySettings): Policy {
  const policy: Record<string, unknown> = { ...base, contexts: { ...base.contexts, ...contexts } }
  for (const [section, given] of Object.entries(settings))
    policy[section] = { ...(base[section as keyof Policy] as object), ...(given as object) }
  // Every section of PolicySettings is a part of the same section of Policy.
  return policy as Policy
}

/** Refuses settings that contradict themselves. */
export function requireConsistent({ roles, contexts, messages }: Policy): void {
  const both = roles.admin.find((word) => roles.service.includes(word))
  if (both !== undefined)
    throw invalidField('/roles/service', 'contradiction', `names ${JSON.stringify(both)}, which is an admin already`)
  if (roles.admin.includes('*') || roles.service.includes('*'))
    throw invalidField('/roles', 'wildcard', 'must name the words of admins and services one by one')
  for (const [type, { conversation, statuses }] of Object.entries(contexts)) {
    // no context has such a status, and the database keeps neither a NUL nor half of a surrogate pair
    const odd = Object.keys(statuses).find((status) => /[\p{C}\p{Zl}\p{Zp}]/u.test(status))
    if (odd !== undefined)
      throw invalidField(
        `/contexts/${type}/statuses`,
        'pattern',
        `names ${JSON.stringify(odd)}, which no status can be`,
      )
    if (type === '*' && conversation === 'of_parent')
      throw invalidField('/contexts/*', 'of_parent', 'cannot be the rule for every type: a parent needs its own')
  }
  requireSoundTypes(messages.customTypes)
}

/** What the tenant says of a type of context; undefined: it has none such. */
export function contextRule({ contexts }: Policy, type: string): ContextRule | undefined {
  if (Object.hasOwn(contexts, type)) return contexts[type]
  return contexts['*']
}

export function statusRule({ statuses }: ContextRule, status: string | null): StatusRule {
  return status !== null && Object.hasOwn(statuses, status) ? statuses[status]! : { conversation: 'active' }
}

const matches = (rule: string, word: string | null) => rule === '*' || rule === word

/** Whether who has the one word may start a direct conversation with who has the other. */
export function mayStartDirect({ conversations }: Policy, from: string | null, to: string | null): boolean {
  return conversations.direct.some((rule) => matches(rule.from, from) && matches(rule.to, to))
}

/** The words of those with whom who has this one may start a direct conversation; `*` alone where it is everybody. */
export function directPartners({ conversations }: Policy, from: string | null): string[] {
  const partners = new Set(conversations.direct.filter((rule) => matches(rule.from, from)).map(({ to }) => to))
  return partners.has('*') ? ['*'] : [...partners]
}

export function mayCreateGroups({ conversations }: Policy, word: string | null): boolean {
  return conversations.group.some((rule) => matches(rule, word))
}
