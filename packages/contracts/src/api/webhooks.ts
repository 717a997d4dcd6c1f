import { Type } from 'typebox'
import { Nothing } from '../shapes/nothing.ts'
import { orNull } from '../shapes/or-null.ts'
import { pageOf } from '../shapes/pagination.ts'
import {
  CreateWebhook,
  ListWebhookDeliveries,
  MAX_WEBHOOKS,
  NewWebhook,
  ReplayedWebhook,
  ReplayWebhook,
  RotatedWebhookSecret,
  RotateWebhookSecret,
  UpdateWebhook,
  WEBHOOK_DELIVERY_DAYS,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryRef,
  WebhookRef,
} from '../shapes/webhook.ts'
import { atTheDoor } from './expected-errors.ts'
import { type Api, defineRpc } from './operation.ts'

const ofOne = [...atTheDoor, 'not_found'] as const

/** Who is told of events over HTTP, for admins and the host's backend. Served by the notification worker over HTTP alone. */
export const webhooks = defineRpc('parley.rpc.v1.webhooks', {
  createWebhook: {
    summary: 'Have an address told of events',
    description: `By Standard Webhooks: signed, tried again for three days, at least once. A tenant has at most ${MAX_WEBHOOKS}`,
    tag: 'webhooks',
    http: 'POST /webhooks',
    input: CreateWebhook,
    output: NewWebhook,
    status: 201,
    errors: [...atTheDoor, 'quota_exceeded'],
  },
  listWebhooks: {
    summary: "The tenant's webhooks, the eldest first",
    tag: 'webhooks',
    http: 'GET /webhooks',
    input: Nothing,
    output: pageOf(Webhook),
    errors: atTheDoor,
  },
  getWebhook: {
    summary: 'A webhook',
    tag: 'webhooks',
    http: 'GET /webhooks/:webhookId',
    input: WebhookRef,
    output: Webhook,
    errors: ofOne,
  },
  updateWebhook: {
    summary: 'Change what it is told of and where, turn it off, or on again',
    description: 'On again, it is sent what waits for it; what happened while it was off it is not told of.',
    tag: 'webhooks',
    http: 'PATCH /webhooks/:webhookId',
    input: UpdateWebhook,
    output: Webhook,
    errors: ofOne,
  },
  deleteWebhook: {
    summary: 'Let go of a webhook and of what was to be sent to it; again changes nothing',
    tag: 'webhooks',
    http: 'DELETE /webhooks/:webhookId',
    input: WebhookRef,
    output: Nothing,
    errors: atTheDoor,
  },
  rotateWebhookSecret: {
    summary: 'Another secret; for a time everything is signed with the former as well',
    tag: 'webhooks',
    http: 'POST /webhooks/:webhookId/secret',
    input: RotateWebhookSecret,
    output: RotatedWebhookSecret,
    errors: ofOne,
  },
  testWebhook: {
    summary: 'Send it an event of type `webhook.test`',
    tag: 'webhooks',
    http: 'POST /webhooks/:webhookId/test',
    input: WebhookRef,
    output: WebhookDelivery,
    status: 201,
    errors: [...ofOne, 'webhook_disabled'],
  },
  listWebhookDeliveries: {
    summary: 'What it was sent and answered, and what waits for it, the newest first',
    description: `Kept for ${WEBHOOK_DELIVERY_DAYS} days`,
    tag: 'webhooks',
    http: 'GET /webhooks/:webhookId/deliveries',
    input: ListWebhookDeliveries,
    output: pageOf(WebhookDelivery),
    errors: ofOne,
  },
  replayWebhookDelivery: {
    summary: 'Send one again, whatever became of it, as soon as it can be',
    description: 'With the same `webhook-id`. What was deleted for everyone cannot be sent again: it is not found.',
    tag: 'webhooks',
    http: 'POST /webhooks/:webhookId/deliveries/:deliveryId/replay',
    input: WebhookDeliveryRef,
    output: WebhookDelivery,
    errors: [...ofOne, 'webhook_disabled'],
  },
  replayWebhook: {
    summary: 'Send again what happened in a time',
    tag: 'webhooks',
    http: 'POST /webhooks/:webhookId/replay',
    input: ReplayWebhook,
    output: ReplayedWebhook,
    errors: [...ofOne, 'webhook_disabled'],
  },
})
export type Webhooks = Api<typeof webhooks>

const line = {
  action: Type.String({ maxLength: 100 }),
  target: orNull(Type.String({ maxLength: 200 })),
  details: Type.Record(Type.String(), Type.Unknown()),
}

/**
 * What a service that has things for admins asks of the conversation service, which knows who is disabled and keeps the audit log. Not
 * reachable from outside.
 */
export const oversight = defineRpc('parley.rpc.v1.oversight', {
  /** Refuses who is neither an admin nor the host; what they are about to do, where it is said, goes into the audit log. */
  mayAdminister: {
    input: Type.Object({ about: orNull(Type.Object(line)) }),
    output: Nothing,
    errors: atTheDoor,
  },
  /** Something that no person has done goes into the audit log. */
  record: { input: Type.Object(line), output: Nothing, errors: [] },
})
export type Oversight = Api<typeof oversight>
