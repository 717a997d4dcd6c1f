import { type LiveEntry, positionOf, type ServerEventName } from '@parley/contracts'
import type { Emit } from '../io.ts'
import { EncodedJson } from '../json-parser.ts'
import type { Line } from './line.ts'
import type { LineMembers } from './line-members.ts'
import type { LineRegistry } from './line-registry.ts'
import { subjectOf } from './live-entries.ts'
import type { LocalUsers } from './local-users.ts'

export interface DelivererOptions {
  registry: LineRegistry
  members: LineMembers
  users: LocalUsers
  emit: Emit
}

/** Emits an entry whose turn it is, and adds and removes the listeners that come and go by it. */
export class Deliverer {
  readonly #registry: LineRegistry
  readonly #members: LineMembers
  readonly #users: LocalUsers
  readonly #emit: Emit

  constructor({ registry, members, users, emit }: DelivererOptions) {
    this.#registry = registry
    this.#members = members
    this.#users = users
    this.#emit = emit
  }

  /** `rooms`: the entry's audience here. `isStale`: the line had passed the entry already. */
  deliver(line: Line, entry: LiveEntry, rooms: readonly string[], isStale: boolean): void {
    if (entry.event === 'new_conversation') this.#deliverInvitation(line, entry, rooms, isStale)
    else if (entry.span === 0) this.#deliverPersonal(line, entry, rooms, isStale)
    else this.#deliverChange(line, entry, rooms)
  }

  /**
   * Delivers a `participant_left` to whoever left, who is named in it; for when nobody else here has to hear of it, or
   * nobody can say who has to. They may know of the conversation only by having loaded it, so there need not be a line.
   */
  deliverLeave(entry: LiveEntry, line?: Line): void {
    const leaver = subjectOf(entry)
    if (leaver === undefined) return
    if (this.#users.reaches(leaver)) this.#emit([leaver], 'participant_left', new EncodedJson(entry.json))
    this.#members.recordLeave(leaver, entry.conversationId, positionOf(entry))
    if (line) this.#registry.removeListener(line, leaver)
  }

  /** With a span, the conversation begins for everybody in it; without one, it is for who was added. */
  #deliverInvitation(line: Line, entry: LiveEntry, rooms: readonly string[], isStale: boolean): void {
    const invited = entry.span > 0 ? rooms : this.#members.newcomersAmong(line, rooms, positionOf(entry))
    if (isStale) {
      // They may have left since, by a change that the line is past.
      if (invited.length > 0) void this.#members.check(line)
      return
    }
    for (const room of invited) this.#registry.addListener(line, room)
    this.#emit(invited, 'new_conversation', new EncodedJson(entry.json))
  }

  /**
   * What is personal follows a change; it must not follow somebody out of the conversation. It may be the first that is told
   * to somebody who has more conversations than their session named.
   */
  #deliverPersonal(line: Line, entry: LiveEntry, rooms: readonly string[], isStale: boolean): void {
    const newcomers = this.#members.newcomersAmong(line, rooms, positionOf(entry))
    if (newcomers.length > 0) {
      this.#members.addAndResync(line, newcomers)
      // They may have left since, by a change that the line is past.
      if (isStale) void this.#members.check(line)
    }
    const listening = rooms.filter((room) => line.listeners.has(room))
    this.#emit(listening, eventOf(entry), new EncodedJson(entry.json))
  }

  #deliverChange(line: Line, entry: LiveEntry, rooms: readonly string[]): void {
    const subject = subjectOf(entry)
    const newcomers = this.#members.newcomersAmong(line, rooms, positionOf(entry)).filter((room) => room !== subject)
    if (newcomers.length > 0) this.#members.addAndResync(line, newcomers)
    const isJoin = entry.event === 'participant_joined'
    // Whoever joins is told by the invitation.
    const hearing = isJoin ? rooms.filter((room) => room !== subject) : rooms
    this.#emit(isOfReceipts(entry) ? hearing : line.withObservers(hearing), eventOf(entry), new EncodedJson(entry.json))
    if (subject === undefined) return
    if (!isJoin) this.#members.leave(line, subject)
    // Whoever joins was out. If they listen nevertheless they were told to resync, and have to hear the invitation that follows.
    else if (line.listeners.has(subject)) this.#registry.removeListener(line, subject)
  }
}

/** Those are for the participants, who may keep theirs from one another; an admin who observes is none of them. */
const isOfReceipts = ({ event }: LiveEntry) => event === 'messages_read' || event === 'messages_delivered'

/** Entries are written by the conversation service, from the same contract. */
function eventOf({ event }: LiveEntry): ServerEventName {
  return event as ServerEventName
}
