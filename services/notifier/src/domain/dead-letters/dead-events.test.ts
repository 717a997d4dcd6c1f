import { createInProcessBus } from '@parley/bus'
import { EVENT_STREAM, type Event, eventHeaders, ParleyError, subjects } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createWebhookWorld, messageEvent } from '../../../test/webhook-world.ts'
import { createWebhookConsumer, WEBHOOK_CONSUMER } from '../../events/webhook-consumer.ts'
import { REDRIVE_EVENTS, redriveEvents } from './redrive-events.ts'
import { setEventAside } from './set-event-aside.ts'

const STREAM = { name: EVENT_STREAM, subjects: [subjects.allEvents], maxAgeMs: 60_000, maxBytes: 1_000_000 }
const WORDS = 'some words'

describeUseCases('events that cannot be handled', (current) => {
  /** A consumer that cannot handle what is poison, until that is mended. */
  async function scene() {
    const world = current()
    const { store, audience } = world
    const hooks = createWebhookWorld(world)
    const { admin, outsider } = hooks
    const { tenantId } = admin
    const webhook = await hooks.webhooks.createWebhook(admin, { url: 'http://127.0.0.1:9/', events: ['*'] })
    const poison = new Set<string>()
    const handled: string[] = []
    const hear = async (tenant: string, read: () => Event) => {
      const event = read()
      handled.push(event.id)
      if (poison.has(event.id)) throw new Error(`cannot be: ${JSON.stringify(event)}`)
      await hooks.hear(tenant, () => event)
    }
    const bus = createInProcessBus()
    await bus.ensureStream(STREAM)
    const consumer = createWebhookConsumer({
      ...{ bus, hear, listeners: { since: async () => new Date() } },
      setAside: (event, err) => setEventAside(store, WEBHOOK_CONSUMER, event, err),
      log: { info() {}, warn() {}, error() {}, debug() {} } as never,
    })
    await consumer.start()
    const messageOf = (event: Event, body = JSON.stringify(event)) => ({
      ...{ subject: subjects.event(tenantId, event.type), id: event.id, headers: eventHeaders(event) },
      body: Buffer.from(body),
    })
    type Published = ReturnType<typeof messageOf>
    return {
      ...{ world, admin, outsider, tenantId, poison, handled, messageOf },
      /** As the relay does: what is not stored comes again. Resolves when all is. */
      async relay(...messages: Published[]) {
        for (let tries = 1; ; tries++)
          try {
            await bus.publishDurable(messages)
            return tries
          } catch (err) {
            if (tries > 20) throw err
          }
      },
      deliveries: async () => {
        const { data } = await hooks.webhooks.listWebhookDeliveries(admin, { webhookId: webhook.id, limit: 100 })
        return data.map(({ eventId }) => eventId).reverse()
      },
      list: async () => (await world.notifications.listDeadEvents(admin, {})).data,
      /** Does what is due. */
      redrive: () =>
        runDueJobs({
          queue: store.jobs,
          handlers: {
            [REDRIVE_EVENTS]: ({ tenantId: tenant }, { signal }) =>
              redriveEvents(
                { store, audience, handlers: { [WEBHOOK_CONSUMER]: (event) => hear(event.tenantId, () => event) } },
                tenant,
                signal,
              ),
          },
          onFailed: (err) => {
            throw err
          },
        }),
      async [Symbol.asyncDispose]() {
        await consumer.close()
        await bus[Symbol.asyncDispose]()
      },
    }
  }

  test('go aside after five tries, keep nobody waiting, and are listed without their words', async () => {
    await using it = await scene()
    const events = Array.from({ length: 21 }, () => messageEvent(it.tenantId))
    const [bad, ...good] = events
    it.poison.add(bad!.id)
    expect(await it.relay(...events.map((event) => it.messageOf(event)))).toBe(5)
    // each of the others was handled before the poison's second try
    expect(it.handled.slice(0, events.length).sort()).toEqual(events.map(({ id }) => id).sort())
    expect(it.handled.slice(events.length)).toEqual(Array(4).fill(bad!.id))
    expect(await it.deliveries()).toEqual(good.map(({ id }) => id))
    const listed = await it.list()
    expect(listed).toMatchObject([
      {
        ...{ consumer: WEBHOOK_CONSUMER, eventId: bad!.id, type: 'message.created', state: 'aside', failures: 1 },
        ...{ conversationId: bad!.conversationId, subject: subjects.event(it.tenantId, bad!.type), error: 'Error' },
      },
    ])
    expect(JSON.stringify(await it.world.asOwner('SELECT * FROM dead_events'))).not.toContain(WORDS)
    await expect(it.world.notifications.listDeadEvents(it.outsider, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(it.world.notifications.redriveDeadEvents(it.outsider, {})).rejects.toMatchObject({ code: 'forbidden' })
    expect(await it.world.store.tenantsWithDeadLetters()).toContain(it.tenantId)
  })

  test('are handled again as they are by then, and put aside again where that fails', async () => {
    await using it = await scene()
    const bad = messageEvent(it.tenantId)
    it.poison.add(bad.id)
    await it.relay(it.messageOf(bad))
    const [{ id } = { id: '' }] = await it.list()
    const { audience, notifications } = it.world
    const now = { ...bad, data: { ...bad.data, content: 'changed since' } } as Event
    audience.events.set(`${bad.conversationId}:${bad.seq}`, now)

    expect(await notifications.redriveDeadEvents(it.admin, { ids: [id] })).toEqual({ redriven: 1, hasMore: false })
    expect(await it.list()).toMatchObject([{ state: 'waiting' }])
    await it.redrive()
    expect(await it.list()).toMatchObject([{ state: 'aside', failures: 2 }])

    it.poison.clear()
    audience.isAway = true
    await notifications.redriveDeadEvents(it.admin, {})
    await it.redrive()
    expect(await it.list()).toMatchObject([{ state: 'waiting', failures: 2 }])
    audience.isAway = false
    await it.world.later(10_000)
    await it.redrive()
    expect(await it.list()).toEqual([])
    expect(await it.deliveries()).toEqual([bad.id])
  })

  test('are lost, and say so, where what they told of is gone or cannot be told', async () => {
    await using it = await scene()
    const [gone, garbled] = [messageEvent(it.tenantId), messageEvent(it.tenantId)]
    it.poison.add(gone.id)
    await it.relay(it.messageOf(gone))
    await it.relay(it.messageOf(garbled, `{"type":"message.created","data":${WORDS}`))
    expect(await it.list()).toMatchObject([
      { eventId: garbled.id, error: 'Its body is no JSON' },
      { eventId: gone.id, state: 'aside' },
    ])
    expect(await it.world.notifications.redriveDeadEvents(it.admin, {})).toMatchObject({ redriven: 2 })
    await it.redrive()
    expect(await it.list()).toMatchObject([{ state: 'lost' }, { state: 'lost' }])
    expect(JSON.stringify(await it.world.asOwner('SELECT * FROM dead_events'))).not.toContain(WORDS)
    await it.world.asOwner(`UPDATE dead_events SET failed_at = now() - interval '31 days' WHERE tenant_id = $1`, [
      it.tenantId,
    ])
    expect(await it.world.store.forgetDeadEvents(10)).toBe(2)
    expect(await it.list()).toEqual([])
  })

  test('what is refused for ever goes aside at once, and comes again where there is no room for it', async () => {
    const { store } = current()
    const { tenantId } = current().people('ana')
    const event = { ...messageEvent(tenantId) }
    const unhandled = {
      ...{ id: event.id, subject: subjects.event(tenantId, event.type), headers: {}, sequence: 7 },
      body: Buffer.from(JSON.stringify(event)),
    }
    await setEventAside(store, 'one', unhandled, new ParleyError('invalid_input', 'This cannot be'))
    await setEventAside(store, 'one', unhandled, Object.assign(new Error(WORDS), { code: '22P02' }))
    const listed = await store.transaction(tenantId, ({ deadEvents }) => deadEvents.list({ limit: 10 }))
    expect(listed).toMatchObject([
      { sequence: 7, conversationId: null, failures: 2, error: 'Postgres refused it: 22P02' },
    ])
  })
})
