import { ParleyError } from '@parley/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from './logger.ts'
import { createRateLimiter, type RateLimit, type RateLimiter } from './rate-limiter.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const rule = { points: 3, durationMs: 10_000 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** How many of so many calls are let through. */
async function passes(limiter: RateLimiter, calls: number, key = 'ana', limit: RateLimit = rule): Promise<number> {
  let passed = 0
  for (let i = 0; i < calls; i++) {
    await limiter.consume(limit, key).then(
      () => passed++,
      () => {},
    )
  }
  return passed
}

test('as many as the rule says go through, and the next is told how long to wait', async () => {
  const limiter = createRateLimiter({ log })
  expect(await passes(limiter, 3)).toBe(3)
  vi.advanceTimersByTime(2_500)
  const refusal = await limiter.consume(rule, 'ana').catch((err: unknown) => err)
  expect(refusal).toBeInstanceOf(ParleyError)
  expect(refusal).toMatchObject({
    code: 'rate_limited',
    message: 'Too many requests: try again in 8 s',
    retryAfterMs: 7_500,
  })
})

test('when the told time has passed there is a whole window again, and not before', async () => {
  const limiter = createRateLimiter({ log })
  await passes(limiter, 1)
  vi.advanceTimersByTime(4_000)
  expect(await passes(limiter, 5)).toBe(2)
  vi.advanceTimersByTime(5_999)
  expect(await passes(limiter, 5)).toBe(0)
  vi.advanceTimersByTime(1)
  expect(await passes(limiter, 5)).toBe(3)
})

test('what one window did not use is not kept for the next', async () => {
  const limiter = createRateLimiter({ log })
  await passes(limiter, 1)
  vi.advanceTimersByTime(30_000)
  expect(await passes(limiter, 5)).toBe(3)
})

test('keys and rules are counted apart', async () => {
  const limiter = createRateLimiter({ log })
  expect(await passes(limiter, 5, 'ana')).toBe(3)
  expect(await passes(limiter, 5, 'ben')).toBe(3)
  expect(await passes(limiter, 5, 'ana', { points: 4, durationMs: 60_000 })).toBe(4)
  expect(await passes(limiter, 5, '__proto__')).toBe(3)
})

test('a call may cost more than one point, and takes all of them or none', async () => {
  const limiter = createRateLimiter({ log })
  const ten = { points: 10, durationMs: 10_000 }
  await limiter.consume(ten, 'ana', 7)
  await expect(limiter.consume(ten, 'ana', 4)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 10_000 })
  await limiter.consume(ten, 'ana', 3)
  await expect(limiter.consume(ten, 'ana')).rejects.toMatchObject({ code: 'rate_limited' })
})

test('what costs more than a whole window is refused and uses nothing up', async () => {
  const limiter = createRateLimiter({ log })
  await expect(limiter.consume(rule, 'ana', 4)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 10_000 })
  expect(await passes(limiter, 5)).toBe(3)
})

test('past the keys that it remembers the eldest begin anew, and those that are over go first', async () => {
  const limiter = createRateLimiter({ log, maxKeys: 100 })
  const short = { points: 1, durationMs: 1_000 }
  await passes(limiter, 3, 'ana')
  for (let i = 0; i < 99; i++) await limiter.consume(short, `old ${i}`)
  vi.advanceTimersByTime(1_000)
  for (let i = 0; i < 99; i++) await limiter.consume(short, `new ${i}`)
  expect(await passes(limiter, 1, 'ana')).toBe(0)
  expect(await passes(limiter, 1, 'new 98', short)).toBe(0)
  for (let i = 0; i < 100; i++) await limiter.consume(short, `flood ${i}`)
  expect(await passes(limiter, 5, 'ana')).toBe(3)
  expect(await passes(limiter, 1, 'flood 99', short)).toBe(0)
})
