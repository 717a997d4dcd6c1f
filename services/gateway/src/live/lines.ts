import {
  type CatchUp,
  type Edge,
  type Head,
  type LiveEntry,
  ParleyError,
  type ServerEvent,
  type ServerEventName,
} from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { userRoom } from '../io.ts'
import type { Audiences } from './audiences.ts'
import { gatewayActor } from './gateway-actor.ts'
import { createLine, hold, type Line, place, positionOf } from './line.ts'
import type { LocalUsers } from './local-users.ts'

/** Two replicas publish in no order between them: an entry that is early by less than this needs no asking. */
const GRACE_MS = 40
/** What cannot be filled in within these bounds is left to the clients: they are told to sync. */
const MAX_HELD = 256
const MAX_HELD_MS = 1_000
const RETRY_MS = 150
/** How far back an unknown conversation's start is looked for. */
const MAX_LOOK_BACK_MS = 60_000
const HEADS_PER_REQUEST = 500

export interface LinesOptions {
  edge: Edge
  users: LocalUsers
  audiences: Audiences
  /** Delivers to the sockets in the union of the rooms, each once. */
  emit: <N extends ServerEventName>(rooms: readonly string[], event: N, data: ServerEvent<N>) => void
  /** A user has left a conversation: their sockets leave its room. */
  onLeft: (room: string, conversationId: string) => void
  log: Logger
}

/**
 * The order of what sockets hear. Every entry of a conversation is told when it is next in line; one that is ahead waits
 * while the gap is fetched, one that is behind has been told. So a client that only appends shows the right order, once.
 */
export function createLines(options: LinesOptions) {
  const { edge, users, audiences, emit, onLeft, log } = options
  const lines = new Map<string, Line>()
  const linesOf = new Map<string, Set<Line>>()
  /** Users whose first socket is connecting: what comes for them meanwhile waits for their heads. */
  const opening = new Map<string, LiveEntry[][]>()

  const keep = (line: Line, room: string) => {
    if (line.rooms.has(room)) return
    line.rooms.add(room)
    const theirs = linesOf.get(room)
    if (theirs) theirs.add(line)
    else linesOf.set(room, new Set([line]))
  }

  const release = (line: Line, room: string) => {
    line.rooms.delete(room)
    linesOf.get(room)?.delete(line)
    if (line.rooms.size === 0 && lines.get(line.conversationId) === line) lines.delete(line.conversationId)
  }

  const open = (tenantId: string, { conversationId, seq, rev }: Head): Line => {
    let line = lines.get(conversationId)
    if (!line) {
      line = createLine(tenantId, conversationId, seq, rev)
      lines.set(conversationId, line)
    }
    return line
  }

  /** An entry has come: tell it, keep it, or let it go. Never throws. */
  const accept = (entry: LiveEntry): void => {
    const line = lines.get(entry.conversationId)
    if (line) {
      arrive(line, entry)
      return
    }
    if (entry.event === '') return // only a head, of a conversation that nobody here is in
    const rooms = audiences.roomsOf(entry.tenantId, entry.conversationId, entry.audience, entry.aboutSeq)
    if (Array.isArray(rooms)) {
      meet(entry, rooms)
      return
    }
    rooms.then(
      (found) => (lines.has(entry.conversationId) ? accept(entry) : meet(entry, found)),
      (err) => log.warn({ err, conversationId: entry.conversationId }, 'audience unknown; an entry is not told'),
    )
  }

  /** The first entry of a conversation that no line is kept for. */
  const meet = (entry: LiveEntry, rooms: readonly string[]) => {
    const settled: string[] = []
    for (const room of rooms) {
      const waiting = opening.get(room)
      if (waiting) for (const entries of waiting) entries.push(entry)
      else settled.push(room)
    }
    if (settled.length === 0) return
    const { tenantId, conversationId } = entry
    // Nobody here was in it before this very change: there is nothing older to tell them.
    const begins = entry.event === 'new_conversation' || entry.event === 'participant_joined'
    const line = open(tenantId, { conversationId, seq: entry.seq, rev: entry.rev - entry.span })
    for (const room of settled) keep(line, room)
    if (begins || entry.span === 0) return arrive(line, entry)
    // One beyond the heads of a session: it starts where it stood when the user came.
    line.seq = Math.max(0, entry.seq - 1)
    line.rev = entry.rev
    const since = Math.min(...settled.map((room) => users.since(room) ?? Date.now()))
    const at = new Date(Math.max(since, Date.now() - MAX_LOOK_BACK_MS)).toISOString()
    hold(line, entry)
    line.healing = true
    edge
      .headAt(gatewayActor(tenantId), { conversationId, at })
      .then(
        (head) => {
          line.seq = Math.min(line.seq, head.seq)
        },
        (err) => log.debug({ err, conversationId }, 'start of a line unknown'),
      )
      .finally(() => {
        line.healing = false
        drain(line)
        if (line.held.length > 0) void heal(line)
      })
  }

  const arrive = (line: Line, entry: LiveEntry) => {
    if (line.telling || line.healing) {
      hold(line, entry)
      if (line.held.length > MAX_HELD) giveUp(line)
      return
    }
    const verdict = place(line, entry)
    if (verdict === 'tell') {
      tell(line, entry)
      if (line.held.length > 0) drain(line)
    } else if (verdict === 'hold') {
      hold(line, entry)
      if (line.held.length > MAX_HELD) giveUp(line)
      else setTimeout(() => void heal(line), GRACE_MS)
    }
  }

  /** Tells the entry, and moves the line past it. */
  const tell = (line: Line, entry: LiveEntry) => {
    if (positionOf(entry) > positionOf(line)) {
      line.seq = entry.seq
      line.rev = entry.rev
    }
    const rooms = audiences.roomsOf(line.tenantId, line.conversationId, entry.audience, entry.aboutSeq)
    if (Array.isArray(rooms)) return deliver(line, entry, rooms)
    line.telling = rooms
      .then(
        (found) => deliver(line, entry, found),
        (err) => {
          log.warn({ err, conversationId: line.conversationId }, 'audience unknown')
          resync(line)
        },
      )
      .finally(() => {
        line.telling = undefined
        drain(line)
      })
  }

  const deliver = (line: Line, entry: LiveEntry, rooms: readonly string[]) => {
    for (const room of rooms) keep(line, room)
    const event = entry.event as ServerEventName
    // Written by the conversation service from the same contract.
    if (rooms.length > 0) emit(rooms, event, JSON.parse(entry.json))
    if (event === 'participant_left') {
      const { userId } = JSON.parse(entry.json) as ServerEvent<'participant_left'>
      leave(line, userRoom(line.tenantId, userId))
    }
  }

  const leave = (line: Line, room: string) => {
    onLeft(room, line.conversationId)
    release(line, room)
  }

  /** Goes through what was held, as far as it is in line. */
  const drain = (line: Line) => {
    while (!line.telling && line.held.length > 0) {
      const [entry] = line.held
      const verdict = place(line, entry!)
      if (verdict === 'hold') break
      line.held.shift()
      if (verdict === 'tell') tell(line, entry!)
    }
    if (line.held.length === 0) line.heldSince = 0
  }

  /** Fills the gap before what is held from the database, in its present state, to those who may hear it now. */
  const heal = async (line: Line): Promise<void> => {
    if (line.healing || line.telling || line.held.length === 0) return
    drain(line)
    if (line.telling || line.held.length === 0 || lines.get(line.conversationId) !== line) return
    line.healing = true
    try {
      const { conversationId, seq, rev } = line
      const missed = await edge.catchUp(gatewayActor(line.tenantId), { conversationId, seq, rev })
      line.healing = false
      fill(line, missed)
      drain(line)
    } catch (err) {
      line.healing = false
      const gone = err instanceof ParleyError && err.code === 'not_found'
      if (gone || performance.now() - line.heldSince > MAX_HELD_MS) {
        log.warn({ err, conversationId: line.conversationId }, 'gap not filled; sockets are told to sync')
        giveUp(line)
        return
      }
    }
    if (line.held.length > 0) setTimeout(() => void heal(line), RETRY_MS)
  }

  const fill = (line: Line, missed: CatchUp) => {
    const { conversationId } = line
    if (positionOf(missed.head) <= positionOf(line)) return
    audiences.remember(conversationId, missed.audience)
    const hearing = (aboutSeq: number) => audiences.fromSnapshot(line.tenantId, missed.audience, aboutSeq)
    const everybody = hearing(0)
    for (const room of everybody) keep(line, room)
    if (missed.tooFar) resync(line)
    tellPeople(line, missed, everybody)
    for (const message of missed.messages) emit(hearing(message.seq), 'new_message', message)
    for (const message of missed.changed) emit(hearing(message.seq), 'message_updated', message)
    line.seq = missed.head.seq
    line.rev = missed.head.rev
  }

  const tellPeople = (line: Line, missed: CatchUp, everybody: string[]) => {
    const { conversationId } = line
    let cameOrWent = false
    for (const { participant, joined, left } of missed.participants) {
      const room = userRoom(line.tenantId, participant.userId)
      if (left) {
        emit([...everybody, room], 'participant_left', { conversationId, userId: participant.userId })
        leave(line, room)
      } else if (joined) {
        emit([room], 'new_conversation', missed.conversation)
        emit(everybody, 'participant_joined', { conversationId, participant })
      } else {
        const { userId, lastReadSeq: seq } = participant
        emit(everybody, 'messages_read', { conversationId, userId, seq, at: missed.conversation.updatedAt })
      }
      cameOrWent ||= left || joined
    }
    if (cameOrWent) emit(everybody, 'conversation_updated', missed.conversation)
  }

  const resync = (line: Line) => {
    emit([...line.rooms], 'resync_required', { conversationId: line.conversationId })
  }

  /** Leaves the gap to the clients and goes on behind it. */
  const giveUp = (line: Line) => {
    const last = line.held.at(-1)
    line.held = []
    line.heldSince = 0
    if (last && positionOf(last) > positionOf(line)) {
      line.seq = last.seq
      line.rev = last.rev
    }
    resync(line)
  }

  return {
    accept,
    /** A user's socket is connecting: call before asking for the heads. */
    beginOpening(tenantId: string, userId: string) {
      const room = userRoom(tenantId, userId)
      const entries: LiveEntry[] = []
      const waiting = opening.get(room)
      if (waiting) waiting.push(entries)
      else opening.set(room, [entries])
      let done = false
      const end = () => {
        if (done) return
        done = true
        const left = opening.get(room)!.filter((other) => other !== entries)
        if (left.length > 0) opening.set(room, left)
        else opening.delete(room)
      }
      return {
        /** The heads are here and the socket is in its room: from now on it hears everything. */
        finish(heads: readonly Head[]) {
          end()
          for (const head of heads) keep(open(tenantId, head), room)
          for (const entry of entries) accept(entry)
        },
        abandon: end,
      }
    },
    /** The user's last socket here is gone. */
    dropUser(room: string) {
      for (const line of linesOf.get(room) ?? []) release(line, room)
      linesOf.delete(room)
    },
    /**
     * Asks where all conversations stand, and heals those that have gone on without us. For when something was missed and
     * nobody can say what. Spread over a moment, so that a fleet of gateways does not ask at once.
     */
    async compareHeads(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300))
      for (const [tenantId, theirs] of groupByTenant(lines.values()))
        for (let i = 0; i < theirs.length; i += HEADS_PER_REQUEST) {
          const conversationIds = theirs.slice(i, i + HEADS_PER_REQUEST).map((line) => line.conversationId)
          const { heads } = await edge.heads(gatewayActor(tenantId), { conversationIds })
          for (const head of heads)
            accept({
              tenantId,
              ...head,
              span: 0,
              aboutSeq: 0,
              audience: { version: null, userIds: [] },
              event: '',
              json: '',
            })
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
