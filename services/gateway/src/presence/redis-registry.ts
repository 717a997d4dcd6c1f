import { shardOf } from '@parley/contracts'
import { connectRedis, type Logger } from '@parley/runtime'
import { BEAT, COUNT, FIND, PUT } from './redis-scripts.ts'
import { type PresenceChange, type PresenceRegistry, type PresenceTimes, whereaboutsOf } from './registry.ts'
import { type Person, seatText, toSeat } from './seat.ts'

/** People whom one script looks at. */
const AT_ONCE = 500

export interface RedisRegistryOptions extends PresenceTimes {
  url: string
  gatewayId: string
  log: Logger
  /** Before every key and channel: gateways of one system have the same. */
  prefix?: string
  /** For tests, in epoch milliseconds; left out, the time of Redis. */
  now?: () => number
}

type Script = (prefix: string, ...args: (string | number)[]) => Promise<unknown>

const nameOf = ({ tenantId, userId }: Person) => `${shardOf(tenantId)}:${tenantId}:${userId}`

/** Tenants have no colon in their names, whatever user ids hold. */
function toPerson(name: string): Person {
  const [, tenantId] = name.split(':', 2)
  return { tenantId: tenantId!, userId: name.slice(name.indexOf(':', name.indexOf(':') + 1) + 1) }
}

/** The registry of gateways that share a Redis. While it is out of reach its calls fail at once. */
export function connectRedisRegistry(options: RedisRegistryOptions): PresenceRegistry {
  const { url, gatewayId, log, prefix = 'parley:presence', lifeMs, graceMs, now = () => 0 } = options
  const client = connectRedis(url, log)
  // What it subscribes to before it is connected is not lost, and is asked for again whenever the connection was.
  const subscriber = connectRedis(url, log, { enableOfflineQueue: true, maxRetriesPerRequest: null })
  const scripts = Object.entries({ putSeats: PUT, beatPresence: BEAT, findPresence: FIND, countSockets: COUNT })
  for (const [name, lua] of scripts) client.defineCommand(name, { lua, numberOfKeys: 1 })
  // what defineCommand has made
  const { putSeats, beatPresence, findPresence, countSockets } = client as unknown as Record<string, Script>
  const call = (script: Script | undefined, ...args: (string | number)[]) =>
    script!.call(client, prefix, now(), gatewayId, lifeMs, graceMs, ...args)

  const changed: ((change: PresenceChange) => void)[] = []
  const back: (() => void)[] = []
  const subscribed = new Map<string, Promise<unknown>>()
  let wasLost = false
  for (const one of [client, subscriber]) {
    one.on('close', () => {
      wasLost = true
    })
    one.on('ready', () => {
      if (!wasLost || client.status !== 'ready' || subscriber.status !== 'ready') return
      wasLost = false
      for (const listener of back) listener()
    })
  }
  subscriber.on('message', (_channel: string, text: string) => {
    const [standing, at] = text.split(' ', 2)
    const person = toPerson(text.slice(standing!.length + at!.length + 2))
    const known = standing === 'active' || standing === 'away' ? standing : null
    const change: PresenceChange = { ...person, standing: known, at: Number(at) }
    for (const listener of changed) listener(change)
  })

  return {
    get connected() {
      return client.status === 'ready' && subscriber.status === 'ready'
    },
    async put(seats) {
      for (let i = 0; i < seats.length; i += AT_ONCE) {
        const some = seats
          .slice(i, i + AT_ONCE)
          .flatMap(({ seat, ...person }) => [nameOf(person), seat ? seatText(seat) : ''])
        if ((await call(putSeats, ...some)) === 0) return false
      }
      return true
    },
    async beat({ sweep }) {
      const [known, more, ...swept] = (await call(beatPresence, sweep ? AT_ONCE : 0)) as [number, number, ...string[]]
      const gone = []
      for (let i = 0; i < swept.length; i += 2) gone.push({ ...toPerson(swept[i]!), at: Number(swept[i + 1]) })
      return { known: known === 1, gone, more: more === 1 }
    },
    async count(sockets) {
      return (await call(countSockets, ...sockets.flatMap(({ name, here }) => [name, here]))) as number[]
    },
    async find(people, { sockets } = { sockets: false }) {
      const found: string[] = []
      for (let i = 0; i < people.length; i += AT_ONCE)
        found.push(
          ...((await call(findPresence, sockets ? 1 : 0, ...people.slice(i, i + AT_ONCE).map(nameOf))) as string[]),
        )
      return found.map((seats) => whereaboutsOf(seats === '' ? [] : seats.split(' ').map(toSeat)))
    },
    async listenTo(tenantId) {
      const channel = `${prefix}:changes:${shardOf(tenantId)}`
      let subscribing = subscribed.get(channel)
      if (!subscribing) {
        subscribing = subscriber.subscribe(channel)
        subscribed.set(channel, subscribing)
        subscribing.catch(() => subscribed.delete(channel))
      }
      // one that is out of reach hears of nothing, and is subscribed when it is back
      if (subscriber.status === 'ready') await subscribing
    },
    onChange: (listener) => void changed.push(listener),
    onBack: (listener) => void back.push(listener),
    async [Symbol.asyncDispose]() {
      client.disconnect()
      subscriber.disconnect()
    },
  }
}
