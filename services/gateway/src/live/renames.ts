import type { Edge } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { type ChatServer, userOf, userRoom } from '../io.ts'
import { gatewayActor } from './gateway-actor.ts'

const USERS_PER_REQUEST = 500
/** Of more than this the rest is not told: their new names come with whatever is loaded next. */
const MAX_WAITING = 10_000

export interface RenamesOptions {
  io: ChatServer
  edge: Edge
  /** Rooms of the tenant's users here. */
  roomsOf: (tenantId: string) => string[]
  log: Logger
}

/**
 * Tells users here what those are called now with whom they are in a conversation. One question after another, however many were
 * renamed at once; whoever is renamed again while they wait is asked about once.
 */
export function createRenames({ io, edge, roomsOf, log }: RenamesOptions) {
  /** By the room that they would have here. */
  const waiting = new Map<string, { tenantId: string; userId: string }>()
  let isTelling = false
  let isClosed = false

  const tell = async (tenantId: string, userId: string) => {
    const actor = gatewayActor(tenantId)
    const rooms = roomsOf(tenantId)
    const own = userRoom(tenantId, userId)
    for (let i = 0; i < rooms.length && !isClosed; i += USERS_PER_REQUEST) {
      const among = rooms.slice(i, i + USERS_PER_REQUEST)
      const others = among.filter((room) => room !== own)
      const { profile, userIds } = await edge.acquainted(actor, {
        userId,
        among: others.map((room) => userOf(tenantId, room)),
      })
      const told = userIds.map((id) => userRoom(tenantId, id))
      if (others.length < among.length) told.push(own)
      // to no room at all would be to everybody
      if (told.length > 0) io.local.to(told).emit('user_updated', profile)
    }
  }
  const tellAll = async () => {
    if (isTelling) return
    isTelling = true
    for (const [room, { tenantId, userId }] of waiting) {
      if (isClosed) break
      waiting.delete(room)
      await tell(tenantId, userId).catch((err) => log.warn({ err }, 'a new name could not be told'))
    }
    isTelling = false
  }

  return {
    /** These have other names or pictures now. */
    add(tenantId: string, userIds: readonly string[]): void {
      for (const userId of userIds) {
        if (waiting.size >= MAX_WAITING) return void log.warn({ tenantId }, 'more new names at once than are told')
        waiting.set(userRoom(tenantId, userId), { tenantId, userId })
      }
      void tellAll()
    },
    close(): void {
      isClosed = true
      waiting.clear()
    },
  }
}
