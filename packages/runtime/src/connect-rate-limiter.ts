import { connectRedis } from './connect-redis.ts'
import type { HealthOptions } from './health.ts'
import type { Logger } from './logger.ts'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'

/** A rate limiter with the connection that it counts over. */
export interface ConnectedRateLimiter extends RateLimiter, AsyncDisposable {
  /** Of `/readyz`: without its Redis the process goes on, and counts for itself. */
  checks: HealthOptions['checks']
}

export interface ConnectRateLimiterOptions {
  /** REDIS_URL; without it this process counts for itself. */
  url: string | undefined
  log: Logger
  /** Before every key in Redis: processes with the same prefix share their limits. */
  prefix?: string
}

/** The rate limiter of a process, on a connection of its own: see `createRateLimiter`. */
export function connectRateLimiter({ url, log, prefix }: ConnectRateLimiterOptions): ConnectedRateLimiter {
  const redis = url === undefined ? undefined : connectRedis(url, log)
  const { consume } = createRateLimiter({ redis, log, ...(prefix !== undefined && { prefix }) })
  const check = () => {
    if (redis?.status !== 'ready') throw new Error('not connected: each process counts its own rate limits')
  }
  return {
    consume,
    checks: redis ? { redis: { optional: true, check } } : {},
    async [Symbol.asyncDispose]() {
      await redis?.[Symbol.asyncDispose]()
    },
  }
}
