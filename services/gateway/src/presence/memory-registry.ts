import {
  COUNTS_KEPT_MS,
  type Gone,
  type PresenceChange,
  type PresenceRegistry,
  type PresenceTimes,
  type Whereabouts,
  whereaboutsOf,
} from './registry.ts'
import { type Person, type Seat, type Standing, standingOf } from './seat.ts'

interface Known extends Person {
  /** By gateway. */
  seats: Map<string, Seat>
  /** What was said of them last. */
  told: Standing | null
  /** When they are gone, if they do not come back. */
  goneAt: number | null
}

export interface MemoryRegistryOptions extends PresenceTimes {
  now?: () => number
}

const keyOf = ({ tenantId, userId }: Person) => `${tenantId}:${userId}`

/** The registry of gateways that share a process. Each has its own view of it. */
export function createMemoryRegistry({ lifeMs, graceMs, now = Date.now }: MemoryRegistryOptions): {
  of(gatewayId: string): PresenceRegistry
} {
  const people = new Map<string, Known>()
  /** When each is gone unless it says that it is there. */
  const gateways = new Map<string, number>()
  /** By name, and in it by gateway. */
  const sockets = new Map<string, { by: Map<string, number>; until: number }>()
  const listeners = new Set<(change: PresenceChange) => void>()

  const tell = (known: Known, standing: Standing | null, at: number) => {
    known.told = standing
    const { tenantId, userId } = known
    for (const listener of listeners) listener({ tenantId, userId, standing, at })
  }
  const leave = (key: string, known: Known, at: number): Gone => {
    people.delete(key)
    tell(known, null, at)
    const { tenantId, userId } = known
    return { tenantId, userId, at }
  }
  /** Says what has become of somebody whose seats have changed. */
  const settle = (key: string, known: Known) => {
    const standing = standingOf([...known.seats.values()].map((seat) => seat.standing))
    if (standing !== null) {
      known.goneAt = null
      if (standing !== known.told) tell(known, standing, now())
    } else if (known.told === null) people.delete(key)
    else known.goneAt ??= now() + graceMs
  }

  const sweep = (): Gone[] => {
    const gone: Gone[] = []
    for (const [gatewayId, until] of gateways) {
      if (until > now()) continue
      gateways.delete(gatewayId)
      for (const [key, known] of people) {
        if (!known.seats.delete(gatewayId)) continue
        if (known.seats.size > 0) settle(key, known)
        else gone.push(leave(key, known, until - lifeMs))
      }
    }
    for (const [key, known] of people)
      if (known.goneAt !== null && known.goneAt <= now()) gone.push(leave(key, known, known.goneAt - graceMs))
    return gone
  }

  return {
    of: (gatewayId) => ({
      connected: true,
      async put(seats) {
        if (!gateways.has(gatewayId)) return false
        for (const { tenantId, userId, seat } of seats) {
          const key = keyOf({ tenantId, userId })
          const known = people.get(key) ?? { tenantId, userId, seats: new Map(), told: null, goneAt: null }
          people.set(key, known)
          if (seat) known.seats.set(gatewayId, seat)
          else known.seats.delete(gatewayId)
          settle(key, known)
        }
        return true
      },
      async beat(opts) {
        const known = gateways.has(gatewayId)
        gateways.set(gatewayId, now() + lifeMs)
        return { known, gone: opts.sweep ? sweep() : [], more: false }
      },
      async count(counts) {
        return counts.map(({ name, here }) => {
          const kept = sockets.get(name)
          const by = kept && kept.until > now() ? kept.by : new Map<string, number>()
          if (here > 0) sockets.set(name, { by: by.set(gatewayId, here), until: now() + COUNTS_KEPT_MS })
          else if (by.delete(gatewayId) && by.size === 0) sockets.delete(name)
          const others = [...by].filter(([id]) => id !== gatewayId && (gateways.get(id) ?? 0) > now())
          return others.reduce((sum, [, count]) => sum + count, 0)
        })
      },
      async find(who, { sockets: withSockets } = { sockets: false }) {
        return who.map((person): Whereabouts => {
          const known = people.get(keyOf(person))
          if (!known) return { standing: null, focused: [], sockets: [] }
          const alive = [...known.seats].filter(([id]) => (gateways.get(id) ?? 0) > now()).map(([, seat]) => seat)
          if (alive.length > 0) return { ...whereaboutsOf(alive), ...(!withSockets && { sockets: [] }) }
          const isLeaving = known.goneAt !== null && known.goneAt > now()
          return { standing: isLeaving ? known.told : null, focused: [], sockets: [] }
        })
      },
      async listenTo() {},
      onChange: (listener) => void listeners.add(listener),
      onBack() {},
      async [Symbol.asyncDispose]() {},
    }),
  }
}
