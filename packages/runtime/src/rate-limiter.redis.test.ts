import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type OwnedServer, startRedis } from '@parley/testkit'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectRedis } from './connect-redis.ts'
import { createLogger } from './logger.ts'
import { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limiter.ts'

const lines: { level: number; msg: string }[] = []
const log = createLogger({
  name: 'test',
  level: 'info',
  destination: { write: (line) => lines.push(JSON.parse(line)) },
})
/** Longer than any test: no window ends in the middle of one. */
const durationMs = 600_000

let server: OwnedServer
let prefix: string
const clients: Redis[] = []

beforeAll(async () => {
  server = await startRedis({ own: true })
})
beforeEach(() => {
  prefix = `test:${randomUUID()}`
  lines.length = 0
})
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect()
})
afterAll(() => server?.stop())

/** A limiter as another process has it: on a connection of its own. Patient, for machines that are busy with other tests. */
async function another(patienceMs = 10_000): Promise<RateLimiter> {
  const redis = connectRedis(server.url, log)
  clients.push(redis)
  await once(redis, 'ready')
  return createRateLimiter({ redis, prefix, log, patienceMs })
}

/** What became of calls that are all made at once, and how long the slowest took, in milliseconds. */
async function storm(limiters: RateLimiter[], calls: number, rule: RateLimit, key = 'ana') {
  let slowestMs = 0
  const outcomes = Array.from({ length: calls }, async (_, i) => {
    const began = performance.now()
    const passed = await limiters[i % limiters.length]!.consume(rule, key).then(
      () => true,
      () => false,
    )
    slowestMs = Math.max(slowestMs, performance.now() - began)
    return passed
  })
  const passed = (await Promise.all(outcomes)).filter(Boolean).length
  return { passed, slowestMs }
}

/** How many commands Redis has carried out for clients, the parts of scripts left out. */
async function commandsSoFar(): Promise<number> {
  const [client] = clients
  const stats = await client!.info('commandstats')
  return [...stats.matchAll(/cmdstat_(?:evalsha|eval):calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

const keysInRedis = async () => (await clients[0]!.keys(`${prefix}:*`)).length

describe('with Redis', () => {
  test.each([1, 7, 100, 1_000])(
    'two processes together let through a limit of %d, not one more and not one less',
    async (points) => {
      const both = [await another(), await another()]
      expect((await storm(both, 3 * points, { points, durationMs })).passed).toBe(points)
      for (const limiter of both)
        await expect(limiter.consume({ points, durationMs }, 'ana')).rejects.toMatchObject({ code: 'rate_limited' })
    },
  )

  test('calls of different costs never take more than there is', async () => {
    const all = [await another(), await another(), await another()]
    const rule = { points: 500, durationMs }
    let taken = 0
    const calls = Array.from({ length: 300 }, (_, i) => {
      const cost = 1 + (i % 7)
      return all[i % 3]!.consume(rule, 'ana', cost).then(
        () => {
          taken += cost
        },
        () => {},
      )
    })
    await Promise.all(calls)
    expect(taken).toBeLessThanOrEqual(500)
    // what is left with each is less than the dearest call
    expect(taken).toBeGreaterThan(500 - 3 * 7)
  })

  test('what is left of one reservation is used with the next', async () => {
    const limiter = await another()
    const rule = { points: 100, durationMs }
    for (let i = 0; i < 33; i++) await limiter.consume(rule, 'ana', 3)
    await expect(limiter.consume(rule, 'ana', 3)).rejects.toMatchObject({ code: 'rate_limited' })
    await limiter.consume(rule, 'ana', 1)
    await expect(limiter.consume(rule, 'ana', 1)).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('a refusal says when the window of Redis ends, and a process that comes later says the same', async () => {
    const rule = { points: 1, durationMs: 60_000 }
    const [first, second] = [await another(), await another()]
    await first.consume(rule, 'ana')
    for (const limiter of [first, second]) {
      const { retryAfterMs } = await limiter.consume(rule, 'ana').catch((err) => err)
      expect(retryAfterMs).toBeGreaterThan(30_000)
      expect(retryAfterMs).toBeLessThanOrEqual(61_000)
    }
  })

  test('after the told time a process is let through again', async () => {
    const rule = { points: 2, durationMs: 1_000 }
    const [limiter] = [await another()]
    let refusal: { retryAfterMs: number } | undefined
    while (!refusal) await limiter.consume(rule, 'ana').catch((err) => (refusal = err))
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(1_100)
    await new Promise((resolve) => setTimeout(resolve, refusal!.retryAfterMs + 1))
    await limiter.consume(rule, 'ana')
  })

  test('points that a process did not spend in their window are gone with it', async () => {
    const [first, second] = [await another(), await another()]
    const rule = { points: 40, durationMs: 2_000 }
    await first.consume(rule, 'ana')
    await expect.poll(keysInRedis, { timeout: 10_000 }).toBe(0)
    expect((await storm([second], 100, rule)).passed).toBe(40)
    await expect(first.consume(rule, 'ana')).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('1,000 calls one after the other cost 20 commands, and those at once fewer still', async () => {
    const limiter = await another()
    const rule = { points: 1_000, durationMs }
    const before = await commandsSoFar()
    for (let i = 0; i < 1_000; i++) await limiter.consume(rule, 'ana')
    const afterOneByOne = await commandsSoFar()
    expect(afterOneByOne - before).toBeLessThanOrEqual(21)
    expect((await storm([limiter], 1_000, rule, 'ben')).passed).toBe(1_000)
    expect((await commandsSoFar()) - afterOneByOne).toBeLessThanOrEqual(3)
  })

  test('a key that is refused is not asked about again', async () => {
    const limiter = await another()
    const rule = { points: 5, durationMs }
    await storm([limiter], 10, rule)
    const before = await commandsSoFar()
    for (let i = 0; i < 1_000; i++) expect((await storm([limiter], 1, rule)).passed).toBe(0)
    expect((await commandsSoFar()) - before).toBe(0)
  })

  test('what Redis keeps of a key goes with its window', async () => {
    const limiter = await another()
    await limiter.consume({ points: 10, durationMs: 1_000 }, 'ana')
    expect(await keysInRedis()).toBe(1)
    await expect.poll(keysInRedis, { timeout: 10_000 }).toBe(0)
  })
})

describe('without Redis', () => {
  const messages = () => lines.filter(({ level }) => level >= 30).map(({ msg }) => msg)
  const isGone = 'Redis is out of reach: each process counts its own rate limits'
  const isBack = 'Redis is back: rate limits are shared again'

  test.each([
    ['stopped', 'SIGKILL', () => server.restart()],
    ['paused', 'SIGSTOP', () => server.kill('SIGCONT')],
  ] as const)(
    'that is %s each process counts for itself without waiting, and shares again when it is back',
    async (_, signal, mend) => {
      const both = [await another(500), await another(500)]
      const rule = { points: 100, durationMs }
      expect((await storm(both, 50, rule, 'before')).passed).toBe(50)
      await server.kill(signal)
      try {
        // The first who ask find out, and nobody afterwards waits at all.
        for (const limiter of both) expect((await storm([limiter], 1, rule, 'finds out')).slowestMs).toBeLessThan(5_000)
        for (const limiter of both) {
          const { passed, slowestMs } = await storm([limiter], 300, rule)
          expect(passed).toBe(100)
          expect(slowestMs).toBeLessThan(100)
        }
        expect(messages()).toEqual([isGone, isGone])
      } finally {
        await mend()
      }
      await expect.poll(messages, { timeout: 20_000 }).toEqual([isGone, isGone, isBack, isBack])
      expect((await storm(both, 300, rule, 'after')).passed).toBe(100)
      // what was let through meanwhile counts
      expect((await storm(both, 300, rule)).passed).toBe(0)
    },
  )

  test('a process that lets some through by itself tells Redis of them afterwards', async () => {
    const both = [await another(100), await another(100)]
    const rule = { points: 100, durationMs }
    await server.kill('SIGSTOP')
    try {
      for (const limiter of both) {
        const { slowestMs } = await storm([limiter], 1, rule, 'finds out')
        expect(slowestMs).toBeGreaterThan(90)
        expect(slowestMs).toBeLessThan(1_000)
      }
      expect((await storm([both[0]!], 30, rule)).passed).toBe(30)
    } finally {
      await server.kill('SIGCONT')
    }
    await expect.poll(messages, { timeout: 20_000 }).toHaveLength(4)
    expect((await storm([both[0]!], 1, rule)).passed).toBe(1)
    expect((await storm(both, 300, rule)).passed).toBe(69)
  })

  test('that was never there a process counts for itself', async () => {
    const redis = connectRedis('redis://127.0.0.1:1', log)
    clients.push(redis)
    const limiter = createRateLimiter({ redis, prefix, log, patienceMs: 10_000 })
    const { passed, slowestMs } = await storm([limiter], 20, { points: 10, durationMs })
    expect(passed).toBe(10)
    expect(slowestMs).toBeLessThan(5_000)
  })
})
