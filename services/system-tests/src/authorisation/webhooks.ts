import type { OperationId, webhooks } from '@parley/contracts'
import type { TestRest } from '../stack/test-client.ts'
import { adminsOnly, type Case } from './verdicts.ts'
import type { Target } from './world.ts'

/** A webhook of a tenant's, and something that it is sent. It is told of next to nothing, and nobody is at its address. */
export interface SceneWebhook {
  webhookId: string
  deliveryId: string
}

const made = { url: 'http://127.0.0.1:9/nobody', events: ['participant.left'] }

export async function createSceneWebhook(call: TestRest['call']): Promise<SceneWebhook> {
  const webhook = await call<{ id: string }>('POST', '/webhooks', made)
  const delivery = await call<{ id: string }>('POST', `/webhooks/${webhook.body.id}/test`)
  if (delivery.status !== 201) throw new Error(`No webhook: ${JSON.stringify([webhook, delivery])}`)
  return { webhookId: webhook.body.id, deliveryId: delivery.body.id }
}

/** `group`: the tenant's that the group is in. */
const one = (more: (target: Target) => object = () => ({})): readonly Case[] => [
  {
    at: ['group', 'missing', 'foreign'],
    may: adminsOnly,
    input: (target) => ({ webhookId: target.webhook.webhookId, ...more(target) }),
  },
]

/** By operationId: what the notification worker has for admins and hosts. */
export const webhookOperations: Record<OperationId<typeof webhooks>, readonly Case[]> = {
  createWebhook: [{ at: ['anywhere'], may: adminsOnly, input: () => made }],
  listWebhooks: [{ at: ['anywhere'], may: adminsOnly, input: () => ({}) }],
  getWebhook: one(),
  updateWebhook: one(() => ({ description: 'Of the bookings' })),
  // again changes nothing, and so does what is not theirs
  deleteWebhook: [
    { at: ['missing'], may: adminsOnly, makes: true, input: ({ webhook }) => ({ webhookId: webhook.webhookId }) },
  ],
  rotateWebhookSecret: one(),
  testWebhook: one(),
  listWebhookDeliveries: one(),
  replayWebhookDelivery: one(({ webhook: { deliveryId } }) => ({ deliveryId })),
  replayWebhook: one(() => ({ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' })),
}
