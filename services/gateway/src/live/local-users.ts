import { userRoom } from '../io.ts'

interface LocalUser {
  sockets: number
  /** False: has more conversations than a session names, so those that are unknown here need not be news. */
  complete: boolean
}

/** The users who hear on this gateway, by the room that their sockets share. */
export interface LocalUsers {
  has(room: string): boolean
  /** Counts a socket in, from when its session is known; the returned function, called once or more, counts it out. */
  enter(tenantId: string, userId: string, complete: boolean): () => void
  rooms(): { room: string; complete: boolean; sockets: number }[]
  readonly size: number
}

export function createLocalUsers(onGone: (room: string) => void): LocalUsers {
  const users = new Map<string, LocalUser>()
  return {
    has: (room) => users.has(room),
    enter(tenantId, userId, complete) {
      const room = userRoom(tenantId, userId)
      const user = users.get(room)
      if (user) user.sockets++
      else users.set(room, { sockets: 1, complete })
      let inside = true
      return () => {
        if (!inside) return
        inside = false
        const left = users.get(room)!
        if (--left.sockets > 0) return
        users.delete(room)
        onGone(room)
      }
    },
    rooms: () => [...users].map(([room, { complete, sockets }]) => ({ room, complete, sockets })),
    get size() {
      return users.size
    },
  }
}
