import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { type Receiver, say, startReceiver } from '../../../test/receivers.ts'
import { createWebhookWorld, messageEvent, type WebhookWorld } from '../../../test/webhook-world.ts'

const DAY = 24 * 3_600_000
const receivers: { close(): Promise<void> }[] = []
const receiver = async (answer?: Receiver['answer']) => {
  const one = await startReceiver(answer)
  receivers.push(one)
  return one
}
afterEach(async () => {
  for (const one of receivers.splice(0)) await one.close()
})
const tested = async ({ webhooks, admin }: WebhookWorld, url: string) => {
  const { id: webhookId } = await webhooks.createWebhook(admin, { url, events: ['*'] })
  await webhooks.testWebhook(admin, { webhookId })
  return webhookId
}
const last = async ({ webhooks, admin }: WebhookWorld, webhookId: string) => {
  const { data } = await webhooks.listWebhookDeliveries(admin, { webhookId })
  return data[0]!
}
const waitOf = ({ nextAttemptAt }: { nextAttemptAt: string | null }) => Date.parse(nextAttemptAt!) - Date.now()

/** Each kind of receiver, and what becomes of the one delivery that it is sent. */
const kinds: [string, Receiver['answer'], object][] = [
  [
    'answers 200',
    say(200, {}, 'thanks'),
    { status: 'delivered', answer: { status: 200, body: 'thanks', error: null } },
  ],
  ['answers 204', say(204), { status: 'delivered', answer: { status: 204, body: '' } }],
  [
    'answers 500',
    say(500, {}, 'oh no'),
    { status: 'waiting', answer: { status: 500, body: 'oh no', error: 'answered 500' } },
  ],
  ['asks for time', say(429, { 'retry-after': '120' }), { status: 'waiting', answer: { status: 429 } }],
  ['is gone', say(410), { status: 'failed', answer: { status: 410 } }],
  ['hangs', () => {}, { status: 'waiting', answer: { status: null, error: 'No answer within 0.3 s' } }],
  [
    'closes the socket',
    (response) => response.destroy(),
    { status: 'waiting', answer: { status: null, error: 'socket hang up' } },
  ],
  [
    'redirects to what only we can reach',
    say(302, { location: 'http://127.0.0.1:1/' }),
    { status: 'waiting', answer: { status: 302, error: 'redirects are not followed' } },
  ],
  // no more than 16 KiB of it are read, and the rest is never waited for
  [
    'answers 10 MB',
    say(200, {}, 'x'.repeat(10_000_000)),
    { status: 'delivered', answer: { status: 200, body: 'x'.repeat(16 * 1024) } },
  ],
  [
    'answers and never ends',
    (response) => void response.writeHead(200).write('part'),
    { status: 'delivered', answer: { status: 200, body: 'part' } },
  ],
  [
    'answers what no text is',
    (response) => void response.writeHead(200).end(Buffer.from([0, 0xff, 0x61])),
    { status: 'delivered', answer: { body: '\uFFFD\uFFFDa' } },
  ],
]

describeUseCases('the lane of a webhook', (current) => {
  /** What other tests have left waiting would be tried here as well. */
  beforeEach(async () => {
    await current().asOwner('DELETE FROM webhook_endpoints')
    await current().asOwner('DELETE FROM jobs')
  })

  test.each(kinds)('of a receiver that %s', async (_, answer, expected) => {
    const world = createWebhookWorld(current())
    const one = await receiver(answer)
    const webhookId = await tested(world, one.url)
    await world.turns()
    expect(one.received).toHaveLength(1)
    expect(await last(world, webhookId)).toMatchObject({ attempts: 1, ...expected })
  })

  test('of a receiver that is not there waits five seconds, then longer, and gives up after ten tries', async () => {
    const world = createWebhookWorld(current())
    const one = await startReceiver()
    await one.close()
    const webhookId = await tested(world, one.url)
    await world.turns()
    const first = await last(world, webhookId)
    expect(first).toMatchObject({ status: 'waiting', attempts: 1, answer: { status: null } })
    expect(first.answer?.error).toMatch(/ECONNREFUSED/)
    expect(Math.abs(waitOf(first) - 5_000)).toBeLessThan(1_500)
    const waits: number[] = []
    for (let tries = 2; tries <= 10; tries++) {
      // for three days nothing reaches it, but something did a moment ago
      await current().later(27 * 3_600_000)
      await current().asOwner(`UPDATE webhook_endpoints SET failing_since = now() WHERE id = '${webhookId}'`)
      expect(await world.turns()).toBe(1)
      const now = await last(world, webhookId)
      expect(now.attempts).toBe(tries)
      if (now.nextAttemptAt !== null) waits.push(waitOf(now) / 60_000)
    }
    expect(await last(world, webhookId)).toMatchObject({ status: 'failed', attempts: 10, nextAttemptAt: null })
    for (const [i, minutes] of [5, 30, 120, 300, 600, 840, 1_200, 1_440].entries())
      expect(Math.abs(waits[i]! / minutes - 1)).toBeLessThan(0.15)
    await current().later(30 * DAY)
    expect(await world.turns()).toBe(0)
  })

  test('gives a receiver the time that it asks for, for all that waits', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver(say(429, { 'retry-after': '120' }))
    const webhookId = await tested(world, one.url)
    await world.turns()
    expect(Math.abs(waitOf(await last(world, webhookId)) - 120_000)).toBeLessThan(5_000)
    await world.webhooks.testWebhook(world.admin, { webhookId })
    await current().later(100_000)
    await world.turns()
    expect(one.received).toHaveLength(1)
    one.answer = say(200)
    await current().later(30_000)
    await world.turns()
    expect(one.received).toHaveLength(3)
    expect(await world.webhooks.getWebhook(world.admin, { webhookId })).toMatchObject({ failingSince: null })
  })

  test('turns a webhook off that is gone, and says so', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver(say(410))
    const webhookId = await tested(world, one.url)
    await world.turns()
    expect(world.disabled).toMatchObject([{ webhookId, url: one.url, reason: 'gone' }])
    expect(await world.webhooks.getWebhook(world.admin, { webhookId })).toMatchObject({
      ...{ enabled: false, disabledReason: 'gone', disabledAt: expect.any(String) },
    })
    await world.tell(messageEvent(world.admin.tenantId))
    await world.turns()
    expect(one.received).toHaveLength(1)
  })

  test('turns a webhook off that nothing reaches for a day; on again, it is sent what waits', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver(say(500))
    const webhookId = await tested(world, one.url)
    await world.turns()
    await current().later(DAY / 2)
    await world.turns()
    expect(world.disabled).toEqual([])
    await current().later(DAY / 2 + 60_000)
    await world.turns()
    expect(world.disabled).toMatchObject([{ webhookId, reason: 'failing' }])
    await current().later(DAY)
    await world.turns()
    expect(one.received).toHaveLength(3)
    one.answer = say(200)
    await world.webhooks.updateWebhook(world.admin, { webhookId, enabled: true })
    await world.turns()
    expect(await last(world, webhookId)).toMatchObject({ status: 'delivered', attempts: 4 })
  })

  test('of a receiver that answers nothing asks by one try at a time, and rests', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver(say(500))
    const { admin, tell, turns, webhooks } = world
    await webhooks.createWebhook(admin, { url: one.url, events: ['*'] })
    for (let i = 0; i < 30; i++) await tell(messageEvent(admin.tenantId))
    await turns()
    expect(one.received).toHaveLength(8)
    await current().later(60_000)
    await turns()
    expect(one.received).toHaveLength(9)
    // what comes meanwhile does not wake it
    await tell(messageEvent(admin.tenantId))
    await turns()
    expect(one.received).toHaveLength(9)
    one.answer = say(200)
    await current().later(3_600_000)
    await turns()
    expect(one.received.length).toBe(9 + 31)
  })

  test('takes turns with others: a flood of one tenant, and a receiver that hangs, keep nobody else waiting', async () => {
    const flood = createWebhookWorld(current(), { turnMs: 1 })
    const [flooded, hanging, other] = [await receiver(), await receiver(() => {}), await receiver()]
    await flood.webhooks.createWebhook(flood.admin, { url: flooded.url, events: ['*'] })
    for (let i = 0; i < 60; i++) await flood.tell(messageEvent(flood.admin.tenantId))
    const hung = createWebhookWorld(current())
    await tested(hung, hanging.url)
    const last = createWebhookWorld(current())
    await tested(last, other.url)
    let floodedBefore = -1
    other.answer = (response) => {
      floodedBefore = flooded.received.length
      response.end()
    }
    await flood.turns()
    expect(floodedBefore).toBe(8)
    expect(flooded.received).toHaveLength(60)
  })

  test('that dies between handing over and settling hands over again, with the same id', async () => {
    const world = createWebhookWorld(current())
    const one = await receiver(say(200))
    const webhookId = await tested(world, one.url)
    const { tenantId } = world.admin
    const { webhookLanes } = current().store
    const [taken] = await webhookLanes.take(tenantId, webhookId, 10, 20_000)
    expect(await webhookLanes.take(tenantId, webhookId, 10, 20_000)).toEqual([])
    await world.turns()
    expect(one.received).toEqual([])
    await current().later(21_000)
    await world.turns()
    expect(one.received.map(({ headers }) => headers['webhook-id'])).toEqual([taken!.eventId])
  })

  test('never leaves for an address that only we can reach, whatever its name says', async () => {
    const open = createWebhookWorld(current())
    const inside = await receiver()
    const heard: string[] = []
    const raw = createServer((socket) => {
      heard.push('connected')
      socket.destroy()
    })
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    receivers.push({ close: () => new Promise((resolve) => void raw.close(() => resolve())) })
    const { port } = raw.address() as { port: number }
    // registered while that was allowed, or by a name that has come to lead inside
    const strict = createWebhookWorld({ ...current(), tenant: () => open.admin.tenantId }, { allowPrivate: false })
    const ids = [await tested(open, inside.url), await tested(open, `https://inside.example:${port}/`)]
    await strict.turns()
    for (const webhookId of ids) {
      const { status, answer } = await last(open, webhookId)
      expect([status, answer?.status]).toEqual(['waiting', null])
    }
    expect([inside.received, heard]).toEqual([[], []])
    // where it is allowed, that name does lead inside
    await current().later(60_000)
    await open.turns()
    expect([inside.received.length, heard]).toEqual([1, ['connected']])
  })
})
