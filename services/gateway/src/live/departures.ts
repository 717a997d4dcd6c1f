/** Departures are remembered at least this long, to be compared with joins and entries that were under way. */
const REMEMBER_MS = 10_000

/** Who has left which conversation lately: what is older may still be on its way. */
export interface Departures {
  /** The user of the room has left the conversation, which stood at that position. */
  add(room: string, conversationId: string, position: number): void
  /** Whether the user left at or after that position. */
  isAfter(room: string, conversationId: string, position: number): boolean
  /** Whether the user left after that time, by performance.now(). */
  isSince(room: string, conversationId: string, time: number): boolean
  close(): void
}

export function createDepartures(): Departures {
  const left = new Map<string, { position: number; time: number }>()
  const find = (room: string, conversationId: string) => left.get(`${room} ${conversationId}`)
  const timer = setInterval(() => {
    const old = performance.now() - REMEMBER_MS
    for (const [key, { time }] of left) if (time < old) left.delete(key)
  }, REMEMBER_MS)
  timer.unref()
  return {
    add: (room, conversationId, position) =>
      void left.set(`${room} ${conversationId}`, { position, time: performance.now() }),
    isAfter: (room, conversationId, position) => (find(room, conversationId)?.position ?? -1) >= position,
    isSince: (room, conversationId, time) => (find(room, conversationId)?.time ?? Number.NEGATIVE_INFINITY) > time,
    close: () => clearInterval(timer),
  }
}
