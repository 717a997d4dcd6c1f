import { type Static, Type } from 'typebox'
import { type EventType, eventData } from '../events/events.ts'
import { ConversationId, OpaqueCursor, Seq, TenantId, Timestamp, text, WebhookId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit } from './pagination.ts'
import { BEFORE_SEND } from './pre-send-hook.ts'

/** A tenant has at most so many. */
export const MAX_WEBHOOKS = 20
/** An answer is read no further. Bytes. */
export const MAX_WEBHOOK_ANSWER = 16 * 1024
/** Deliveries are kept so long. */
export const WEBHOOK_DELIVERY_DAYS = 30
/** As many deliveries as one call replays. */
export const MAX_REPLAYED_DELIVERIES = 5_000

const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
export const WebhookDeliveryId = Type.String({ pattern: uuidPattern, description: 'A delivery (UUIDv7)' })

/** What is sent at a `POST /webhooks/{id}/test`; it happens to nothing. */
export const WEBHOOK_TEST = 'webhook.test'

const types = Object.keys(eventData) as EventType[]
const families = [...new Set(types.map((type) => type.slice(0, type.indexOf('.'))))]

/** A type of events, all of a family (`message.*`), or all there are (`*`): those that come with later releases as well. */
export const WebhookEvents = Type.Array(
  Type.Enum(['*', ...families.map((family) => `${family}.*`), ...types, BEFORE_SEND]),
  {
    minItems: 1,
    maxItems: 32,
    description:
      'The events that it is told of: types, families of them such as `message.*`, or `*`. With `message.before_send` alone it is told of ' +
      'none, and only asked where the rules say so',
    examples: [['message.*', 'conversation.created']],
  },
)

/** Whether an event of that type is among those that were asked for. */
export function isWanted(wanted: readonly string[], type: string): boolean {
  return wanted.some((one) => one === '*' || one === type || (one.endsWith('.*') && type.startsWith(one.slice(0, -1))))
}

const url = Type.String({
  minLength: 1,
  maxLength: 2_048,
  pattern: '^https?://[^\\s]+$',
  description:
    'Where it is told: an `https` address that anybody on the internet can reach. Redirects are not followed. In development, or with ' +
    'WEBHOOK_ALLOW_PRIVATE, `http` and private addresses as well',
  examples: ['https://example.com/parley'],
})
const description = text(0, 200)
const enabled = Type.Boolean({ description: 'No: it is told of nothing, and what waits for it waits on' })

/** An address of the host's that is told of events. */
export type Webhook = Static<typeof Webhook>
export const Webhook = Type.Object({
  id: WebhookId,
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: orNull(Type.String()),
  enabled,
  disabledReason: orNull(
    Type.Enum(['host', 'gone', 'failing']),
    '`host`: an admin or the backend has turned it off; `gone`: it answered 410; `failing`: for a day nothing reached it',
  ),
  disabledAt: orNull(Timestamp),
  failingSince: orNull(Timestamp, 'Nothing has reached it since then; null: the last that was sent did'),
  previousSecretUntil: orNull(
    Timestamp,
    'Until then what it is sent is signed with the secret before the present one as well; null: there is one secret',
  ),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

const secret = Type.String({
  description: 'What it is sent is signed with this. Shown this once: keep it where the receiver reads it',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
})

export type NewWebhook = Static<typeof NewWebhook>
export const NewWebhook = Type.Object({ ...Webhook.properties, secret })

export type CreateWebhook = Static<typeof CreateWebhook>
export const CreateWebhook = Type.Object(
  {
    url,
    events: WebhookEvents,
    description: Type.Optional(orNull(description)),
    enabled: Type.Optional(enabled),
  },
  { additionalProperties: false },
)

export type WebhookRef = Static<typeof WebhookRef>
export const WebhookRef = Type.Object({ webhookId: WebhookId }, { additionalProperties: false })

export type UpdateWebhook = Static<typeof UpdateWebhook>
export const UpdateWebhook = Type.Object(
  {
    webhookId: WebhookId,
    url: Type.Optional(url),
    events: Type.Optional(WebhookEvents),
    description: Type.Optional(orNull(description)),
    enabled: Type.Optional(enabled),
  },
  { additionalProperties: false },
)

export type RotateWebhookSecret = Static<typeof RotateWebhookSecret>
export const RotateWebhookSecret = Type.Object(
  {
    webhookId: WebhookId,
    overlapSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7 * 86_400,
        default: 86_400,
        description: 'So long everything is signed with both, so that no receiver has to change at the same moment',
      }),
    ),
  },
  { additionalProperties: false },
)
export type RotatedWebhookSecret = Static<typeof RotatedWebhookSecret>
export const RotatedWebhookSecret = Type.Object({ secret, previousSecretUntil: orNull(Timestamp) })

const status = Type.Enum(['waiting', 'delivered', 'failed', 'withdrawn'], {
  description:
    '`waiting`: for its time; `delivered`: answered with 2xx; `failed`: not after its last try; `withdrawn`: the message that it tells of ' +
    'was deleted for everyone before it went out',
})

/** One event on its way to one webhook. */
export type WebhookDelivery = Static<typeof WebhookDelivery>
export const WebhookDelivery = Type.Object({
  id: WebhookDeliveryId,
  webhookId: WebhookId,
  eventId: Type.String({ description: 'The `webhook-id` that it is sent with, the same at every try and replay' }),
  type: Type.String(),
  status,
  attempts: Type.Integer({ description: 'How often it was tried since it was stored or replayed' }),
  nextAttemptAt: orNull(Timestamp),
  body: orNull(Type.String(), 'What is sent; null: its message was deleted for everyone'),
  answer: orNull(
    Type.Object({
      at: Timestamp,
      durationMs: Type.Integer(),
      status: orNull(Type.Integer(), 'Null: there was no answer'),
      body: orNull(Type.String(), `Its first ${MAX_WEBHOOK_ANSWER} bytes`),
      error: orNull(Type.String(), 'Why it does not count as delivered'),
    }),
    'Of the last try',
  ),
  createdAt: Timestamp,
  deliveredAt: orNull(Timestamp),
})

export type ListWebhookDeliveries = Static<typeof ListWebhookDeliveries>
export const ListWebhookDeliveries = Type.Object(
  {
    webhookId: WebhookId,
    status: Type.Optional(status),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(OpaqueCursor),
  },
  { additionalProperties: false },
)

export type WebhookDeliveryRef = Static<typeof WebhookDeliveryRef>
export const WebhookDeliveryRef = Type.Object(
  { webhookId: WebhookId, deliveryId: WebhookDeliveryId },
  { additionalProperties: false },
)

export type ReplayWebhook = Static<typeof ReplayWebhook>
export const ReplayWebhook = Type.Object(
  {
    webhookId: WebhookId,
    from: Type.String({ ...Timestamp, description: 'Of what happened at that time or later' }),
    to: Type.String({ ...Timestamp, description: 'And before that time' }),
    status: Type.Optional(
      Type.Enum(['delivered', 'failed'], { description: 'Only those; left out: whatever became of them' }),
    ),
  },
  { additionalProperties: false },
)
export type ReplayedWebhook = Static<typeof ReplayedWebhook>
export const ReplayedWebhook = Type.Object({
  replayed: Type.Integer(),
  nextFrom: orNull(
    Timestamp,
    `Where to go on, as \`from\`: one call replays ${MAX_REPLAYED_DELIVERIES}; null: it was all`,
  ),
})

/** The body of what a webhook is sent: what happened, and what it happened to as it was then. */
export type WebhookBody = Static<typeof WebhookBody>
export const WebhookBody = Type.Object({
  type: Type.String(),
  timestamp: Timestamp,
  id: Type.String({ description: 'As `webhook-id` says it' }),
  tenantId: TenantId,
  conversationId: orNull(ConversationId),
  seq: Seq,
  rev: Seq,
  data: Type.Unknown(),
})

/** A webhook that is told of nothing any more because of what it answers. */
export type WebhookDisabled = Static<typeof WebhookDisabled>
export const WebhookDisabled = Type.Object({
  webhookId: WebhookId,
  url: Type.String(),
  reason: Type.Enum(['gone', 'failing']),
  at: Timestamp,
})
