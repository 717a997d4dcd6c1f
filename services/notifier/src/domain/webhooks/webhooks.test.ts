import { BEFORE_SEND } from '@parley/contracts'
import { afterEach, expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { type Receiver, say, startReceiver } from '../../../test/receivers.ts'
import { createWebhookWorld, messageEvent, type WebhookWorld } from '../../../test/webhook-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const receivers: Receiver[] = []
const receiver = async (answer?: Receiver['answer']) => {
  const one = await startReceiver(answer)
  receivers.push(one)
  return one
}
afterEach(async () => {
  for (const one of receivers.splice(0)) await one.close()
})
const idOf = ({ headers }: { headers: object }) => (headers as Record<string, string>)['webhook-id']
const register = async ({ webhooks, admin }: WebhookWorld, { url }: Pick<Receiver, 'url'>, events = ['*']) =>
  webhooks.createWebhook(admin, { url, events: events as ['*'] })
const deliveries = async ({ webhooks, admin }: WebhookWorld, webhookId: string) =>
  (await webhooks.listWebhookDeliveries(admin, { webhookId, limit: 100 })).data

describeUseCases('webhooks', (current) => {
  test('are told of the events that they want, once, signed, with an id that stays', async () => {
    const world = createWebhookWorld(current())
    const { admin, tell, turns } = world
    const [all, messages, deletions] = [await receiver(), await receiver(), await receiver()]
    const { secret } = await register(world, all)
    const ofMessages = await register(world, messages, ['message.*'])
    await register(world, deletions, ['message.deleted', 'conversation.*'])
    const [first, joined] = [
      messageEvent(admin.tenantId),
      messageEvent(admin.tenantId, { type: 'participant.joined', message: { userId: 'ben' } }),
    ]
    // what comes again is told once
    for (const event of [first, joined, first]) await tell(event)
    expect(await turns()).toBeGreaterThan(0)
    expect(messages.received.map(idOf)).toEqual([first.id])
    expect(all.received.map(idOf).sort()).toEqual([first.id, joined.id].sort())
    expect(deletions.received).toEqual([])
    const { at, data, type, conversationId, seq, rev, id, tenantId } = first
    const body = { type, timestamp: at, data, id, conversationId, seq, rev, tenantId }
    expect(all.verified(secret)).toContainEqual(body)
    expect(() => messages.verified(secret)).toThrow()
    expect(await deliveries(world, ofMessages.id)).toMatchObject([
      { eventId: first.id, type, status: 'delivered', attempts: 1, nextAttemptAt: null, answer: { status: 200 } },
    ])
    expect(await turns()).toBe(0)
  })

  test('are not told of what happened before they were there, and of nothing while they are off', async () => {
    const world = createWebhookWorld(current())
    const { admin, tell, turns, webhooks } = world
    const one = await receiver()
    const { id: webhookId } = await register(world, one)
    await tell(messageEvent(admin.tenantId, { at: new Date(Date.now() - 60_000) }))
    await webhooks.updateWebhook(admin, { webhookId, enabled: false })
    await tell(messageEvent(admin.tenantId))
    expect(await webhooks.getWebhook(admin, { webhookId })).toMatchObject({ enabled: false, disabledReason: 'host' })
    await expect(webhooks.testWebhook(admin, { webhookId })).rejects.toMatchObject({ code: 'webhook_disabled' })
    expect(await webhooks.updateWebhook(admin, { webhookId, enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
      disabledAt: null,
    })
    const later = messageEvent(admin.tenantId)
    await tell(later)
    await turns()
    expect(one.received.map(idOf)).toEqual([later.id])
  })

  test('are kept by admins alone, whose doings are written down; secrets are shown once', async () => {
    const world = createWebhookWorld(current())
    const { admin, outsider, webhooks, lines } = world
    const one = await receiver()
    const created = await register(world, one)
    const { id: webhookId, secret } = created
    expect(secret).toMatch(/^whsec_/)
    const range = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }
    for (const ask of [
      () => webhooks.createWebhook(outsider, { url: one.url, events: ['*'] }),
      () => webhooks.listWebhooks(outsider, {}),
      () => webhooks.getWebhook(outsider, { webhookId }),
      () => webhooks.updateWebhook(outsider, { webhookId, events: ['*'] }),
      () => webhooks.deleteWebhook(outsider, { webhookId }),
      () => webhooks.rotateWebhookSecret(outsider, { webhookId }),
      () => webhooks.testWebhook(outsider, { webhookId }),
      () => webhooks.listWebhookDeliveries(outsider, { webhookId }),
      () => webhooks.replayWebhookDelivery(outsider, { webhookId, deliveryId: webhookId }),
      () => webhooks.replayWebhook(outsider, { webhookId, ...range }),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'forbidden' })
    // an admin of another tenant finds nothing
    const other = createWebhookWorld(current())
    await expect(other.webhooks.getWebhook(other.admin, { webhookId })).rejects.toMatchObject({ code: 'not_found' })
    await other.webhooks.deleteWebhook(other.admin, { webhookId })
    expect((await other.webhooks.listWebhooks(other.admin, {})).data).toEqual([])
    const { data } = await webhooks.listWebhooks(admin, {})
    const { secret: _, ...shown } = created
    expect(data).toEqual([shown])
    expect(lines).toEqual(['webhooks.create'])
    const stored = await current().asOwner(`SELECT secret FROM webhook_endpoints WHERE id = '${webhookId}'`)
    expect(JSON.stringify(stored)).not.toContain(secret.slice(6, 30))
    await webhooks.deleteWebhook(admin, { webhookId })
    expect((await webhooks.listWebhooks(admin, {})).data).toEqual([])
    expect(lines).toEqual(['webhooks.create', 'webhooks.delete'])
  })

  test('are at most twenty, however many are made at once', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver()
    for (let i = 0; i < 18; i++) await register(world, one)
    const rest = await Promise.allSettled(Array.from({ length: 4 }, () => register(world, one)))
    expect(rest.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    await expect(register(world, one)).rejects.toMatchObject({ code: 'quota_exceeded' })
  })

  test('with another secret are signed with both until the time is over', async () => {
    const world = createWebhookWorld(current())
    const { admin, webhooks, turns } = world
    const one = await receiver()
    const { id: webhookId, secret: former } = await register(world, one)
    const { secret, previousSecretUntil } = await webhooks.rotateWebhookSecret(admin, {
      webhookId,
      overlapSeconds: 3_600,
    })
    expect(secret).not.toBe(former)
    expect(Date.parse(previousSecretUntil!)).toBeGreaterThan(Date.now() + 3_500_000)
    await webhooks.testWebhook(admin, { webhookId })
    await turns()
    for (const known of [secret, former]) expect(one.verified(known)).toMatchObject([{ type: 'webhook.test' }])
    await current().later(2 * HOUR)
    expect(await webhooks.getWebhook(admin, { webhookId })).toMatchObject({ previousSecretUntil: null })
    one.received.length = 0
    await webhooks.testWebhook(admin, { webhookId })
    await turns()
    expect(one.verified(secret)).toHaveLength(1)
    expect(() => one.verified(former)).toThrow()
    // at once
    await webhooks.rotateWebhookSecret(admin, { webhookId, overlapSeconds: 0 })
    await webhooks.testWebhook(admin, { webhookId })
    await turns()
    expect(() => one.verified(secret)).toThrow()
  })

  test('say of addresses that nobody may be sent to why', async () => {
    const world = createWebhookWorld(current(), { allowPrivate: false })
    const { admin, webhooks } = world
    for (const url of [
      'http://example.com/hook',
      'https://10.0.0.1/hook',
      'https://127.1/hook',
      'https://[::1]/hook',
      'https://169.254.169.254/latest',
      'https://localhost:8080/hook',
      'https://database/hook',
      'https://user:pass@example.com/hook',
      'https://example.com/#part',
      'https://',
    ])
      await expect(webhooks.createWebhook(admin, { url, events: ['*'] })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer: '/url' }],
      })
    expect(await webhooks.createWebhook(admin, { url: 'https://example.com/hook', events: ['*'] })).toBeDefined()
  })

  test('are sent again one delivery, or what happened in a time, with the same ids', async () => {
    const world = createWebhookWorld(current())
    const { admin, webhooks, tell, turns } = world
    const one = await receiver()
    const { id: webhookId } = await register(world, one)
    const start = Date.now() + 10_000
    const events = [0, 1, 2, 3].map((i) => messageEvent(admin.tenantId, { at: new Date(start + i * 1_000) }))
    for (const event of events) await tell(event)
    await turns()
    expect(one.received).toHaveLength(4)
    one.received.length = 0
    const page = await webhooks.listWebhookDeliveries(admin, { webhookId, limit: 3 })
    const last = await webhooks.listWebhookDeliveries(admin, { webhookId, limit: 3, cursor: page.nextCursor! })
    const all = [...page.data, ...last.data]
    expect([page.hasMore, last.hasMore, last.nextCursor]).toEqual([true, false, null])
    expect(all.map(({ eventId }) => eventId)).toEqual(events.map(({ id }) => id).reverse())
    const again = await webhooks.replayWebhookDelivery(admin, { webhookId, deliveryId: all[3]!.id })
    expect(again).toMatchObject({ status: 'waiting', attempts: 0 })
    await turns()
    expect(one.received.map(idOf)).toEqual([events[0]!.id])
    one.received.length = 0
    const range = { from: events[1]!.at, to: events[3]!.at }
    expect(await webhooks.replayWebhook(admin, { webhookId, ...range })).toEqual({ replayed: 2, nextFrom: null })
    await turns()
    expect(one.received.map(idOf).sort()).toEqual([events[1]!.id, events[2]!.id].sort())
    expect(await webhooks.replayWebhook(admin, { webhookId, ...range, status: 'failed' })).toMatchObject({
      replayed: 0,
    })
    await expect(webhooks.replayWebhook(admin, { webhookId, from: range.to, to: range.from })).rejects.toMatchObject({
      errors: [{ pointer: '/to' }],
    })
    await expect(webhooks.listWebhookDeliveries(admin, { webhookId, cursor: 'bm90aGluZw' })).rejects.toMatchObject({
      errors: [{ pointer: '/cursor' }],
    })
  })

  test('are told nothing of the words of a message that was deleted for everyone, in whatever order they hear', async () => {
    const world = createWebhookWorld(current())
    const { admin, webhooks, tell, turns } = world
    const one = await receiver(say(500))
    const { id: webhookId } = await register(world, one)
    const { tenantId } = admin
    const words = messageEvent(tenantId, { message: { content: 'secret words' } })
    const message = { id: (words.data as { id: string }).id }
    const replyTo = { id: message.id, content: 'secret words' }
    const answer = messageEvent(tenantId, { message: { content: 'an answer', replyTo } })
    for (const event of [words, answer]) await tell(event)
    await turns()
    expect(one.received).toHaveLength(2)
    one.received.length = 0
    one.answer = say(200)
    await tell(
      messageEvent(tenantId, { type: 'message.deleted', message: { ...message, content: '', deletedAt: 'now' } }),
    )
    // what was on its way comes after the deletion
    await tell(
      messageEvent(tenantId, { type: 'message.updated', message: { ...message, content: 'secret words, edited' } }),
    )
    await tell(messageEvent(tenantId, { message: { content: 'a late answer', replyTo } }))
    const list = await deliveries(world, webhookId)
    expect(JSON.stringify(list)).not.toContain('secret')
    expect(list.find(({ eventId }) => eventId === words.id)).toMatchObject({
      ...{ status: 'withdrawn', body: null, nextAttemptAt: null },
    })
    await expect(
      webhooks.replayWebhookDelivery(admin, { webhookId, deliveryId: list.at(-1)!.id }),
    ).rejects.toMatchObject({ code: 'not_found' })
    await webhooks.replayWebhook(admin, { webhookId, from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' })
    await current().later(HOUR)
    await turns()
    const sent = one.received.map(({ body }) => JSON.parse(body))
    expect(sent.map(({ type, data }) => [type, data.content]).sort()).toEqual([
      ['message.created', 'a late answer'],
      ['message.created', 'an answer'],
      ['message.deleted', ''],
    ])
    expect(JSON.stringify(one.received)).not.toContain('secret')
    // and what was delivered is kept without them
    expect(
      JSON.stringify(
        await current().asOwner(`SELECT body, answer_body FROM webhook_deliveries WHERE tenant_id = '${tenantId}'`),
      ),
    ).not.toContain('secret')
  })

  test('keep no words of what is deleted while they are only asked before messages are sent', async () => {
    const world = createWebhookWorld(current())
    const { admin, webhooks, tell } = world
    const { id: webhookId } = await register(world, await receiver())
    const words = messageEvent(admin.tenantId, { message: { content: 'secret words' } })
    await tell(words)
    await webhooks.updateWebhook(admin, { webhookId, events: [BEFORE_SEND] })
    const message = { id: (words.data as { id: string }).id, content: '', deletedAt: 'now' }
    await tell(messageEvent(admin.tenantId, { type: 'message.deleted', message }))
    expect(await deliveries(world, webhookId)).toMatchObject([{ eventId: words.id, status: 'withdrawn', body: null }])
  })

  test('are let go of after thirty days', async () => {
    const world = createWebhookWorld(current())
    const { admin, webhooks, turns } = world
    const one = await receiver()
    const { id: webhookId } = await register(world, one)
    await webhooks.testWebhook(admin, { webhookId })
    await turns()
    await current().later(29 * DAY)
    await current().store.webhookLanes.forget(30, 1_000)
    expect(await deliveries(world, webhookId)).toHaveLength(1)
    await current().later(2 * DAY)
    await current().store.webhookLanes.forget(30, 1_000)
    expect(await deliveries(world, webhookId)).toEqual([])
  })
})
