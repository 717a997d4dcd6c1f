import {
  type Counters,
  type Edge,
  type Head,
  headBefore,
  headOnly,
  type LiveEntry,
  positionOf,
  type ServerEventName,
  type Session,
} from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { type Emit, userRoom } from '../io.ts'
import type { GatewayMeter } from '../meter.ts'
import type { Audiences } from './audiences.ts'
import { Backfiller } from './backfiller.ts'
import { createConcurrencyLimit } from './concurrency-limit.ts'
import { Deliverer } from './deliverer.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { Line } from './line.ts'
import { isNotFound, LineMembers, RETRY_AUDIENCE_MS } from './line-members.ts'
import { LineRegistry } from './line-registry.ts'
import { LineSequencer } from './line-sequencer.ts'
import { subjectOf } from './live-entries.ts'
import type { LocalUsers } from './local-users.ts'
import type { RecentLeaves } from './recent-leaves.ts'
import { Redelivery } from './redelivery.ts'

/** A gateway that was away finds all its conversations behind at once. */
const MAX_REQUESTS = 32
const HEADS_PER_REQUEST = 500
/** Gateways that compare heads for the same reason do so spread over this time. */
const COMPARE_SPREAD_MS = 300
/** Users who are told to resync at a time, and the pause between. */
const RESYNC_AT_ONCE = 100
const RESYNC_PAUSE_MS = 20

/** What happens in a conversation that says who may write there. */
const CHANGES: ReadonlySet<string> = new Set<ServerEventName>([
  'conversation_updated',
  'participant_joined',
  'participant_left',
])

export interface LinesOptions {
  edge: Edge
  audiences: Audiences
  users: LocalUsers
  recentLeaves: RecentLeaves
  emit: Emit
  /** Who is in a conversation, or what it is, has changed. */
  onChanged: (conversationId: string) => void
  /** A user has left a conversation: their sockets leave its room. */
  onLeave: (room: string, conversationId: string) => void
  meter?: Pick<GatewayMeter, 'healed' | 'dropped'>
  log: Logger
}

interface Arrival {
  entry: LiveEntry
  redelivered: boolean
}

/**
 * The order of what sockets hear. Every entry of a conversation is delivered when it is next in line: one that is early is
 * buffered while the gap before it is backfilled, one that is past has been delivered. So a client that only appends shows
 * the right order, each once.
 *
 * A conversation has a line while it has listeners: users here whose session named it, or to whom something of it was
 * delivered. Whoever else turns out to be in it has missed something, nobody knows what: they listen from there on, and are
 * told to resync. What was committed before a socket was `ready` is not owed to it, for clients load or sync then.
 */
export class Lines {
  readonly #options: LinesOptions
  readonly #emit: Emit
  readonly #redelivery = new Redelivery()
  readonly #registry = new LineRegistry(this.#redelivery)
  readonly #members: LineMembers
  readonly #deliverer: Deliverer
  readonly #sequencer: LineSequencer
  /** What came of conversations without a line while the audience of their first entry is asked for. */
  readonly #waiting = new Map<string, Arrival[]>()

  constructor(options: LinesOptions) {
    const emit: Emit = (rooms, event, data) => {
      if (rooms.length === 0) return
      options.users.tell(rooms)
      options.emit(rooms, event, data)
    }
    const redelivery = this.#redelivery
    const registry = this.#registry
    const limit = createConcurrencyLimit(MAX_REQUESTS)
    const members = new LineMembers({ ...options, emit, limit, registry })
    const deliverer = new Deliverer({ ...options, emit, members, registry })
    const backfiller = new Backfiller({ ...options, emit, limit, members, registry })
    this.#options = options
    this.#emit = emit
    this.#members = members
    this.#deliverer = deliverer
    this.#sequencer = new LineSequencer({ ...options, members, deliverer, backfiller, redelivery })
    redelivery.onDue((entry) => this.accept(entry, true))
    options.users.onGone((room) => this.#removeUser(room))
  }

  /** Users here who listen to a conversation. */
  listenersOf(conversationId: string): number {
    return this.#registry.get(conversationId)?.listeners.size ?? 0
  }

  get size(): number {
    return this.#registry.size
  }

  /**
   * An entry has come: delivers it, buffers it or skips it. `redelivered`: it comes late, and whom its audience names may
   * have left since. Never throws.
   */
  accept(entry: LiveEntry, redelivered = false): void {
    const { conversationId, event } = entry
    try {
      if (CHANGES.has(event)) this.#options.onChanged(conversationId)
      const line = this.#registry.get(conversationId)
      if (line) this.#sequencer.accept(line, entry)
      // A head alone, of a conversation that nobody here is in, is nobody's.
      else if (event !== '') this.#acceptFirst({ entry, redelivered })
    } catch (err) {
      this.#cannotDeliver(entry, err)
    }
  }

  /**
   * A session has answered: from now on its user listens, to these conversations from these heads on. Call before the socket
   * is told that it is `ready`. `isFirst`: the user has no other socket here.
   */
  enter(tenantId: string, userId: string, { heads }: Pick<Session, 'heads'>, isFirst: boolean): void {
    const room = userRoom(tenantId, userId)
    for (const head of heads) {
      const isKnown = this.#registry.get(head.conversationId) !== undefined
      const line = this.#registry.open(tenantId, head)
      if (isFirst) this.#registry.addListener(line, room)
      // the user's other sockets have not heard of it
      else if (!line.listeners.has(room)) this.#members.addAndResync(line, [room])
      // a line that is behind has missed something
      if (isKnown) this.accept(headOnly(tenantId, head))
    }
  }

  /** A user has opened a conversation: from now on they listen to it, also when their session did not name it. */
  opened(tenantId: string, userId: string, head: Head): void {
    const room = userRoom(tenantId, userId)
    if (!this.#options.users.has(room)) return
    const line = this.#registry.open(tenantId, head)
    if (!line.listeners.has(room)) this.#members.addAndResync(line, [room])
    this.accept(headOnly(tenantId, head))
  }

  /**
   * An admin observes the conversation from now on, and holds what was there at `head`. `onMissed`: what followed was
   * delivered before they observed, or nobody can say.
   */
  observe(tenantId: string, head: Head, onMissed: () => void): void {
    const { conversationId } = head
    const known = this.#registry.get(conversationId)
    const line = known ?? this.#registry.open(tenantId, head)
    line.isObserved = true
    if (known) {
      if (known.position > positionOf(head)) onMissed()
      this.accept(headOnly(tenantId, head))
      return
    }
    // What was committed after the head was read, and came before there was a line, was delivered to nobody.
    this.#compare(tenantId, [conversationId]).catch((err) => {
      this.#options.log.warn({ err, conversationId }, 'where an observed conversation stands is unknown')
      onMissed()
    })
  }

  /** No admin here observes the conversation any more. */
  unobserve(conversationId: string): void {
    const line = this.#registry.get(conversationId)
    if (!line) return
    line.isObserved = false
    this.#registry.closeIfUnused(line)
  }

  /**
   * Asks where all conversations stand, and backfills those that have gone on without us. For when something was missed and
   * nobody can say what. Rejects when the conversation service does not answer.
   */
  async compareHeads(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * COMPARE_SPREAD_MS))
    for (const [tenantId, theirs] of groupByTenant(this.#registry.all()))
      for (let i = 0; i < theirs.length; i += HEADS_PER_REQUEST) {
        const some = theirs.slice(i, i + HEADS_PER_REQUEST)
        await this.#compare(
          tenantId,
          some.map(({ conversationId }) => conversationId),
        )
      }
  }

  /** Where the sockets here are told that a conversation stands: everything up to it was delivered to them. */
  headOf(conversationId: string): Counters | undefined {
    return this.#registry.get(conversationId)?.head
  }

  /** Asks where these stand of which nothing was heard for so long, and backfills what was missed. Rejects without an answer. */
  async confirm(conversationIds: readonly string[], quietMs: number): Promise<void> {
    const since = performance.now() - quietMs
    const quiet = conversationIds.flatMap((id) => {
      const line = this.#registry.get(id)
      return line && line.confirmedAt <= since ? line : []
    })
    for (const [tenantId, theirs] of groupByTenant(quiet))
      for (let i = 0; i < theirs.length; i += HEADS_PER_REQUEST) {
        const some = theirs.slice(i, i + HEADS_PER_REQUEST)
        await this.#compare(
          tenantId,
          some.map(({ conversationId }) => conversationId),
        )
        for (const line of some) line.confirm()
      }
  }

  /**
   * Tells users to resync whose conversations do not all have a line: comparing heads shows what went on in those that have
   * one, and not which others began. `everybody`: also those whose conversations all had one when they came.
   */
  async resyncUsers(everybody: boolean): Promise<void> {
    const rooms = this.#options.users.rooms().flatMap(({ room, complete }) => (everybody || !complete ? [room] : []))
    for (let i = 0; i < rooms.length; i += RESYNC_AT_ONCE) {
      this.#emit(rooms.slice(i, i + RESYNC_AT_ONCE), 'resync_required', { conversationId: null })
      await new Promise((resolve) => setTimeout(resolve, RESYNC_PAUSE_MS))
    }
  }

  async #compare(tenantId: string, conversationIds: string[]): Promise<void> {
    const { heads } = await this.#options.edge.heads(gatewayActor(tenantId), { conversationIds })
    for (const head of heads) this.accept(headOnly(tenantId, head))
  }

  /** The user's last socket here is gone. */
  #removeUser(room: string): void {
    for (const line of this.#registry.ofListener(room)) this.#registry.removeListener(line, room)
  }

  /** An entry of a conversation that has no line. */
  #acceptFirst(arrival: Arrival): void {
    const waiting = this.#waiting.get(arrival.entry.conversationId)
    if (waiting) {
      waiting.push(arrival)
      return
    }
    const rooms = this.#roomsOf(arrival)
    if (Array.isArray(rooms)) this.#open(arrival, rooms)
    else this.#openWhenKnown(arrival, rooms).catch((err) => this.#cannotDeliver(arrival.entry, err))
  }

  #roomsOf({ entry, redelivered }: Arrival): string[] | Promise<string[]> {
    const { tenantId, conversationId, audience, aboutSeq } = entry
    if (redelivered) return this.#roomsNow(entry)
    return this.#options.audiences.roomsOf(tenantId, conversationId, audience, aboutSeq)
  }

  /** Whom a late entry concerns: who is in the conversation now, and whoever left by it and has not heard that they are out. */
  async #roomsNow(entry: LiveEntry): Promise<string[]> {
    const { audiences, users } = this.#options
    const { tenantId, conversationId, aboutSeq, event } = entry
    const snapshot = await this.#members.fetch(tenantId, conversationId)
    const rooms = audiences.fromSnapshot(tenantId, snapshot, aboutSeq)
    const leaver = event === 'participant_left' ? subjectOf(entry) : undefined
    return leaver === undefined || rooms.includes(leaver) || !users.reaches(leaver) ? rooms : [...rooms, leaver]
  }

  /** Opens a line when the audience of its first entry is known; what comes until then waits for that. */
  async #openWhenKnown(arrival: Arrival, audience: Promise<string[]>): Promise<void> {
    const { entry, redelivered } = arrival
    const { conversationId } = entry
    const waiting: Arrival[] = []
    this.#waiting.set(conversationId, waiting)
    const rooms = await audience.catch((err) => {
      this.#options.log.warn({ err, conversationId }, 'audience unknown')
      if (!isNotFound(err)) this.#redelivery.later(entry, RETRY_AUDIENCE_MS)
      return undefined
    })
    this.#waiting.delete(conversationId)
    // A session may have opened the line meanwhile.
    if (rooms && this.#registry.get(conversationId)) this.accept(entry, redelivered)
    else if (rooms) this.#open(arrival, rooms)
    for (const next of waiting) this.accept(next.entry, next.redelivered)
  }

  /** Opens the line that an entry is the first of, if somebody here listens to it from now on. */
  #open({ entry, redelivered }: Arrival, rooms: readonly string[]): void {
    const { recentLeaves } = this.#options
    const { tenantId, conversationId, event } = entry
    const subject = subjectOf(entry)
    const listeners = rooms.filter(
      (room) => room !== subject && !recentLeaves.hasLeftAtOrAfter(room, conversationId, positionOf(entry)),
    )
    if (listeners.length === 0) {
      if (event === 'participant_left') this.#deliverer.deliverLeave(entry)
      return
    }
    const line = this.#registry.open(tenantId, { conversationId, ...headBefore(entry) })
    if (redelivered || event !== 'new_conversation') this.#members.addAndResync(line, listeners)
    // a new conversation is news to all of them; an invitation that has no span finds its listeners when it is delivered
    else if (entry.span > 0) for (const room of listeners) this.#registry.addListener(line, room)
    this.#sequencer.accept(line, entry)
    // an invitation that was for nobody after all
    if (line.buffered === 0) this.#registry.closeIfUnused(line)
  }

  #cannotDeliver({ conversationId, event }: LiveEntry, err: unknown): void {
    this.#options.log.error({ err, conversationId, event }, 'an entry that cannot be delivered')
  }
}

function groupByTenant(lines: Iterable<Line>): Map<string, Line[]> {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const group = groups.get(line.tenantId)
    if (group) group.push(line)
    else groups.set(line.tenantId, [line])
  }
  return groups
}
