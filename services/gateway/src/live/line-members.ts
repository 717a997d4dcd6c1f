import { type AudienceSnapshot, type Edge, ParleyError } from '@parley/contracts'
import { type Emit, userOf } from '../io.ts'
import type { Audiences } from './audiences.ts'
import type { ConcurrencyLimit } from './concurrency-limit.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { Line } from './line.ts'
import type { LineRegistry } from './line-registry.ts'
import type { RecentLeaves } from './recent-leaves.ts'

/** When to ask again what could not be answered. */
export const RETRY_AUDIENCE_MS = 1_000

/** Whether the conversation is not there at all, so that asking again is in vain. */
export function isNotFound(err: unknown): boolean {
  return err instanceof ParleyError && err.code === 'not_found'
}

export interface LineMembersOptions {
  edge: Edge
  limit: ConcurrencyLimit
  audiences: Audiences
  registry: LineRegistry
  recentLeaves: RecentLeaves
  emit: Emit
  /** A user has left a conversation: their sockets leave its room. */
  onLeave: (room: string, conversationId: string) => void
}

/** Keeps the listeners of a line the same as the local users who are in the conversation. */
export class LineMembers {
  readonly #options: LineMembersOptions

  constructor(options: LineMembersOptions) {
    this.#options = options
  }

  /** Asks who is in a conversation now. */
  async fetch(tenantId: string, conversationId: string): Promise<AudienceSnapshot> {
    const { edge, limit, audiences } = this.#options
    const snapshot = await limit(() => edge.audience(gatewayActor(tenantId), { conversationId }))
    audiences.remember(conversationId, snapshot)
    return snapshot
  }

  /** Those of the rooms that do not listen to the line yet, though they were in the conversation at that position. */
  newcomersAmong(line: Line, rooms: readonly string[], position: number): string[] {
    const { recentLeaves } = this.#options
    return rooms.filter(
      (room) => !line.listeners.has(room) && !recentLeaves.hasLeftAtOrAfter(room, line.conversationId, position),
    )
  }

  /** They are in the conversation, and nobody knows what they have heard of it: from here on they listen, and they resync. */
  addAndResync(line: Line, rooms: readonly string[]): void {
    const { registry, emit } = this.#options
    for (const room of rooms) registry.addListener(line, room)
    emit(rooms, 'resync_required', { conversationId: line.conversationId })
  }

  /** Something was not delivered: everybody who hears the line has to resync, and some of them may have left. */
  resync(line: Line): void {
    const { conversationId } = line
    this.#options.emit(line.withObservers([...line.listeners]), 'resync_required', { conversationId })
    void this.check(line)
  }

  /** The user leaves the conversation, by a change that the line has delivered or is past. */
  leave(line: Line, room: string): void {
    this.recordLeave(room, line.conversationId, line.position)
    this.#options.registry.removeListener(line, room)
  }

  /** The user has left a conversation, which stood at that position, whether there is a line or not. */
  recordLeave(room: string, conversationId: string, position: number): void {
    this.#options.recentLeaves.add(room, conversationId, position)
    this.#options.onLeave(room, conversationId)
  }

  /** Whoever listens without being one of the members leaves, and is told. */
  keepOnly(line: Line, members: readonly string[]): void {
    const { tenantId, conversationId } = line
    const stay = new Set(members)
    for (const room of [...line.listeners]) {
      if (stay.has(room)) continue
      this.#options.emit([room], 'participant_left', { conversationId, userId: userOf(tenantId, room) })
      this.leave(line, room)
    }
  }

  /**
   * Asks who is in the conversation now, until there is an answer. Whoever is in it and did not listen is added, whoever
   * listens and is not in it leaves. Never throws.
   */
  async check(line: Line): Promise<void> {
    if (line.isCheckingMembers) return
    line.isCheckingMembers = true
    const asked = performance.now()
    try {
      const snapshot = await this.fetch(line.tenantId, line.conversationId)
      line.isCheckingMembers = false
      if (!line.isOpen) return
      const { audiences, recentLeaves } = this.#options
      const members = audiences.fromSnapshot(line.tenantId, snapshot, 0)
      const newcomers = members.filter((room) => !line.listeners.has(room))
      // Somebody left meanwhile: before the answer or after it, and nobody can say which.
      if (newcomers.some((room) => recentLeaves.hasLeftSince(room, line.conversationId, asked))) return this.check(line)
      this.addAndResync(line, newcomers)
      this.keepOnly(line, members)
    } catch (err) {
      line.isCheckingMembers = false
      if (isNotFound(err)) this.keepOnly(line, [])
      else setTimeout(() => void (line.isOpen && this.check(line)), RETRY_AUDIENCE_MS)
    }
  }
}
