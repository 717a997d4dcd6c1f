import {
  type AudienceSnapshot,
  type Head,
  type LiveEntry,
  ParleyError,
  positionOf,
  type ServerEvent,
  type ServerEventName,
} from '@parley/contracts'
import { userOf } from '../io.ts'
import type { Audiences } from './audiences.ts'
import type { Departures } from './departures.ts'
import { createLine, type Line } from './line.ts'

export const RECHECK_MS = 1_000

export const isNotFound = (err: unknown) => err instanceof ParleyError && err.code === 'not_found'

export interface LineRoomsOptions {
  audiences: Audiences
  departures: Departures
  /** Who is in a conversation now. */
  present: (tenantId: string, conversationId: string) => Promise<AudienceSnapshot>
  say: <N extends ServerEventName>(rooms: readonly string[], event: N, data: ServerEvent<N>) => void
  /** A user has left a conversation: their sockets leave its room. */
  onLeft: (room: string, conversationId: string) => void
  /** The last user of a line is gone, while these entries were held. */
  onClosed: (held: readonly LiveEntry[]) => void
}

/** The lines of this gateway, and for whose rooms each is kept: from the first user here until the last is gone. */
export function createLineRooms({ audiences, departures, present, say, onLeft, onClosed }: LineRoomsOptions) {
  const lines = new Map<string, Line>()
  const linesOf = new Map<string, Set<Line>>()

  const isKept = (line: Line) => lines.get(line.conversationId) === line

  const open = (tenantId: string, { conversationId, seq, rev }: Head): Line => {
    let line = lines.get(conversationId)
    if (!line) {
      line = createLine(tenantId, conversationId, seq, rev)
      lines.set(conversationId, line)
    }
    return line
  }

  const keep = (line: Line, room: string) => {
    line.rooms.add(room)
    const theirs = linesOf.get(room)
    if (theirs) theirs.add(line)
    else linesOf.set(room, new Set([line]))
  }

  const release = (line: Line, room: string) => {
    line.rooms.delete(room)
    const theirs = linesOf.get(room)
    if (theirs?.delete(line) && theirs.size === 0) linesOf.delete(room)
    closeIfUnused(line)
  }

  const closeIfUnused = (line: Line) => {
    if (line.rooms.size > 0 || line.observed || !isKept(line)) return
    lines.delete(line.conversationId)
    clearTimeout(line.timer)
    const held = line.held.splice(0)
    if (held.length > 0) onClosed(held)
  }

  const depart = (room: string, conversationId: string, position: number) => {
    departures.add(room, conversationId, position)
    onLeft(room, conversationId)
  }

  const leave = (line: Line, room: string) => {
    depart(room, line.conversationId, positionOf(line))
    release(line, room)
  }

  /** They are in the conversation, and nobody knows what they have heard of it. */
  const introduce = (line: Line, rooms: readonly string[]) => {
    for (const room of rooms) keep(line, room)
    say(rooms, 'resync_required', { conversationId: line.conversationId })
  }

  /** Those of the rooms, which were in the conversation at that position, that the line is not kept for. */
  const strangersAmong = (line: Line, rooms: readonly string[], position: number) =>
    rooms.filter((room) => !line.rooms.has(room) && !departures.isAfter(room, line.conversationId, position))

  /** Asks who is in the conversation now. Who was not known to be, is introduced; who is not any more, leaves. */
  const recheck = async (line: Line): Promise<void> => {
    if (line.rechecking) return
    line.rechecking = true
    const asked = performance.now()
    try {
      const snapshot = await present(line.tenantId, line.conversationId)
      line.rechecking = false
      if (!isKept(line)) return
      const members = audiences.fromSnapshot(line.tenantId, snapshot, 0)
      const strangers = members.filter((room) => !line.rooms.has(room))
      // somebody left meanwhile: before the answer or after it, and nobody can say which
      if (strangers.some((room) => departures.isSince(room, line.conversationId, asked))) return recheck(line)
      introduce(line, strangers)
      onlyMembers(line, members)
    } catch (err) {
      line.rechecking = false
      if (isNotFound(err)) onlyMembers(line, [])
      else setTimeout(() => void (isKept(line) && recheck(line)), RECHECK_MS)
    }
  }

  const onlyMembers = (line: Line, members: readonly string[]) => {
    const { tenantId, conversationId } = line
    const stay = new Set(members)
    for (const room of [...line.rooms]) {
      if (stay.has(room)) continue
      say([room], 'participant_left', { conversationId, userId: userOf(tenantId, room) })
      leave(line, room)
    }
  }

  return {
    get: (conversationId: string): Line | undefined => lines.get(conversationId),
    all: () => lines.values(),
    /** Those kept for a room. */
    of: (room: string): Line[] => [...(linesOf.get(room) ?? [])],
    isKept,
    open,
    keep,
    release,
    closeIfUnused,
    leave,
    depart,
    introduce,
    strangersAmong,
    onlyMembers,
    recheck,
    get size() {
      return lines.size
    },
  }
}
