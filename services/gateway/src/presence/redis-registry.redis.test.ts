import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connectRedis, createLogger } from '@parley/runtime'
import { type OwnedServer, startRedis } from '@parley/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { active, describeRegistry, TIMES } from '../../test/presence-registry-conformance.ts'
import { connectRedisRegistry } from './redis-registry.ts'
import { COUNTS_KEPT_MS, type PresenceRegistry } from './registry.ts'
import { SeatKeeper } from './seat-keeper.ts'

const log = createLogger({ name: 'test', level: 'fatal' })
let server: OwnedServer
beforeAll(async () => {
  server = await startRedis({ own: true })
})
afterAll(() => server?.stop())

function open({ now, url = server.url }: { now?: () => number; url?: string } = {}) {
  const prefix = `test:${randomUUID()}`
  const opened: PresenceRegistry[] = []
  return {
    prefix,
    async of(gatewayId: string) {
      const registry = connectRedisRegistry({ url, gatewayId, log, prefix, ...TIMES, ...(now && { now }) })
      opened.push(registry)
      await expect.poll(() => registry.connected).toBe(true)
      return registry
    },
    async [Symbol.asyncDispose]() {
      for (const registry of opened) await registry[Symbol.asyncDispose]()
    },
  }
}

describeRegistry(async (now) => open({ now }))

test('a heartbeat is one command, however many are there, and nothing stays of who is gone', async () => {
  await using registry = open()
  const gateway = await registry.of('one')
  await gateway.beat({ sweep: true })
  const people = Array.from({ length: 2_000 }, (_, i) => ({ tenantId: 't', userId: `user-${i}` }))
  await gateway.put(people.map((person) => ({ ...person, seat: active })))
  const redis = connectRedis(server.url, log)
  await once(redis, 'ready')
  const scripts = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1])
  const before = await scripts()
  await gateway.beat({ sweep: true })
  expect((await scripts()) - before).toBe(1)
  await gateway.put(people.map((person) => ({ ...person, seat: null })))
  // as if the grace were over
  const names = await redis.zrange(`${registry.prefix}:leaving`, '0', '-1')
  await redis.zadd(`${registry.prefix}:leaving`, ...names.flatMap((name) => [1, name]))
  while ((await gateway.beat({ sweep: true })).more);
  expect(await redis.keys(`${registry.prefix}:*`)).toEqual([`${registry.prefix}:gateways`])
  redis.disconnect()
})

test('how many sockets there are is kept for a day from when it was said last, also where it was the same', async () => {
  await using registry = open()
  const gateway = await registry.of('one')
  await gateway.beat({ sweep: false })
  const redis = connectRedis(server.url, log)
  await once(redis, 'ready')
  const key = `${registry.prefix}:sockets:user:t:ana`
  const say = () => gateway.count([{ name: 'user:t:ana', here: 2 }])
  await say()
  await redis.pexpire(key, 60_000)
  await say()
  expect(await redis.pttl(key)).toBeGreaterThan(COUNTS_KEPT_MS - 60_000)
  redis.disconnect()
})

test('a Redis that comes back empty knows no gateway, and each says again whom it has without a word of somebody going', async () => {
  await using own = await startRedis({ own: true })
  await using registry = open({ url: own.url })
  const one = await registry.of('one')
  const other = await registry.of('other')
  const heard: (string | null)[] = []
  const back: string[] = []
  other.onChange(({ standing }) => void heard.push(standing))
  one.onBack(() => void back.push('one'))
  other.onBack(() => void back.push('other'))
  await other.listenTo('t')
  for (const gateway of [one, other]) await gateway.beat({ sweep: true })
  const seats = [{ tenantId: 't', userId: 'ana', seat: active }]
  await one.put(seats)
  await own.kill('SIGKILL')
  await expect.poll(() => one.connected).toBe(false)
  await expect(one.put(seats)).rejects.toThrow()
  await expect(one.beat({ sweep: true })).rejects.toThrow()
  // without waiting for it
  await other.listenTo('t2')
  await own.restart()
  const redis = connectRedis(own.url, log)
  await once(redis, 'ready')
  await redis.flushall()
  redis.disconnect()
  await expect.poll(() => back.sort(), { timeout: 20_000 }).toEqual(['one', 'other'])
  expect(await one.put(seats)).toBe(false)
  expect(await other.beat({ sweep: true })).toEqual({ known: false, gone: [], more: false })
  expect((await one.beat({ sweep: true })).known).toBe(false)
  expect(await one.put(seats)).toBe(true)
  await expect.poll(() => heard).toEqual(['active', 'active'])
  expect((await other.find(seats))[0]?.standing).toBe('active')
})

test('gateways find by themselves that a Redis came back empty', async () => {
  await using own = await startRedis({ own: true })
  await using registry = open({ url: own.url })
  const [one, other] = [await registry.of('one'), await registry.of('other')]
  const ana = { tenantId: 't', userId: 'ana' }
  const heard: (string | null)[] = []
  other.onChange(({ standing }) => void heard.push(standing))
  await other.listenTo('t')
  const keepers = [one, other].map(
    (gateway) => new SeatKeeper({ registry: gateway, heartbeatMs: 100, graceMs: TIMES.graceMs, onGone: () => {}, log }),
  )
  for (const keeper of keepers) await keeper.start()
  keepers[0]!.enter(ana, {}, { id: 'x1', sessionId: 's', userAgent: null, connectedAt: 1, lookedAt: null })
  await expect.poll(() => heard).toEqual(['active'])
  await own.kill('SIGKILL')
  await expect.poll(() => other.connected).toBe(false)
  await own.restart()
  await expect.poll(() => heard, { timeout: 20_000 }).toEqual(['active', 'active'])
  expect((await other.find([ana]))[0]?.standing).toBe('active')
  for (const keeper of keepers) await keeper.close()
})
