import { createInProcessBus, publishTopic, serveTopic } from '@parley/bus'
import { encodeLiveEnvelope, type LiveEntry, shardOf, subjects, topics } from '@parley/contracts'
import { createLogger } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createLiveSubscriber } from './live-subscriber.ts'

const TENANT = 'acme'
const shard = shardOf(TENANT)
const log = createLogger({ name: 'test', level: 'silent' })

const began = (number: number): LiveEntry => ({
  tenantId: TENANT,
  conversationId: `019a4000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  seq: 0,
  rev: 1,
  span: 1,
  aboutSeq: 0,
  audience: { version: null, userIds: ['ana'] },
  event: 'new_conversation',
  json: '{}',
})

/** A gateway whose bus comes back when it is told to, what it accepts, and whom it tells to sync. */
async function startGateway() {
  const bus = createInProcessBus()
  const reconnectListeners: (() => void)[] = []
  bus.onReconnect = (listener) => {
    reconnectListeners.push(listener)
    return async () => {}
  }
  const accepted: { conversationId: string; late: boolean }[] = []
  const told: { everybody: boolean }[] = []
  const subscriber = createLiveSubscriber({
    bus,
    lines: {
      accept: ({ conversationId }, late = false) => void accepted.push({ conversationId, late }),
      compareHeads: async () => {},
      resyncUsers: async (everybody) => void told.push({ everybody }),
    },
    meter: { told() {}, healed() {}, dropped() {} },
    log,
  })
  await subscriber.start()
  await subscriber.listenTo(TENANT)
  return {
    bus,
    accepted,
    told,
    reconnect: () => {
      for (const listener of reconnectListeners) listener()
    },
    pulse: (publisherId: string, number: number) =>
      publishTopic(bus, topics.pulse, { publisherId, numbers: { [shard]: number }, bye: false }),
    async [Symbol.asyncDispose]() {
      await subscriber.close()
      await bus[Symbol.asyncDispose]()
    },
  }
}

/** A publisher that still has all its envelopes. */
const keepEnvelopes = ({ bus }: Awaited<ReturnType<typeof startGateway>>, id: string) =>
  serveTopic(
    bus,
    topics.replay(id),
    'replay',
    ({ from, to }, reply) => {
      for (let number = from; number <= to; number++) reply(encodeLiveEnvelope(id, number, [began(number)]))
    },
    log,
  )
const idsOf = (...numbers: number[]) => numbers.map((number) => began(number).conversationId)

test('what a publisher told that began while the connection was lost is asked for from its first on', async () => {
  await using gateway = await startGateway()
  const { bus, accepted } = gateway
  await keepEnvelopes(gateway, 'pulsing')
  await keepEnvelopes(gateway, 'telling')
  gateway.reconnect()
  gateway.pulse('pulsing', 2)
  await expect.poll(() => accepted.map(({ conversationId }) => conversationId)).toEqual(idsOf(1, 2))
  bus.publish(subjects.live(shard), encodeLiveEnvelope('telling', 5, [began(5)]))
  await expect
    .poll(() =>
      accepted
        .slice(2)
        .map(({ conversationId }) => conversationId)
        .sort(),
    )
    .toEqual(idsOf(1, 2, 3, 4, 5))
  expect(accepted.filter(({ late }) => !late).map(({ conversationId }) => conversationId)).toEqual(idsOf(5))
})

test('and one that was there before this gateway listened is not', async () => {
  await using gateway = await startGateway()
  await keepEnvelopes(gateway, 'old')
  gateway.pulse('old', 3)
  await new Promise((resolve) => setTimeout(resolve, 50))
  gateway.reconnect()
  gateway.pulse('old', 4)
  await expect.poll(() => gateway.accepted.map(({ conversationId }) => conversationId)).toEqual(idsOf(4))
})

test('where a publisher ended while the connection was lost everybody syncs, and where it only fell silent not', async () => {
  await using gateway = await startGateway()
  gateway.pulse('silent', 3)
  await expect.poll(() => gateway.told, { timeout: 10_000 }).toEqual([{ everybody: false }])
  gateway.pulse('ended', 3)
  await new Promise((resolve) => setTimeout(resolve, 50))
  gateway.reconnect()
  await expect.poll(() => gateway.told.at(-1), { timeout: 15_000 }).toEqual({ everybody: true })
}, 30_000)
