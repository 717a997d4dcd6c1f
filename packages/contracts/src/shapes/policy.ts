import { type Static, Type } from 'typebox'
import { closed, flag, partial, words } from './policy-fields.ts'
import { ContextRule } from './policy-rules.ts'
import { sections } from './policy-sections.ts'

/** By type; `*` is for every type that is not named. A type without a rule does not exist for the tenant. */
const Contexts = Type.Record(Type.String({ pattern: '^(\\*|[a-z0-9-]{1,40})$' }), ContextRule, {
  maxProperties: 50,
  additionalProperties: false,
  description: 'By type; `*` is for every type that is not named. A type without a rule does not exist for the tenant',
})

export type PresetName = Static<typeof PresetName>
export const PresetName = Type.Enum(['default', 'appointments', 'support-desk', 'direct', 'contracts', 'marketplace'])

/** The rules of a tenant, complete: what a preset says, with the tenant's own settings over it. */
export type Policy = Static<typeof Policy>
export const Policy = Type.Object(
  {
    preset: PresetName,
    roles: closed(sections.roles),
    conversations: closed(sections.conversations),
    contexts: Contexts,
    groups: closed(sections.groups),
    messages: closed(sections.messages),
    offers: closed(sections.offers),
    attachments: closed(sections.attachments),
    contactDetails: closed(sections.contactDetails),
    visibility: closed(sections.visibility),
    users: closed(sections.users),
    blocking: closed(sections.blocking),
    moderation: closed(sections.moderation),
    notifications: closed(sections.notifications),
    search: closed(sections.search),
    rateLimits: closed(sections.rateLimits),
  },
  { additionalProperties: false },
)

/**
 * What a tenant sets: a preset, and whatever it wants otherwise. A setting that is given replaces the preset's; lists are
 * replaced whole, and of `contexts` each type.
 */
export type PolicySettings = Static<typeof PolicySettings>
export const PolicySettings = Type.Object(
  {
    preset: Type.Optional(PresetName),
    roles: Type.Optional(partial(sections.roles)),
    conversations: Type.Optional(partial(sections.conversations)),
    contexts: Type.Optional(Contexts),
    groups: Type.Optional(partial(sections.groups)),
    messages: Type.Optional(partial(sections.messages)),
    offers: Type.Optional(partial(sections.offers)),
    attachments: Type.Optional(partial(sections.attachments)),
    contactDetails: Type.Optional(partial(sections.contactDetails)),
    visibility: Type.Optional(partial(sections.visibility)),
    users: Type.Optional(partial(sections.users)),
    blocking: Type.Optional(partial(sections.blocking)),
    moderation: Type.Optional(partial(sections.moderation)),
    notifications: Type.Optional(partial(sections.notifications)),
    search: Type.Optional(partial(sections.search)),
    rateLimits: Type.Optional(partial(sections.rateLimits)),
  },
  { additionalProperties: false },
)

export const TenantPolicy = Type.Object({
  /** As it was put. */
  settings: PolicySettings,
  /** What holds: the preset with the settings over it. */
  policy: Policy,
})
export type TenantPolicy = Static<typeof TenantPolicy>

/**
 * What of the rules a user has to know before they act, as they are for this one. Left out is what is nobody's business but
 * the admins': whose words make an admin, the limits of rates, what ends a conversation.
 */
export type UserPolicy = Static<typeof UserPolicy>
export const UserPolicy = Type.Object({
  conversations: Type.Object({
    createGroups: flag('Whether you may create groups'),
    direct: words(200, 'The roles of those with whom you may start a direct conversation, `*` being everybody'),
    unarchiveOnMessage: sections.conversations.unarchiveOnMessage,
    maxPinned: sections.conversations.maxPinned,
  }),
  contexts: Type.Record(
    Type.String(),
    Type.Object({ conversation: ContextRule.properties.conversation, starters: ContextRule.properties.starters }),
    {
      description:
        'By type, as the rules have it: what conversations it has, and whose roles among its members start them',
    },
  ),
  groups: Type.Object(sections.groups),
  messages: Type.Object(sections.messages),
  offers: Type.Object(sections.offers),
  attachments: Type.Object(sections.attachments),
  contactDetails: Type.Object(sections.contactDetails),
  visibility: Type.Object(sections.visibility),
  users: Type.Object(sections.users),
  blocking: Type.Object(sections.blocking),
})
