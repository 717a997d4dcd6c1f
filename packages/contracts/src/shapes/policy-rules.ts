import { type Static, Type } from 'typebox'
import { ConversationKind } from './conversation-kind.ts'
import { WebhookId } from './identifiers.ts'
import { isStorableJson } from './metadata.ts'
import { orNull } from './or-null.ts'
import { closed, seconds } from './policy-fields.ts'
import { RoleWord } from './role-word.ts'

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
