import {
  type Actor,
  MAX_REPLAYED_DELIVERIES,
  MAX_WEBHOOKS,
  type Oversight,
  ParleyError,
  WEBHOOK_TEST,
  type Webhook,
  type WebhookBody,
  type WebhookDelivery,
  type Webhooks,
} from '@parley/contracts'
import type { WhyNotPost } from '../ports/post.ts'
import type { Sealing } from '../ports/sealing.ts'
import type { Store, UnitOfWork } from '../ports/store.ts'
import type { Endpoint } from '../ports/webhooks.ts'
import { newSecret } from './endpoint-secret.ts'

export interface WebhooksDeps {
  store: Store
  oversight: Pick<Oversight, 'mayAdminister'>
  sealing: Sealing
  whyNotPost: WhyNotPost
  newId: () => string
  /** Who is told of a tenant's events has changed, and is known by when it resolves. */
  changed: (tenantId: string) => Promise<void>
}

/** Webhooks, as admins and the host's backend keep them. */
export function createWebhooks({ store, oversight, sealing, whyNotPost, newId, changed }: WebhooksDeps): Webhooks {
  const look = (actor: Actor) => oversight.mayAdminister(actor, { about: null })
  const announce = (actor: Actor, action: string, target: string | null, details: Record<string, unknown> = {}) =>
    oversight.mayAdminister(actor, { about: { action: `webhooks.${action}`, target, details } })
  const requireUrl = (url: string) => {
    const why = whyNotPost(url)
    if (why !== undefined) throw invalidField('/url', 'address', why)
  }
  const find = (unit: UnitOfWork, id: string) => unit.endpoints.byId(id).then(required)
  /** What is sent to it has to have somewhere to go. */
  const requireEnabled = async (unit: UnitOfWork, id: string) => {
    const endpoint = await find(unit, id)
    if (endpoint.disabledReason !== null) throw disabled()
  }
  const deliveryOf = async (unit: UnitOfWork, webhookId: string, id: string): Promise<WebhookDelivery> => {
    const found = await unit.deliveries.byId(webhookId, id)
    if (!found) throw noSuchDelivery()
    return found
  }

  return {
    async createWebhook(actor, { url, events, description = null, enabled = true }) {
      await look(actor)
      requireUrl(url)
      const [id, secret] = [newId(), newSecret()]
      await announce(actor, 'create', id, { origin: new URL(url).origin, events })
      const endpoint = await store.transaction(actor.tenantId, async (unit) => {
        const added = { id, url, events: [...new Set(events)], description, secret: sealing.seal(secret) }
        if (!(await unit.endpoints.add({ ...added, disabled: !enabled }, MAX_WEBHOOKS)))
          throw new ParleyError('quota_exceeded', `There are ${MAX_WEBHOOKS} webhooks already`)
        return find(unit, id)
      })
      await changed(actor.tenantId)
      return { ...toWebhook(endpoint), secret }
    },
    async listWebhooks(actor) {
      await look(actor)
      const all = await store.transaction(actor.tenantId, ({ endpoints }) => endpoints.all())
      return { data: all.map(toWebhook), nextCursor: null, hasMore: false }
    },
    async getWebhook(actor, { webhookId }) {
      await look(actor)
      return toWebhook(await store.transaction(actor.tenantId, (unit) => find(unit, webhookId)))
    },
    async updateWebhook(actor, { webhookId, enabled, ...change }) {
      await look(actor)
      if (change.url !== undefined) requireUrl(change.url)
      await announce(actor, 'update', webhookId, {
        ...(change.url !== undefined && { origin: new URL(change.url).origin }),
        ...(change.events && { events: change.events }),
        ...(enabled !== undefined && { enabled }),
      })
      const endpoint = await store.transaction(actor.tenantId, async (unit) => {
        await find(unit, webhookId)
        await unit.endpoints.change(webhookId, {
          ...change,
          ...(change.events && { events: [...new Set(change.events)] }),
          ...(enabled !== undefined && { disabled: !enabled }),
        })
        await unit.endpoints.wake(webhookId)
        return find(unit, webhookId)
      })
      await changed(actor.tenantId)
      return toWebhook(endpoint)
    },
    async deleteWebhook(actor, { webhookId }) {
      await announce(actor, 'delete', webhookId)
      await store.transaction(actor.tenantId, ({ endpoints }) => endpoints.remove(webhookId))
      await changed(actor.tenantId)
      return {}
    },
    async rotateWebhookSecret(actor, { webhookId, overlapSeconds = 86_400 }) {
      await announce(actor, 'rotate_secret', webhookId, { overlapSeconds })
      const secret = newSecret()
      const endpoint = await store.transaction(actor.tenantId, async (unit) => {
        await find(unit, webhookId)
        await unit.endpoints.rotate(webhookId, sealing.seal(secret), overlapSeconds)
        return find(unit, webhookId)
      })
      return { secret, previousSecretUntil: endpoint.previousSecretUntil }
    },
    async testWebhook(actor, { webhookId }) {
      await announce(actor, 'test', webhookId)
      const [id, eventId, at] = [newId(), `test_${newId()}`, new Date().toISOString()]
      const place = { tenantId: actor.tenantId, conversationId: null, seq: 0, rev: 0 }
      const body: WebhookBody = { type: WEBHOOK_TEST, timestamp: at, id: eventId, ...place, data: { webhookId } }
      const event = {
        id: eventId,
        type: WEBHOOK_TEST,
        at,
        messageId: null,
        replyToId: null,
        body: JSON.stringify(body),
      }
      return store.transaction(actor.tenantId, async (unit) => {
        await requireEnabled(unit, webhookId)
        await unit.deliveries.add(webhookId, id, event)
        await unit.endpoints.wake(webhookId)
        return deliveryOf(unit, webhookId, id)
      })
    },
    async listWebhookDeliveries(actor, { webhookId, status, limit = 20, cursor }) {
      await look(actor)
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const found = await store.transaction(actor.tenantId, async (unit) => {
        await find(unit, webhookId)
        return unit.deliveries.list(webhookId, { ...(status && { status }), before, limit: limit + 1 })
      })
      const data = found.slice(0, limit)
      const hasMore = found.length > limit
      return { data, hasMore, nextCursor: hasMore ? writeCursor(data.at(-1)!.id) : null }
    },
    async replayWebhookDelivery(actor, { webhookId, deliveryId }) {
      await announce(actor, 'replay', webhookId, { deliveryId })
      return store.transaction(actor.tenantId, async (unit) => {
        await requireEnabled(unit, webhookId)
        if (!(await unit.deliveries.replay(webhookId, deliveryId))) throw noSuchDelivery()
        await unit.endpoints.wake(webhookId)
        return deliveryOf(unit, webhookId, deliveryId)
      })
    },
    async replayWebhook(actor, { webhookId, from, to, status }) {
      await look(actor)
      if (Date.parse(from) >= Date.parse(to)) throw invalidField('/to', 'range', 'is not later than from')
      await announce(actor, 'replay', webhookId, { from, to })
      return store.transaction(actor.tenantId, async (unit) => {
        await requireEnabled(unit, webhookId)
        const replayed = await unit.deliveries.replayRange(webhookId, { from, to, status }, MAX_REPLAYED_DELIVERIES)
        await unit.endpoints.wake(webhookId)
        return replayed
      })
    },
  }
}

/** As admins see it: nothing that signs. */
function toWebhook({ secret: _, formerSecret: __, failures: ___, restsMs: ____, ...shown }: Endpoint): Webhook {
  return { ...shown, enabled: shown.disabledReason === null }
}

function required<T>(found: T | undefined): T {
  if (found === undefined) throw new ParleyError('not_found', 'There is no such webhook')
  return found
}

const noSuchDelivery = () => new ParleyError('not_found', 'There is no such delivery, or nothing left of it to be sent')
const disabled = () => new ParleyError('webhook_disabled', 'This webhook is turned off; turn it on first')
const invalidField = (pointer: string, code: string, detail: string) =>
  new ParleyError('invalid_input', `${pointer} ${detail}`, { errors: [{ pointer, code, detail }] })

const writeCursor = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
function readCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex')
  if (hex.length !== 32) throw invalidField('/cursor', 'cursor', 'is not a cursor that this service made')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
