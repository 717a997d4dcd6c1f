import {
  type Edge,
  MAX_WATCHED,
  ParleyError,
  type Presence,
  type PresenceState,
  unknownPresence,
} from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { ChatSocket } from '../io.ts'
import { createConcurrencyLimit } from '../live/concurrency-limit.ts'
import type { PresenceChange, PresenceRegistry } from './registry.ts'
import type { Person, Standing } from './seat.ts'

/** What happens within this time is asked about together. */
const TOGETHER_MS = 100
const RETRY_MS = 5_000
/** What nobody here was told of, a block or a leave, holds no longer than this. */
const FRESH_MS = 300_000
const LOOK_EVERY_MS = 30_000
const MAX_REQUESTS = 8
/** Whoever watches somebody who comes and goes all the time asks no more often than this in one go. */
const MAX_TRIES = 3

/** That a socket hears of somebody. */
interface Watch {
  readonly person: Person
  readonly socket: ChatSocket
  /** Whether the conversation service says that they may be told of. */
  isSeen: boolean
  /** Something has happened since it said so: nothing is told until it has said so again. */
  isDoubted: boolean
  /** How often something was heard that makes what is being asked old. */
  doubts: number
  changes: number
  lastSeenAt: string | null
  told: Presence
}

interface Watcher {
  watches: Map<string, Watch>
  lookedAt: number
}

export interface WatchesOptions {
  edge: Pick<Edge, 'presenceSeen'>
  registry: Pick<PresenceRegistry, 'listenTo'>
  /** How these are now, as far as anybody can say. */
  statesOf: (people: readonly Person[]) => Promise<PresenceState[]>
  log: Logger
}

const keyOf = ({ tenantId, userId }: Person) => `${tenantId}:${userId}`

/** Who hears of whom on this gateway, and what they were told last. */
export class Watches {
  readonly #options: WatchesOptions
  readonly #watchers = new Map<ChatSocket, Watcher>()
  readonly #byPerson = new Map<string, Set<Watch>>()
  readonly #limit = createConcurrencyLimit(MAX_REQUESTS)
  readonly #doubting = new Set<ChatSocket>()
  #together: NodeJS.Timeout | undefined
  #looking: NodeJS.Timeout | undefined

  constructor(options: WatchesOptions) {
    this.#options = options
  }

  /** Of which of these the socket may know, and how they are: it hears of them from now on. Rejects where they are too many. */
  async watch(socket: ChatSocket, userIds: readonly string[], only: boolean): Promise<Presence[]> {
    const { tenantId } = socket.data.actor
    const wanted = new Set(userIds)
    await this.#options.registry.listenTo(tenantId)
    if (!socket.connected) return userIds.map(unknownPresence)
    // only now: another request of this socket may have been waiting beside this one
    const watches = new Map(this.#watchers.get(socket)?.watches)
    const others = only ? 0 : [...watches.keys()].filter((userId) => !wanted.has(userId)).length
    if (others + wanted.size > MAX_WATCHED)
      throw new ParleyError(
        'quota_exceeded',
        `A socket hears of at most ${MAX_WATCHED} people: ask with "only" for those whom you need now`,
      )
    if (only) for (const [userId, watch] of watches) if (!wanted.has(userId)) this.#remove(watch)
    for (const userId of wanted) if (!watches.has(userId)) this.#add(socket, { tenantId, userId })
    const asked = this.#watchesOf(socket, [...wanted])
    await this.#look(socket, asked, { again: false, isQuiet: true })
    const told = new Map(asked.map((watch) => [watch.person.userId, watch.told]))
    return userIds.map((userId) => told.get(userId) ?? unknownPresence(userId))
  }

  /** The socket is gone. */
  forget(socket: ChatSocket): void {
    for (const watch of this.#watchers.get(socket)?.watches.values() ?? []) this.#remove(watch)
    this.#watchers.delete(socket)
    this.#doubting.delete(socket)
  }

  /** Somebody came or went. */
  changed({ tenantId, userId, standing, at }: PresenceChange): void {
    for (const watch of this.#byPerson.get(keyOf({ tenantId, userId })) ?? []) {
      watch.changes++
      if (standing === null) watch.lastSeenAt = new Date(at).toISOString()
      if (watch.isSeen && !watch.isDoubted) tell(watch, presenceOf(watch, standing ?? 'offline'))
    }
  }

  /** Something has changed between this user and others, or about them alone: of whom they may know, or who of them, is asked again. */
  doubtUser(person: Person, sockets: readonly ChatSocket[], others?: readonly string[]): void {
    for (const socket of sockets)
      for (const watch of this.#watchers.get(socket)?.watches.values() ?? [])
        if (!others || others.includes(watch.person.userId)) this.#doubt(watch)
    for (const watch of this.#byPerson.get(keyOf(person)) ?? [])
      if (!others || others.includes(watch.socket.data.actor.userId)) this.#doubt(watch)
  }

  /** The rules of the tenant are others. */
  doubtTenant(tenantId: string): void {
    for (const [socket, { watches }] of this.#watchers)
      if (socket.data.actor.tenantId === tenantId) for (const watch of watches.values()) this.#doubt(watch)
  }

  /** Changes may have been missed: whoever hears of somebody is told how they are now. */
  refresh(): void {
    for (const [socket, { watches }] of this.#watchers)
      void this.#limit(() => this.#update([...watches.values()], false)).catch((err) =>
        this.#options.log.warn({ err, userId: socket.data.actor.userId }, 'who is there could not be looked up'),
      )
  }

  start(): void {
    this.#looking = setInterval(() => {
      const old = performance.now() - FRESH_MS
      for (const [socket, { lookedAt, watches }] of this.#watchers)
        if (lookedAt < old) void this.#lookAgain(socket, [...watches.values()])
    }, LOOK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#looking)
    clearTimeout(this.#together)
  }

  #add(socket: ChatSocket, person: Person): void {
    const watcher = this.#watchers.get(socket) ?? { watches: new Map(), lookedAt: performance.now() }
    this.#watchers.set(socket, watcher)
    const watch: Watch = {
      ...{ person, socket, isSeen: false, isDoubted: false, doubts: 0, changes: 0, lastSeenAt: null },
      told: unknownPresence(person.userId),
    }
    watcher.watches.set(person.userId, watch)
    const hearing = this.#byPerson.get(keyOf(person)) ?? new Set()
    this.#byPerson.set(keyOf(person), hearing.add(watch))
  }

  #remove(watch: Watch): void {
    const key = keyOf(watch.person)
    this.#watchers.get(watch.socket)?.watches.delete(watch.person.userId)
    const hearing = this.#byPerson.get(key)
    hearing?.delete(watch)
    if (hearing?.size === 0) this.#byPerson.delete(key)
  }

  #watchesOf(socket: ChatSocket, userIds: readonly string[]): Watch[] {
    const watches = this.#watchers.get(socket)?.watches
    return userIds.flatMap((userId) => watches?.get(userId) ?? [])
  }

  #doubt(watch: Watch): void {
    watch.doubts++
    watch.isDoubted = true
    this.#lookSoon(watch.socket)
  }

  #lookSoon(socket: ChatSocket): void {
    this.#doubting.add(socket)
    this.#together ??= setTimeout(() => {
      this.#together = undefined
      const sockets = [...this.#doubting]
      this.#doubting.clear()
      for (const one of sockets) {
        const doubted = [...(this.#watchers.get(one)?.watches.values() ?? [])].filter(({ isDoubted }) => isDoubted)
        if (doubted.length > 0) void this.#lookAgain(one, doubted)
      }
    }, TOGETHER_MS)
  }

  /** While nobody can say whether they may be told of, they are not. Never throws. */
  async #lookAgain(socket: ChatSocket, watches: readonly Watch[]): Promise<void> {
    const watcher = this.#watchers.get(socket)
    if (!watcher) return
    watcher.lookedAt = performance.now()
    try {
      await this.#limit(() => this.#look(socket, watches, { again: true, isQuiet: false }))
    } catch (err) {
      this.#options.log.info({ err }, 'who may be told of could not be asked')
      if (watches.some(({ isDoubted }) => isDoubted)) setTimeout(() => this.#lookSoon(socket), RETRY_MS).unref()
    }
  }

  async #look(
    socket: ChatSocket,
    watches: readonly Watch[],
    { again, isQuiet }: { again: boolean; isQuiet: boolean },
  ): Promise<void> {
    if (watches.length === 0) return
    const doubts = watches.map((watch) => watch.doubts)
    const userIds = watches.map(({ person }) => person.userId)
    const { seen } = await this.#options.edge.presenceSeen(socket.data.actor, { userIds, again })
    const lastSeen = new Map(seen.map(({ userId, lastSeenAt }) => [userId, lastSeenAt]))
    for (const [i, watch] of watches.entries()) {
      const { userId } = watch.person
      watch.isDoubted = watch.doubts !== doubts[i]
      watch.isSeen = lastSeen.has(userId)
      const at = lastSeen.get(userId) ?? null
      // what was heard meanwhile may not be written down yet
      if (!watch.isSeen) watch.lastSeenAt = null
      else if (at !== null && at > (watch.lastSeenAt ?? '')) watch.lastSeenAt = at
    }
    await this.#update(watches, isQuiet)
    for (const watch of watches) if (watch.isDoubted) this.#lookSoon(socket)
  }

  /** Says how those are who may be told of, and of the others that it is not known. */
  async #update(watches: readonly Watch[], isQuiet: boolean): Promise<void> {
    let open = watches
    for (let tries = 0; tries < MAX_TRIES && open.length > 0; tries++) {
      const seen = open.filter(({ isSeen, isDoubted }) => isSeen && !isDoubted)
      const changes = seen.map((watch) => watch.changes)
      const states = seen.length > 0 ? await this.#options.statesOf(seen.map(({ person }) => person)) : []
      const again: Watch[] = []
      for (const [i, watch] of seen.entries()) {
        const state = states[i] ?? 'unknown'
        // whoever has been told how they are is not told that it is unknown: it will be known again
        const isNews = state !== 'unknown' || watch.told.state === 'unknown'
        if (watch.changes !== changes[i]) again.push(watch)
        else if (isNews && watch.isSeen && !watch.isDoubted) tell(watch, presenceOf(watch, state), isQuiet)
      }
      for (const watch of open)
        if (!watch.isSeen && !watch.isDoubted) tell(watch, unknownPresence(watch.person.userId), isQuiet)
      open = again
    }
  }
}

function presenceOf({ person: { userId }, lastSeenAt }: Watch, state: Standing | 'offline' | 'unknown'): Presence {
  const online = state === 'active' || state === 'away'
  return { userId, online, state, lastSeenAt: online ? null : lastSeenAt }
}

/** Quiet: it is said by an answer. */
function tell(watch: Watch, presence: Presence, isQuiet = false): void {
  const { told, socket } = watch
  if (told.state === presence.state && told.lastSeenAt === presence.lastSeenAt) return
  watch.told = presence
  if (!isQuiet) socket.emit('presence_changed', presence)
}
