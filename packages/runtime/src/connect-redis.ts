import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from './logger.ts'

/** A Redis that says nothing for this long is taken for gone, and another connection is tried. */
const SILENCE_MS = 5_000

const REFUSALS = /WRONGPASS|NOAUTH|NOPERM|invalid (username-)?password|without any password/i

/**
 * A client for what is about the moment, and worth nothing later: while Redis is out of reach its commands fail at once.
 * It comes back by itself. Who uses it says what its absence means; here it is only worth a debug line.
 */
export function connectRedis(
  url: string,
  log: Logger,
  options: Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest'> = {},
): Redis & AsyncDisposable {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    ...options,
  })
  let isRefused = false
  client.on('error', (err) => {
    log.debug({ err }, 'Redis connection failed')
    if (isRefused || !REFUSALS.test(err.message)) return
    isRefused = true
    const { host, port } = client.options
    log.error(`Redis at ${host}:${port} refuses the user or password. Correct them in REDIS_URL, or in the server`)
  })
  client.on('ready', () => {
    isRefused = false
  })
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.disconnect()
    },
  })
}
