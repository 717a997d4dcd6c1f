import { createInProcessBus } from '@parley/bus'
import { encodeLiveEnvelope, headOnly, shardOf, subjects } from '@parley/contracts'
import { createLogger, createMeters, createMetrics } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createLiveSubscriber } from './live/live-subscriber.ts'
import { createGatewayMeter } from './meter.ts'

const none = { sockets: () => 0, users: () => 0, rooms: () => 0, lines: () => 0 }

function metered() {
  const registry = createMetrics()
  const meter = createGatewayMeter(createMeters(registry), none)
  const seriesOf = async (series: string) =>
    Number(
      (await registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  return { meter, seriesOf }
}

test('from commit to emit is told once for each envelope that says when it was committed, and is never less than nothing', async () => {
  const { meter, seriesOf } = metered()
  const name = 'parley_gateway_commit_to_emit_seconds'
  const told = (committedAt: number) => meter.told({ publisherId: 'p', number: 1, entries: [], committedAt })
  told(0)
  expect(await seriesOf(`${name}_count`)).toBe(0)
  told(Date.now() - 60_000)
  // by a clock that is ahead of ours
  told(Date.now() + 60_000)
  expect(await seriesOf(`${name}_count`)).toBe(2)
  expect(await seriesOf(`${name}_bucket{le="0.002"}`)).toBe(1)
  expect(await seriesOf(`${name}_bucket{le="5"}`)).toBe(1)
  expect(await seriesOf(`${name}_sum`)).toBeGreaterThanOrEqual(60)
})

test('what is missed and asked for again, and what cannot be read, is counted', async () => {
  const { meter, seriesOf } = metered()
  await using bus = createInProcessBus()
  const lines = { accept() {}, compareHeads: async () => {}, resyncUsers: async () => {} }
  const log = createLogger({ name: 'test', level: 'silent' })
  const subscriber = createLiveSubscriber({ bus, lines, meter, log })
  await subscriber.start()
  await subscriber.listenTo('acme')
  const shard = subjects.live(shardOf('acme'))
  const entry = headOnly('acme', { conversationId: '019a4000-0000-7000-8000-000000000001', seq: 1, rev: 0 })
  const publish = (number: number) => bus.publish(shard, encodeLiveEnvelope('p', number, [entry, entry]))
  publish(1)
  publish(4)
  bus.publish(shard, Buffer.from('no envelope'))
  await expect.poll(() => seriesOf('parley_gateway_drops_total{what="envelope"}')).toBe(1)
  expect(await seriesOf('parley_gateway_heals_total{how="replay"}')).toBe(2)
  // nobody is there to repeat them
  await expect.poll(() => seriesOf('parley_gateway_heals_total{how="compare"}')).toBe(1)
  expect(await seriesOf('parley_gateway_envelope_entries_sum')).toBe(4)
  await subscriber.close()
})
