import type { Logger } from '@parley/runtime'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import type { ServerOptions } from 'socket.io'

export interface EphemeralAdapter extends AsyncDisposable {
  adapter: NonNullable<ServerOptions['adapter']>
  readonly connected: boolean
}

/**
 * Carries between gateways what is about the moment: typing, presence, rooms. Messages never depend on it: with Redis down
 * they flow, and this part is confined to each gateway's own sockets until it is back.
 */
export function connectEphemeralAdapter(url: string, log: Logger): EphemeralAdapter {
  const publisher = new Redis(url, {
    // What is about this moment is worth nothing later: fail at once instead of queueing it.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  })
  const subscriber = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  })
  let down = false
  for (const client of [publisher, subscriber]) {
    client.on('error', (err) => {
      if (!down) log.warn({ err }, 'Redis is out of reach: typing and presence stay on each gateway')
      down = true
    })
    client.on('ready', () => {
      if (down) log.info('Redis is back')
      down = false
    })
  }
  // The adapter does not look at the promise; a lost publish must not become an unhandled rejection.
  const publish = publisher.publish.bind(publisher)
  publisher.publish = ((...args: Parameters<typeof publish>) =>
    publish(...args).catch(() => 0)) as typeof publisher.publish
  return {
    adapter: createAdapter(publisher, subscriber, { requestsTimeout: 1_000 }) as NonNullable<ServerOptions['adapter']>,
    get connected() {
      return publisher.status === 'ready' && subscriber.status === 'ready'
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
