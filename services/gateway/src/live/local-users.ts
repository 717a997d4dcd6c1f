import { userRoom } from '../io.ts'

interface LocalUser {
  sockets: number
  /** False: has more conversations than a session names, so those that are unknown here need not be news. */
  complete: boolean
}

/** Somebody who is on the way in. */
export interface Expected {
  /** Something was told of a conversation of theirs since: what was read for them before may not have it, and they do not hear yet. */
  hasMissed: boolean
}

/** The users who hear on this gateway, by the room that their sockets share. */
export class LocalUsers {
  readonly #users = new Map<string, LocalUser>()
  readonly #expected = new Map<string, Set<Expected>>()
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

  /** From before it is read for a socket what its user has missed; until the function is called, which is when it hears or is gone. */
  expect(room: string): { expected: Expected; end: () => void } {
    const expected: Expected = { hasMissed: false }
    const all = this.#expected.get(room) ?? new Set()
    this.#expected.set(room, all.add(expected))
    return {
      expected,
      end: () => {
        all.delete(expected)
        if (all.size === 0 && this.#expected.get(room) === all) this.#expected.delete(room)
      },
    }
  }

  /** Something is told to these users: those who are on the way do not hear it, and will know that they have not. */
  tell(rooms: readonly string[]): void {
    if (this.#expected.size === 0) return
    for (const room of rooms) for (const expected of this.#expected.get(room) ?? []) expected.hasMissed = true
  }

  /** Whether something that is told to a user is heard here. */
  reaches(room: string): boolean {
    this.tell([room])
    return this.has(room)
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
