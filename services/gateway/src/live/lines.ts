import {
  type AudienceSnapshot,
  type CatchUp,
  type Edge,
  type Head,
  headBefore,
  type LiveEntry,
  positionOf,
  type ServerEvent,
  type ServerEventName,
  type Session,
} from '@parley/contracts'
import { failpoint, type Logger } from '@parley/runtime'
import { EncodedJson } from '../encoded-json.ts'
import { observerRoom, userRoom } from '../io.ts'
import type { Audiences } from './audiences.ts'
import type { Departures } from './departures.ts'
import { gatewayActor } from './gateway-actor.ts'
import { headOnly, hold, type Line, place, subjectOf } from './line.ts'
import { createLineRooms, isNotFound, RECHECK_MS } from './line-rooms.ts'
import type { LocalUsers } from './local-users.ts'
import { tellMissed } from './tell-missed.ts'
import { createTurns } from './turns.ts'

/** Two replicas publish in no order between them: an entry that is early by less than this needs no asking. */
const GRACE_MS = 40
/**
 * What cannot be filled in within these bounds is left to the clients: they are told to sync. A replica's batch of 500 may
 * come before the one that another replica committed earlier.
 */
const MAX_HELD = 1_000
const MAX_HELD_MS = 1_000
const RETRY_MS = 150
const HEADS_PER_REQUEST = 500
/** A gateway that was away finds all its conversations behind at once. */
const MAX_CATCHING_UP = 32
/** Users who are told to sync at a time, and the pause between. */
const SYNC_AT_ONCE = 100
const SYNC_PAUSE_MS = 20

export interface LinesOptions {
  edge: Edge
  audiences: Audiences
  users: LocalUsers
  departures: Departures
  /** Delivers to the sockets in the union of the rooms, each once. */
  emit: <N extends ServerEventName>(rooms: readonly string[], event: N, data: ServerEvent<N> | EncodedJson) => void
  /** A user has left a conversation: their sockets leave its room. */
  onLeft: (room: string, conversationId: string) => void
  log: Logger
}

/**
 * The order of what sockets hear. Every entry of a conversation is told when it is next in line; one that is ahead waits
 * while the gap is fetched, one that is behind has been told. So a client that only appends shows the right order, once.
 *
 * A line is kept for the users here whose conversation it is: those whose session named it, or who were told of it. Whoever
 * else turns out to be in it has missed something, nobody knows what: they hear from there on, and are told to sync. What
 * was committed before a socket was `ready` is not owed to it, for clients load or sync then.
 */
export function createLines(options: LinesOptions) {
  const { edge, audiences, users, departures, emit, onLeft, log } = options
  const inTurn = createTurns(MAX_CATCHING_UP)
  /** What came of conversations without a line while it is asked whose the first entry is. */
  const asking = new Map<string, { entry: LiveEntry; late: boolean }[]>()

  const say: typeof emit = (rooms, event, data) => {
    if (rooms.length > 0) emit(rooms, event, data)
  }

  /** Whoever listens in hears what everybody does. */
  const audible = (line: Line, rooms: readonly string[]) =>
    line.observed ? [...rooms, observerRoom(line.conversationId)] : rooms

  /** Who is in a conversation now. */
  const present = async (tenantId: string, conversationId: string): Promise<AudienceSnapshot> => {
    const snapshot = await inTurn(() => edge.audience(gatewayActor(tenantId), { conversationId }))
    audiences.remember(conversationId, snapshot)
    return snapshot
  }

  const lines = createLineRooms({
    present,
    audiences,
    departures,
    say,
    onLeft,
    // What was held may be for somebody who comes into the conversation by it.
    onClosed: (held) => setTimeout(() => held.forEach((entry) => void accept(entry, true)), RETRY_MS),
  })
  const { isKept, keep, leave, release, introduce, strangersAmong, onlyMembers, recheck } = lines

  /**
   * An entry has come: tell it, keep it, or let it go. `late` is one that is repeated: who it names may have left since.
   * Never throws.
   */
  const accept = (entry: LiveEntry, late = false) => {
    const { tenantId, conversationId, audience, aboutSeq, event } = entry
    try {
      const line = lines.get(conversationId)
      if (line) return arrive(line, entry)
      if (event === '') return // only a head, of a conversation that nobody here is in
      const behind = asking.get(conversationId)
      if (behind) return void behind.push({ entry, late })
      const rooms = late ? presentRooms(entry) : audiences.roomsOf(tenantId, conversationId, audience, aboutSeq)
      if (Array.isArray(rooms)) return meet(entry, rooms, late)
      asking.set(conversationId, [])
      rooms
        .then(
          (found) => () => (lines.get(conversationId) ? accept(entry, late) : meet(entry, found, late)),
          (err) => {
            log.warn({ err, conversationId }, 'audience unknown')
            return () => !isNotFound(err) && setTimeout(() => accept(entry, true), RECHECK_MS)
          },
        )
        .then((goOn) => {
          const behind = asking.get(conversationId)!
          asking.delete(conversationId)
          goOn()
          for (const next of behind) accept(next.entry, next.late)
        })
        .catch((err) => log.error({ err, conversationId, event }, 'an entry that cannot be told'))
    } catch (err) {
      log.error({ err, conversationId, event }, 'an entry that cannot be told')
    }
  }

  /** Whom a late entry concerns: who is in the conversation now, and whoever has not heard that they are out. */
  const presentRooms = async (entry: LiveEntry): Promise<string[]> => {
    const { tenantId, conversationId, aboutSeq, event } = entry
    const rooms = audiences.fromSnapshot(tenantId, await present(tenantId, conversationId), aboutSeq)
    if (event !== 'participant_left') return rooms
    const leaver = subjectOf(entry)
    return rooms.includes(leaver) || !users.has(leaver) ? rooms : [...rooms, leaver]
  }

  /** The first entry of a conversation that no line is kept for. */
  const meet = (entry: LiveEntry, rooms: readonly string[], late: boolean) => {
    const { tenantId, conversationId, event } = entry
    const subject = event === 'participant_joined' || event === 'participant_left' ? subjectOf(entry) : undefined
    const here = rooms.filter(
      (room) => room !== subject && !departures.isAfter(room, conversationId, positionOf(entry)),
    )
    if (here.length === 0) {
      if (event === 'participant_left') bidFarewell(entry)
      return
    }
    const line = lines.open(tenantId, { conversationId, ...headBefore(entry) })
    if (late || event !== 'new_conversation') introduce(line, here)
    else if (entry.span > 0) for (const room of here) keep(line, room)
    arrive(line, entry)
    // an invitation that was for nobody after all
    if (line.held.length === 0) lines.closeIfUnused(line)
  }

  /** Who goes is named. They may know of the conversation only by having loaded it. */
  const bidFarewell = (entry: LiveEntry, line?: Line) => {
    const room = subjectOf(entry)
    if (users.has(room)) say([room], 'participant_left', new EncodedJson(entry.json))
    lines.depart(room, entry.conversationId, positionOf(entry))
    if (line) release(line, room)
  }

  const arrive = (line: Line, entry: LiveEntry) => {
    const verdict = line.telling || line.healing ? 'hold' : place(line, entry)
    if (verdict === 'drop') return passBy(line, entry)
    if (verdict === 'tell') {
      tell(line, entry)
      return drain(line)
    }
    hold(line, entry)
    failpoint('gateway.held')
    if (line.held.length > MAX_HELD) giveUp(line)
    else healSoon(line, GRACE_MS)
  }

  /** What lies before the line's beginning was told by nobody to those who were not known here then. */
  const passBy = (line: Line, entry: LiveEntry) => {
    if (entry.event === '' || positionOf(entry) > line.begunAt) return
    const look = (rooms: readonly string[]) => {
      if (!isKept(line)) return accept(entry, true)
      const strangers = strangersAmong(line, rooms, positionOf(entry))
      if (strangers.length === 0) return
      introduce(line, strangers)
      void recheck(line) // some of them may have left since
    }
    const rooms = audiences.roomsOf(line.tenantId, line.conversationId, entry.audience, entry.aboutSeq)
    if (Array.isArray(rooms)) look(rooms)
    else rooms.then(look, (err) => isNotFound(err) || setTimeout(() => accept(entry, true), RECHECK_MS))
  }

  /** Tells the entry, and moves the line past it. */
  const tell = (line: Line, entry: LiveEntry) => {
    const isStale = positionOf(entry) < positionOf(line)
    if (positionOf(entry) > positionOf(line)) {
      line.seq = entry.seq
      line.rev = entry.rev
    }
    const rooms = audiences.roomsOf(line.tenantId, line.conversationId, entry.audience, entry.aboutSeq)
    if (Array.isArray(rooms)) return deliver(line, entry, rooms, isStale)
    line.telling = rooms
      .then(
        (found) => (isKept(line) ? deliver(line, entry, found, isStale) : accept(entry, true)),
        (err) => {
          log.warn({ err, conversationId: line.conversationId }, 'audience unknown')
          if (entry.event === 'participant_left') bidFarewell(entry, line)
          if (isKept(line)) doubt(line)
        },
      )
      .catch((err) => log.error({ err, conversationId: line.conversationId }, 'an entry that cannot be told'))
      .finally(() => {
        line.telling = undefined
        drain(line)
      })
  }

  const deliver = (line: Line, entry: LiveEntry, found: readonly string[], isStale: boolean) => {
    const event = entry.event as ServerEventName
    const rooms = [...found]
    if (event === 'new_conversation') {
      const news = entry.span > 0 ? rooms : strangersAmong(line, rooms, positionOf(entry))
      // They may have left since, in a change that the line is past.
      if (isStale) return news.length > 0 ? void recheck(line) : undefined
      for (const room of news) keep(line, room)
      return say(news, event, new EncodedJson(entry.json))
    }
    // What is personal follows a change; it must not follow somebody out of the conversation.
    if (entry.span === 0)
      return say(
        rooms.filter((room) => line.rooms.has(room)),
        event,
        new EncodedJson(entry.json),
      )
    const isComing = event === 'participant_joined'
    const isGoing = event === 'participant_left'
    const subject = isComing || isGoing ? subjectOf(entry) : undefined
    const strangers = strangersAmong(line, rooms, positionOf(entry)).filter((room) => room !== subject)
    if (strangers.length > 0) introduce(line, strangers)
    // who comes is told by the invitation
    const hearing = isComing ? rooms.filter((room) => room !== subject) : rooms
    // Written by the conversation service from the same contract.
    const all = audible(line, hearing)
    if (all.length > 0) say(all, event, new EncodedJson(entry.json))
    if (isGoing && subject) leave(line, subject)
    // Who comes was out: they were told to sync, and have to hear of the invitation that follows.
    if (isComing && subject && line.rooms.has(subject)) release(line, subject)
  }

  /** Goes through what was held, as far as it is in line. */
  const drain = (line: Line) => {
    while (isKept(line) && !line.telling && !line.healing && line.held.length > 0) {
      const [entry] = line.held
      const verdict = place(line, entry!)
      if (verdict === 'hold') break
      line.held.shift()
      if (verdict === 'tell') tell(line, entry!)
    }
    if (line.held.length === 0) line.heldSince = 0
    else healSoon(line, GRACE_MS)
  }

  const healSoon = (line: Line, inMs: number) => {
    // those at work look again when they are done
    if (line.telling || line.healing || line.timer || !isKept(line)) return
    line.timer = setTimeout(() => {
      line.timer = undefined
      if (!line.telling && !line.healing && line.held.length > 0 && isKept(line)) void heal(line)
    }, inMs)
  }

  /** Fills the gap before what is held from the database, in its present state, to those who may hear it now. */
  const heal = async (line: Line): Promise<void> => {
    const { conversationId, tenantId, seq, rev } = line
    line.healing = true
    try {
      const missed = await inTurn(() => edge.catchUp(gatewayActor(tenantId), { conversationId, seq, rev }))
      line.healing = false
      if (!isKept(line)) return
      fill(line, missed)
      if (positionOf(line) > positionOf({ seq, rev })) line.heldSince = performance.now()
      else if (performance.now() - line.heldSince > MAX_HELD_MS) giveUp(line)
      drain(line)
    } catch (err) {
      line.healing = false
      if (!isKept(line)) return
      const isHopeless = isNotFound(err) || performance.now() - line.heldSince > MAX_HELD_MS
      if (!isHopeless) return healSoon(line, RETRY_MS)
      log.warn({ err, conversationId }, 'gap not filled; sockets are told to sync')
      giveUp(line)
    }
  }

  const fill = (line: Line, missed: CatchUp) => {
    const { tenantId, conversationId } = line
    const { head, audience } = missed
    if (positionOf(head) <= positionOf(line)) return
    audiences.remember(conversationId, audience)
    line.seq = head.seq
    line.rev = head.rev
    const hearing = (aboutSeq: number) => audiences.fromSnapshot(tenantId, audience, aboutSeq)
    const members = hearing(0)
    const came = new Set(
      missed.participants.flatMap(({ participant, joined }) =>
        joined ? [userRoom(tenantId, participant.userId)] : [],
      ),
    )
    const strangers = strangersAmong(line, members, positionOf(head))
    introduce(
      line,
      strangers.filter((room) => !came.has(room)),
    )
    for (const room of strangers) keep(line, room)
    const all = (aboutSeq: number) => audible(line, hearing(aboutSeq))
    tellMissed(missed, { tenantId, hearing: all, say, leave: (room) => leave(line, room) })
    onlyMembers(line, members)
  }

  /** Leaves the gap to the clients and goes on behind it. */
  const giveUp = (line: Line) => {
    const last = line.held.at(-1)
    line.held = []
    line.heldSince = 0
    if (last && positionOf(last) > positionOf(line)) {
      line.seq = last.seq
      line.rev = last.rev
      line.begunAt = positionOf(line)
    }
    doubt(line)
  }

  /** Something was not told: the line's people have to sync, and some of them may have left. */
  const doubt = (line: Line) => {
    say(audible(line, [...line.rooms]), 'resync_required', { conversationId: line.conversationId })
    void recheck(line)
  }

  return {
    accept,
    /**
     * A session has answered: its user hears from now on, in these conversations from there. Call before the socket is
     * told that it is `ready`.
     */
    enter(tenantId: string, userId: string, { heads }: Pick<Session, 'heads'>, isFirst: boolean) {
      const room = userRoom(tenantId, userId)
      for (const head of heads) {
        const isKnown = lines.get(head.conversationId) !== undefined
        const line = lines.open(tenantId, head)
        if (isFirst) keep(line, room)
        // the user's other sockets have not heard of it
        else if (!line.rooms.has(room)) introduce(line, [room])
        // a line that is behind has missed something
        if (isKnown) accept(headOnly(tenantId, head))
      }
    },
    /** A user has opened a conversation: from now on it is known here, also when their session did not name it. */
    opened(tenantId: string, userId: string, head: Head) {
      const room = userRoom(tenantId, userId)
      if (!users.has(room)) return
      const line = lines.open(tenantId, head)
      if (!line.rooms.has(room)) introduce(line, [room])
      accept(headOnly(tenantId, head))
    },
    /**
     * An admin listens in from now on, and holds what was there at `head`. `onMissed`: what followed was told before they
     * listened, or nobody can say.
     */
    observe(tenantId: string, head: Head, onMissed: () => void) {
      const known = lines.get(head.conversationId)
      const line = known ?? lines.open(tenantId, head)
      line.observed = true
      if (known) {
        if (positionOf(known) > positionOf(head)) onMissed()
        return accept(headOnly(tenantId, head))
      }
      // What was committed after the head was read, and came before there was a line, was let go.
      edge.heads(gatewayActor(tenantId), { conversationIds: [head.conversationId] }).then(
        ({ heads }) => heads.forEach((now) => void accept(headOnly(tenantId, now))),
        (err) => {
          log.warn({ err, conversationId: head.conversationId }, 'where an observed conversation stands is unknown')
          onMissed()
        },
      )
    },
    /** The last of them has left. */
    unobserve(conversationId: string) {
      const line = lines.get(conversationId)
      if (!line) return
      line.observed = false
      lines.closeIfUnused(line)
    },
    /** The user's last socket here is gone. */
    dropUser(room: string) {
      for (const line of lines.of(room)) release(line, room)
    },
    /**
     * Asks where all conversations stand, and heals those that have gone on without us. For when something was missed and
     * nobody can say what. Spread over a moment, so that a fleet of gateways does not ask at once.
     */
    async compareHeads(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300))
      for (const [tenantId, theirs] of groupByTenant(lines.all()))
        for (let i = 0; i < theirs.length; i += HEADS_PER_REQUEST) {
          const conversationIds = theirs.slice(i, i + HEADS_PER_REQUEST).map((line) => line.conversationId)
          const { heads } = await edge.heads(gatewayActor(tenantId), { conversationIds })
          for (const head of heads) accept(headOnly(tenantId, head))
        }
    },
    /**
     * Tells people to sync whose conversations are not all known here: heads show what went on in those that are, and not
     * which others began. `everybody`: also those whose conversations were all known when they came.
     */
    async tellToSync(everybody: boolean): Promise<void> {
      const rooms = users.rooms().flatMap(({ room, complete }) => (everybody || !complete ? [room] : []))
      for (let i = 0; i < rooms.length; i += SYNC_AT_ONCE) {
        say(rooms.slice(i, i + SYNC_AT_ONCE), 'resync_required', { conversationId: null })
        await new Promise((resolve) => setTimeout(resolve, SYNC_PAUSE_MS))
      }
    },
    get size() {
      return lines.size
    },
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

export type Lines = ReturnType<typeof createLines>
