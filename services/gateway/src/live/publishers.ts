/** A publisher that has not said its numbers for this long may be gone, and may not have told its last commit. */
const SILENCE_MS = 3_000
/** One that stays silent may be unheard only, and go on publishing: heads are compared again, less and less often. */
const FORGET_MS = 10 * 60_000

interface Publisher {
  heard: number
  /** Not heard since the connection was back. */
  isAway: boolean
  /** How long it has to be silent until heads are compared the next time. */
  patience: number
  /** Per subscribed shard, the number up to which everything has come or been asked for. */
  shards: Map<number, number>
  /** The numbers of its last pulse, also of shards that are not subscribed. */
  said: Record<string, number> | undefined
}

export interface Gap {
  from: number
  to: number
}

/** How far each publisher has counted, shard by shard, and how far its envelopes have come. */
export function createPublishers() {
  const publishers = new Map<string, Publisher>()
  /** What a publisher has said that is heard for the first time: nothing is known, or everything may have been missed. */
  let saidBefore: Record<string, number> | undefined

  const hear = (id: string): Publisher => {
    let publisher = publishers.get(id)
    if (!publisher) {
      publisher = { heard: 0, patience: SILENCE_MS, shards: new Map(), said: saidBefore, isAway: false }
      publishers.set(id, publisher)
    }
    publisher.heard = performance.now()
    publisher.patience = SILENCE_MS
    publisher.isAway = false
    return publisher
  }

  /**
   * Moves the count to `to`, and returns what lies before it. At the first sight of a shard everything after the last
   * pulse counts as missed: some of it may have been published before we listened, and is known by its place.
   */
  const moveTo = ({ shards, said }: Publisher, shard: number, to: number): Gap | undefined => {
    const upTo = shards.get(shard) ?? (said ? (said[shard] ?? 0) : to)
    if (to > upTo || !shards.has(shard)) shards.set(shard, Math.max(to, upTo))
    return to > upTo ? { from: upTo + 1, to } : undefined
  }

  return {
    /** An envelope has come; returns the gap before it. */
    came(id: string, shard: number, number: number): Gap | undefined {
      const publisher = hear(id)
      if (number === 1 && !publisher.said) publisher.said = {}
      const gap = moveTo(publisher, shard, number)
      return gap && gap.from < number ? { from: gap.from, to: number - 1 } : undefined
    },
    /** A pulse has come; returns what was published and has not come. */
    said(id: string, numbers: Record<string, number>, subscribed: Iterable<number>): ({ shard: number } & Gap)[] {
      const publisher = hear(id)
      const gaps: ({ shard: number } & Gap)[] = []
      for (const shard of subscribed) {
        const gap = moveTo(publisher, shard, numbers[shard] ?? 0)
        if (gap) gaps.push({ shard, ...gap })
      }
      publisher.said = numbers
      return gaps
    },
    /**
     * The connection was lost and is back: whoever was not known before may have begun meanwhile, and counts as missed from
     * its first number on. Whoever was known is waited for once more.
     */
    reconnected(): void {
      saidBefore = {}
      const now = performance.now()
      for (const publisher of publishers.values()) {
        publisher.isAway = true
        publisher.patience = now - publisher.heard + SILENCE_MS
      }
    },
    forget(id: string): void {
      publishers.delete(id)
    },
    /**
     * Those that are silent for so long that heads should be compared, now and again. `ended`: one of them was not heard
     * since the connection was back, which is said once: nobody is left to say what it published until it ended.
     */
    fallenSilent(): { silent: string[]; ended: boolean } {
      const now = performance.now()
      const silent: string[] = []
      let ended = false
      for (const [id, publisher] of publishers) {
        const silence = now - publisher.heard
        if (silence > FORGET_MS) publishers.delete(id)
        if (silence < publisher.patience) continue
        publisher.patience = silence * 2
        silent.push(id)
        ended ||= publisher.isAway
        publisher.isAway = false
      }
      return { silent, ended }
    },
  }
}
