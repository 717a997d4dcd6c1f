import { type Static, Type } from 'typebox'
import { ConversationId, OpaqueCursor, Timestamp, text } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'
import { RoleWord } from './role-word.ts'

/** A user has at most this many of their own, and a tenant that many for all. */
export const MAX_OWN_CANNED_REPLIES = 200
export const MAX_TENANT_CANNED_REPLIES = 500
/** Characters of one. */
export const MAX_CANNED_REPLY = 2_000

/** What a text may ask for between double braces, `{{name}}` or, with what stands there when it is not known, `{{name|there}}`. */
export const CANNED_VARIABLES = [
  'name',
  'firstName',
  'me.name',
  'me.firstName',
  'conversation.title',
  'context.type',
  'context.id',
  'context.title',
  'context.status',
] as const
export type CannedVariable = (typeof CANNED_VARIABLES)[number]

const Shortcut = Type.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]*$',
  description: 'What is typed for it: letters, digits, `_`, `.` and `-`, in lower case or not',
  examples: ['thanks'],
})
const Template = Type.String({
  ...text(1, MAX_CANNED_REPLY),
  description: `What it says, with variables such as \`{{name}}\` or \`{{name|there}}\`: ${CANNED_VARIABLES.join(', ')}`,
})
const variables = Type.Array(Type.String())

/** A reply as somebody who may use it finds it. */
export type CannedReply = Static<typeof CannedReply>
export const CannedReply = Type.Object({
  shortcut: Type.String(),
  scope: Type.Enum(['own', 'tenant'], {
    description: 'Whose it is: one of your own, or one that the tenant has for all',
  }),
  text: Type.String(),
  filled: orNull(Type.String(), 'What it says in the conversation that was asked for; null where none was'),
  missing: Type.Array(Type.String(), {
    description: 'The variables that say nothing in that conversation, and have no words for that',
  }),
  updatedAt: Timestamp,
})

/** One of the tenant's, as admins keep it. */
export type TenantCannedReply = Static<typeof TenantCannedReply>
export const TenantCannedReply = Type.Object({
  shortcut: Type.String(),
  text: Type.String(),
  roles: orNull(Type.Array(RoleWord), 'Whose roles may use it; null: everybody'),
  variables,
  updatedAt: Timestamp,
})

export type ListCannedReplies = Static<typeof ListCannedReplies>
export const ListCannedReplies = Type.Object(
  {
    q: Type.Optional(
      Type.String({ ...text(1, 80), description: 'How the shortcut begins, or what the text has in it' }),
    ),
    conversationId: Type.Optional(ConversationId),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
  },
  { additionalProperties: false },
)
export type ListTenantCannedReplies = Static<typeof ListTenantCannedReplies>
export const ListTenantCannedReplies = Type.Object(
  { limit: Type.Optional(Limit), cursor: Type.Optional(OpaqueCursor) },
  { additionalProperties: false },
)

export type CannedReplyRef = Static<typeof CannedReplyRef>
export const CannedReplyRef = Type.Object({ shortcut: Shortcut }, { additionalProperties: false })

export type PutCannedReply = Static<typeof PutCannedReply>
export const PutCannedReply = Type.Object({ shortcut: Shortcut, text: Template }, { additionalProperties: false })

export type PutTenantCannedReply = Static<typeof PutTenantCannedReply>
export const PutTenantCannedReply = Type.Object(
  {
    shortcut: Shortcut,
    text: Template,
    roles: Type.Optional(
      orNull(
        Type.Array(RoleWord, { minItems: 1, maxItems: 50 }),
        'Whose roles may use it, by the words of their tokens; null or left out: everybody',
      ),
    ),
  },
  { additionalProperties: false },
)
