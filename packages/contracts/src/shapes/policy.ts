import { type Static, type TProperties, Type } from 'typebox'
import { ConversationKind } from './conversation-kind.ts'
import { WebhookId } from './identifiers.ts'
import { isStorableJson } from './metadata.ts'
import { NotificationChannel, NotificationPreferences } from './notification-preferences.ts'
import { orNull } from './or-null.ts'

/** A role as the host's tokens, or the members of a context, name it: "customer", "provider". */
export type RoleWord = Static<typeof RoleWord>
export const RoleWord = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\p{C}\\p{Zl}\\p{Zp}]*$',
  description: "The host's own word for a role",
})

/** `image/png`, or the whole family `image/*`. */
const MEDIA_TYPE = '^[a-z]+/[a-z0-9.+*-]+$'

/** Seconds, at most a hundred years. */
const seconds = (description?: string) =>
  Type.Integer({ minimum: 0, maximum: 3_155_760_000, ...(description !== undefined && { description }) })
/** Seconds, from a minute to ten years. */
const openFor = () => Type.Integer({ minimum: 60, maximum: 315_576_000 })
const words = (maxItems: number, description: string) => Type.Array(RoleWord, { maxItems, description })
const flag = (description: string) => Type.Boolean({ description })
const count = (minimum: number, maximum: number, description: string) => Type.Integer({ minimum, maximum, description })
const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
const partial = <P extends TProperties>(properties: P) =>
  Type.Partial(Type.Object(properties), { additionalProperties: false })

/** What becomes of a context's conversations while the context has a status. */
export type StatusRule = Static<typeof StatusRule>
export const StatusRule = closed({
  conversation: Type.Enum(['active', 'read_only', 'closed'], {
    description: 'What the conversations are then: `read_only` and `closed` take no messages, and are read as before',
  }),
  afterSeconds: Type.Optional(
    seconds('Not at once, but this long after the context took the status: a warranty, a time for questions'),
  ),
  reason: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[a-z0-9_.-]*$',
      description: "What `statusReason` says; without it the context's status",
    }),
  ),
})

export type ContextRule = Static<typeof ContextRule>
export const ContextRule = closed({
  conversation: Type.Enum(['one', 'per_pair', 'of_parent'], {
    description:
      "`one` for all its members, one `per_pair` of them, or the one `of_parent`: a milestone then shares its contract's",
  }),
  starters: orNull(
    Type.Array(RoleWord, { maxItems: 50 }),
    "The members' roles that may start it; null: every member. Whoever is a member may answer",
  ),
  statuses: Type.Record(Type.String({ pattern: '^.{1,64}$' }), StatusRule, {
    maxProperties: 100,
    additionalProperties: false,
    description: 'What a status of the context does to its conversations; one that is not named leaves them open',
  }),
})

const MAX_SCHEMA_BYTES = 8 * 1024

/** A type of message that is the tenant's own. */
export type CustomType = Static<typeof CustomType>
export const CustomType = closed({
  schema: Type.Refine(
    Type.Record(Type.String(), Type.Unknown(), {
      description:
        'What the payload has to be: a JSON Schema (2020-12) of an object, of at most 8 KiB. It refers to nothing but its own `$defs`, ' +
        'and a `pattern` stands beside a `maxLength`, has no groups and no alternatives',
    }),
    (schema: object) => isStorableJson(schema, MAX_SCHEMA_BYTES, 30),
    () => 'must be at most 8 KiB as JSON, 30 levels deep',
  ),
  preview: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 500,
      description:
        'The `content` of a message that comes without one, `{{field}}` and `{{field.inner}}` being what its payload has there',
      examples: ['{{dish}} for {{guests}}'],
    }),
  ),
  sentBy: Type.Optional(
    Type.Enum(['users', 'backend'], { description: 'Who may send it; left out: users, and the backend' }),
  ),
})

export type RateRule = Static<typeof RateRule>
export const RateRule = closed({
  points: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  durationMs: Type.Integer({ minimum: 100, maximum: 86_400_000 }),
})

/** Who may start a conversation with whom, by the words of their tokens; `*` is everybody. */
export type StartRule = Static<typeof StartRule>
export const StartRule = closed({ from: RoleWord, to: RoleWord })

/** Those of which every supported Postgres knows the endings. */
const SEARCH_LANGUAGES = [
  ...([
    'arabic',
    'danish',
    'dutch',
    'english',
    'finnish',
    'french',
    'german',
    'greek',
    'hungarian',
    'indonesian',
  ] as const),
  ...([
    'irish',
    'italian',
    'lithuanian',
    'nepali',
    'norwegian',
    'portuguese',
    'romanian',
    'russian',
    'spanish',
  ] as const),
  ...(['swedish', 'tamil', 'turkish'] as const),
]

/** So long the host may take where its rules do not say. Milliseconds. */
export const HOOK_DEADLINE_MS = 2_000

/** Whom a message is shown to before it is sent, and what becomes of it where they do not answer. */
export type PreSendHook = Static<typeof PreSendHook>
export const PreSendHook = closed({
  webhookId: Type.String({ ...WebhookId, description: 'The webhook that is asked, with `message.before_send`' }),
  deadlineMs: Type.Optional(
    Type.Integer({
      minimum: 100,
      maximum: 4_000,
      default: HOOK_DEADLINE_MS,
      description: 'No answer within so many milliseconds is none. Senders wait so long',
    }),
  ),
  onFailure: Type.Enum(['allow', 'reject', 'hold'], {
    description:
      'Where there is no answer, or none that can be understood: `allow` sends it, `reject` refuses it as `unavailable`, to be sent again later, ' +
      'and `hold` keeps it for an admin to decide',
  }),
  kinds: Type.Optional(
    Type.Array(ConversationKind, {
      minItems: 1,
      maxItems: 3,
      description: 'Asked about what is said in conversations of these kinds alone; left out: of every kind',
    }),
  ),
})

const sections = {
  roles: {
    admin: words(50, 'The roles of tokens that moderate the tenant. Whoever has another word is a user'),
    service: words(50, "The roles of tokens that are the host's backend"),
  },
  conversations: {
    direct: Type.Array(StartRule, {
      maxItems: 200,
      description:
        'Who may start a direct conversation with whom, by the roles of their tokens, `*` being everybody; empty: nobody, ' +
        'conversations belong to a context',
    }),
    group: words(50, 'Whose roles may create groups, `*` being everybody'),
    unarchiveOnMessage: flag('What somebody has archived comes back to their list when something new is written there'),
    maxPinned: count(0, 100, 'As many conversations as somebody may pin at the top of their list'),
  },
  groups: {
    maxParticipants: count(2, 500, 'As many people as a group holds at once'),
    history: Type.Enum(['all', 'from_joining'], {
      description:
        'What somebody sees who joins a group, or becomes a member of a context, for the first time. Whoever comes back sees ' +
        'what is said from then on',
    }),
    notices: flag('Who is added, removed or leaves, and a new title, is a line of the history'),
  },
  messages: {
    types: Type.Array(Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z][a-z0-9_.-]*$' }), {
      maxItems: 50,
      description: "The types of message that users may send, besides the tenant's own",
    }),
    customTypes: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_.-]{0,39}$' }), CustomType, {
      maxProperties: 20,
      additionalProperties: false,
      description: "The tenant's own types of message, by name",
    }),
    maxLength: count(1, 10_000, 'Characters of a message'),
    editWindowSeconds: orNull(
      seconds(),
      'How long after sending its sender may edit a message; null: for ever, 0: never',
    ),
    deleteWindowSeconds: orNull(
      seconds(),
      'How long after sending its sender may delete it for everyone; null: for ever, 0: never',
    ),
    reactions: Type.Enum(['many', 'one', 'none'], {
      description:
        'How many reactions somebody may have on a message. With `one` the next takes the place of the one before; with `none` those that ' +
        'are there can be taken back',
    }),
    pinning: Type.Enum(['everyone', 'moderators', 'nobody'], {
      description:
        'Who may pin messages for all: whoever writes there, or owners and moderators of groups and admins who have come in',
    }),
    readOnFetch: flag('Fetching the latest page marks it as read, as if the reader had said so'),
  },
  offers: {
    adminMayAct: flag(
      'Admins accept, decline and withdraw offers, and confirm, decline and cancel booking requests, of anybody; audited',
    ),
    expireAfterSeconds: orNull(
      openFor(),
      'How long an offer that says no `expiresAt` can be accepted; null: until somebody decides',
    ),
    bookingsExpireAfterSeconds: orNull(
      openFor(),
      'How long a booking request that says no `expiresAt` can be confirmed; null: until somebody decides',
    ),
  },
  attachments: {
    types: Type.Array(Type.String({ minLength: 3, maxLength: 100, pattern: MEDIA_TYPE }), {
      maxItems: 100,
      description: 'Media types that may be attached, with `*` for a whole family: `image/*`',
    }),
    maxBytes: count(0, 1_073_741_824, 'The largest that one may be, in bytes'),
    maxCount: count(0, 50, 'As many as a message may have'),
    maxBytesByType: Type.Record(Type.String({ pattern: MEDIA_TYPE }), count(0, 1_073_741_824, 'Bytes'), {
      maxProperties: 50,
      additionalProperties: false,
      description:
        'Where some may be larger than others: by media type or family; the narrowest that fits holds, else `maxBytes`',
    }),
    userQuotaBytes: orNull(
      count(0, 1e15, 'Bytes'),
      'As much as one user may have stored at a time, in bytes; null: no limit',
    ),
    tenantQuotaBytes: orNull(
      count(0, 1e15, 'Bytes'),
      'As much as all of them may have stored, in bytes; null: no limit',
    ),
    linkPreviews: flag(
      'The first link of a message gets a card with the title and picture of its page, which the storage service fetches',
    ),
  },
  contactDetails: {
    mask: flag('Phone numbers, addresses and links to elsewhere are kept out of what others read'),
  },
  visibility: {
    receipts: flag('Participants see how far the others have read'),
    presence: flag(
      'People who are in a conversation together see whether the others are there, and when they were last',
    ),
    withoutPresence: words(50, 'Roles of tokens of which nobody sees whether they are there; nor do they of others'),
  },
  users: {
    visible: Type.Enum(['everyone', 'shared'], {
      description:
        'Whom a user finds by name and may look at: `everyone` of the tenant, or those whom they are in a conversation with. ' +
        'Admins and the backend see everybody',
    }),
    mustExist: flag(
      'Who is invited, let in or written to by a user has to be known: by a token of theirs, or because the backend named them. ' +
        'Otherwise an id that nobody has is taken as it comes. Outside production it is no where nothing is set',
    ),
  },
  blocking: {
    contexts: flag(
      "A block also stops the two's conversations about a context, while nobody else talks there; their direct one it always stops",
    ),
  },
  moderation: {
    keepReportedSeconds: orNull(
      seconds(),
      'How long, after it was decided, a report keeps what was reported as it was then; null: for ever. An open one keeps it',
    ),
    preSendHook: orNull(
      PreSendHook,
      'Asks the host before what a user says is there for others; null: nobody is asked. Admins and the backend are not asked about',
    ),
  },
  notifications: {
    channels: Type.Array(NotificationChannel, {
      maxItems: NotificationChannel.enum.length,
      description:
        'The ways in which people are told at all; each of them turns off for themselves what they do not want',
    }),
    previews: flag(
      'What was said stands in pushes and e-mails. No: only that there is something, whatever somebody wants for themselves',
    ),
    digestAfterMinutes: orNull(
      Type.Integer({ ...NotificationPreferences.properties.digestAfterMinutes.anyOf[0] }),
      'How old what somebody has not read gets before an e-mail tells of it, where they have not said; null: it comes as soon as a push does',
    ),
  },
  search: {
    language: orNull(
      Type.Enum(SEARCH_LANGUAGES),
      'Other forms of a word are found as well, by the endings of this language; null: words as they were written. It holds for ' +
        'messages that are sent from then on; `npm run reindex` for those before',
    ),
  },
  rateLimits: {
    userMessages: orNull(RateRule, 'Messages of one user; null: no limit'),
    conversationMessages: orNull(RateRule, 'Messages of users into one conversation; null: no limit'),
    tenantMessages: orNull(RateRule, "Messages of the whole tenant, its backend's too; null: no limit"),
    userCalls: orNull(RateRule, 'Any other call of one user; null: no limit'),
  },
}

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
