import { connectRedis, type Logger } from '@parley/runtime'
import { createAdapter } from '@socket.io/redis-adapter'
import type { ServerOptions } from 'socket.io'

export interface EphemeralAdapter extends AsyncDisposable {
  adapter: NonNullable<ServerOptions['adapter']>
  readonly connected: boolean
}

export interface EphemeralOptions {
  /** What the names of its Redis channels start with. Default: `socket.io`. Gateways of one system have the same. */
  key?: string
}

/**
 * Carries between gateways what is about the moment: typing, presence, rooms. Messages never depend on it: with Redis down
 * they flow, and this part is confined to each gateway's own sockets until it is back.
 */
export function connectEphemeralAdapter(url: string, log: Logger, options: EphemeralOptions = {}): EphemeralAdapter {
  const publisher = connectRedis(url, log)
  // What it subscribes to before it is connected is not lost, and is asked for again whenever the connection was.
  const subscriber = connectRedis(url, log, { enableOfflineQueue: true, maxRetriesPerRequest: null })
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
  // Nor at those of its subscriptions. One that Redis refused, for a password that is put right later, is asked for again.
  keepSubscribed(subscriber)
  return {
    adapter: createAdapter(publisher, subscriber, { ...options, requestsTimeout: 1_000 }) as NonNullable<
      ServerOptions['adapter']
    >,
    get connected() {
      return publisher.status === 'ready' && subscriber.status === 'ready'
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}

type Subscribe = (...names: string[]) => Promise<unknown>

/** The client subscribes again by itself to what it was subscribed to, but not to what was refused. */
function keepSubscribed(client: ReturnType<typeof connectRedis>): void {
  for (const [command, opposite] of [
    ['subscribe', 'unsubscribe'],
    ['psubscribe', 'punsubscribe'],
  ] as const) {
    const wanted = new Set<string>()
    const ask = client[command].bind(client) as Subscribe
    const leave = client[opposite].bind(client) as Subscribe
    client[command] = (async (...given: (string | string[])[]) => {
      const names = given.flat()
      for (const name of names) wanted.add(name)
      return ask(...names).catch(() => 0)
    }) as never
    client[opposite] = (async (...given: (string | string[])[]) => {
      const names = given.flat()
      for (const name of names) wanted.delete(name)
      return leave(...names).catch(() => 0)
    }) as never
    client.on('ready', () => {
      if (wanted.size > 0) ask(...wanted).catch(() => 0)
    })
  }
}
