import type { Edge, Presence, PresenceDesk, PresenceState, SetPresence, WatchPresence } from '@parley/contracts'
import { type Logger, subsystem } from '@parley/runtime'
import { type ChatServer, type ChatSocket, socketsOf } from '../io.ts'
import { gatewayActor } from '../live/gateway-actor.ts'
import { connectedSessions } from './connected-sessions.ts'
import type { Gone, PresenceRegistry, PresenceTimes } from './registry.ts'
import { type Person, standingOf } from './seat.ts'
import { SeatKeeper } from './seat-keeper.ts'
import { Watches } from './watches.ts'

export interface PresenceSettings extends PresenceTimes {
  heartbeatMs: number
}
/** A gateway that has not said for three heartbeats that it is there is gone. The grace is longer than a client takes to come back. */
export const PRESENCE_SETTINGS: PresenceSettings = { heartbeatMs: 15_000, lifeMs: 45_000, graceMs: 8_000 }

/** Whoever is there for long is written down as seen this often, for when everything is lost at once. */
const WRITE_DOWN_MS = 600_000
const USERS_PER_REQUEST = 500
/** As long as a gateway that ends waits for that: its sockets are still to be moved, within the time that it has. */
const CLOSING_MS = 2_000
/** Browsers need about half of it. */
const MAX_USER_AGENT = 200
/** People of whom nobody took when they were seen, while the conversation service is away. */
const MAX_UNWRITTEN = 10_000

export interface PresenceOptions {
  io: ChatServer
  edge: Pick<Edge, 'presenceSeen' | 'lastSeen'>
  registry: PresenceRegistry
  settings: PresenceSettings
  log: Logger
}

/** Who is there: what this gateway's sockets say of themselves and hear of others, and what services ask. */
export function createPresence({ io, edge, registry, settings, log }: PresenceOptions) {
  const { heartbeatMs, graceMs } = settings
  let unwritten: Gone[] = []
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let refreshing: NodeJS.Timeout | undefined

  /** What cannot be written down now is tried again with the next. */
  const writeDown = async () => {
    const some = unwritten
    unwritten = []
    const tenants = new Map<string, Gone[]>()
    for (const gone of some) {
      const known = tenants.get(gone.tenantId)
      if (known) known.push(gone)
      else tenants.set(gone.tenantId, [gone])
    }
    for (const [tenantId, people] of tenants)
      for (let i = 0; i < people.length; i += USERS_PER_REQUEST) {
        const part = people.slice(i, i + USERS_PER_REQUEST)
        const users = part.map(({ userId, at }) => ({ userId, at: new Date(at).toISOString() }))
        await edge.lastSeen(gatewayActor(tenantId), { users }).catch((err) => {
          log.info({ err }, 'when users were there last could not be written down')
          unwritten = [...part, ...unwritten].slice(0, MAX_UNWRITTEN)
        })
      }
  }
  const write = async (gone: readonly Gone[]) => {
    unwritten.push(...gone)
    writing ??= writeDown().finally(() => {
      writing = undefined
    })
    await writing
  }

  const keeper = new SeatKeeper({ registry, heartbeatMs, graceMs, onGone: (gone) => void write(gone), log })
  const statesOf = async (people: readonly Person[]): Promise<PresenceState[]> => {
    if (people.length === 0) return []
    const found = await registry.find(people).catch(() => undefined)
    return people.map((person, i) => {
      const there = found?.[i]?.standing
      // Where the registry knows all, it alone counts: of whoever comes and goes before it has heard of them, nobody is told.
      const here = found && !keeper.isSettling ? undefined : keeper.seatOf(person)?.standing
      const known = standingOf([...(here ? [here] : []), ...(there ? [there] : [])])
      // whoever is in no registry is not there, unless it has only just come back
      return known ?? (found && !keeper.isSettling ? 'offline' : 'unknown')
    })
  }
  const watches = new Watches({ edge, registry, statesOf, log: subsystem(log, 'watches') })
  registry.onChange((change) => watches.changed(change))
  registry.onBack(() => {
    clearTimeout(refreshing)
    // once all gateways have said again whom they have
    refreshing = setTimeout(() => watches.refresh(), heartbeatMs + graceMs)
  })

  const atMost = (work: Promise<void>) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING_MS)
    })
    return Promise.race([work, late]).finally(() => clearTimeout(timer))
  }

  const hereNow = (): Gone[] => keeper.people().map((person) => ({ ...person, at: Date.now() }))

  const desk: PresenceDesk = {
    statesOf: async ({ tenantId }, { userIds }) => ({
      states: await statesOf(userIds.map((userId) => ({ tenantId, userId }))),
    }),
    async lookingAt({ tenantId }, { places }) {
      const people = places.map(({ userId }) => ({ tenantId, userId }))
      const found = await registry.find(people).catch(() => undefined)
      const looksAt = (conversationId: string, i: number) =>
        [found?.[i], keeper.seatOf(people[i]!)].some((seat) => seat?.focused.includes(conversationId))
      return { looking: places.map(({ conversationId }, i) => looksAt(conversationId, i)) }
    },
    async sessionsOf({ tenantId }, { userId }) {
      const person = { tenantId, userId }
      const found = await registry.find([person], { sockets: true }).catch(() => undefined)
      // who has only just come is not in the registry yet
      const sockets = [...(keeper.seatOf(person)?.sockets ?? []), ...(found?.[0]?.sockets ?? [])]
      return {
        sessions: connectedSessions(sockets, Date.now()),
        complete: found !== undefined && !keeper.isSettling,
      }
    },
  }

  return {
    desk,
    /** A socket is connected. */
    enter(socket: ChatSocket): void {
      const { actor } = socket.data
      const { id, handshake } = socket
      keeper.enter(actor, socket, {
        ...{ id, sessionId: actor.sessionId ?? id, connectedAt: handshake.issued, lookedAt: null },
        userAgent: handshake.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
      })
      socket.once('disconnect', () => {
        keeper.leave(actor, socket)
        watches.forget(socket)
      })
    },
    /** A socket goes on with another token. */
    refreshed(socket: ChatSocket): void {
      const { actor } = socket.data
      keeper.setSession(actor, socket, actor.sessionId ?? socket.id)
    },
    get: (socket: ChatSocket, { userIds, only = false }: WatchPresence): Promise<Presence[]> =>
      watches.watch(socket, userIds, only),
    set(socket: ChatSocket, { state, conversationId = null }: SetPresence): void {
      keeper.set(socket.data.actor, socket, { standing: state, focused: conversationId })
    },
    /** What others may know of a user, or the user of them, may be otherwise now; with `others`, of these and no one else. */
    userChanged(tenantId: string, userId: string, others?: readonly string[]): void {
      const person = { tenantId, userId }
      watches.doubtUser(person, socketsOf(io, tenantId, userId), others)
    },
    tenantChanged: (tenantId: string) => watches.doubtTenant(tenantId),
    async start() {
      watches.start()
      await keeper.start()
      timer = setInterval(() => void write(hereNow()), WRITE_DOWN_MS)
    },
    /** Before the sockets are moved away: whoever does not come back was there until now. */
    async closing() {
      clearInterval(timer)
      // what is being written down takes nobody else along
      await atMost(Promise.resolve(writing).then(() => write(hereNow())))
    },
    async close() {
      clearTimeout(refreshing)
      watches.close()
      await keeper.close()
    },
  }
}
