/** What one receiver has of one conversation. Sequence numbers are dense, so every fault shows in them. */
export interface Arrivals {
  arrived(seq: number): void
  /** Numbers up to `head` that never came. */
  lostUpTo(head: number): number
  readonly last: number
  readonly received: number
  readonly duplicated: number
  readonly outOfOrder: number
}

/** Counts from after `base`, where the receiver came in. */
export function createArrivals(base = 0): Arrivals {
  let last = base
  let received = 0
  let duplicated = 0
  let outOfOrder = 0
  const missing = new Set<number>()
  return {
    arrived(seq) {
      received++
      if (seq === last + 1) last = seq
      else if (seq > last) {
        for (let gap = last + 1; gap < seq; gap++) missing.add(gap)
        last = seq
      } else if (missing.delete(seq)) outOfOrder++
      else duplicated++
    },
    lostUpTo: (head) => missing.size + Math.max(0, head - last),
    get last() {
      return last
    },
    get received() {
      return received
    },
    get duplicated() {
      return duplicated
    },
    get outOfOrder() {
      return outOfOrder
    },
  }
}
