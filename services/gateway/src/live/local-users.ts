import { userRoom } from '../io.ts'

interface LocalUser {
  sockets: number
  /** False: has more conversations than a session names, so those that are unknown here need not be news. */
  complete: boolean
}

/** The users who hear on this gateway, by the room that their sockets share. */
export class LocalUsers {
  readonly #users = new Map<string, LocalUser>()
  #onGone: (room: string) => void = () => {}

  get size(): number {
    return this.#users.size
  }

  has(room: string): boolean {
    return this.#users.has(room)
  }

  rooms(): { room: string; complete: boolean; sockets: number }[] {
    return [...this.#users].map(([room, { complete, sockets }]) => ({ room, complete, sockets }))
  }

  /** Calls `listener` when a user's last socket here is gone. */
  onGone(listener: (room: string) => void): void {
    this.#onGone = listener
  }

  /** Counts a socket in, from when its session is known; the returned function, called once or more, counts it out. */
  addSocket(tenantId: string, userId: string, complete: boolean): () => void {
    const room = userRoom(tenantId, userId)
    const user = this.#users.get(room)
    if (user) user.sockets++
    else this.#users.set(room, { sockets: 1, complete })
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      const remaining = this.#users.get(room)!
      if (--remaining.sockets > 0) return
      this.#users.delete(room)
      this.#onGone(room)
    }
  }
}
