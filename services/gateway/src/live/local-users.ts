import { userRoom } from '../io.ts'

/** The users with a socket on this gateway, by the room that their sockets share. */
export interface LocalUsers {
  has(room: string): boolean
  /** Counts a socket in; the returned function, called once or more, counts it out. */
  enter(tenantId: string, userId: string): () => void
  /** When the user's oldest present socket asked to connect, epoch milliseconds of this process. */
  since(room: string): number | undefined
  readonly size: number
}

export function createLocalUsers(onGone: (room: string) => void): LocalUsers {
  const rooms = new Map<string, { sockets: number; since: number }>()
  return {
    has: (room) => rooms.has(room),
    enter(tenantId, userId) {
      const room = userRoom(tenantId, userId)
      const user = rooms.get(room)
      if (user) user.sockets++
      else rooms.set(room, { sockets: 1, since: Date.now() })
      let inside = true
      return () => {
        if (!inside) return
        inside = false
        const left = rooms.get(room)!
        if (--left.sockets > 0) return
        rooms.delete(room)
        onGone(room)
      }
    },
    since: (room) => rooms.get(room)?.since,
    get size() {
      return rooms.size
    },
  }
}
