/** A seeded source of choices: the same seed makes the same choices, in the same order. */
export interface Random {
  /** 0 <= x < 1. */
  next(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  pick<T>(items: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
}

/** mulberry32: 32 bits of state, which is plenty for choices, in a handful of operations. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    pick(items) {
      if (items.length === 0) throw new RangeError('Nothing to pick from')
      return items[between(0, items.length - 1)]!
    },
    shuffle(items) {
      const left = [...items]
      for (let i = left.length - 1; i > 0; i--) {
        const j = between(0, i)
        const here = left[i]!
        left[i] = left[j]!
        left[j] = here
      }
      return left
    },
  }
}
