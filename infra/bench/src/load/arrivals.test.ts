import { expect, test } from 'vitest'
import { createArrivals } from './arrivals.ts'

function hear(seqs: number[], head: number) {
  const arrivals = createArrivals()
  for (const seq of seqs) arrivals.arrived(seq)
  const { duplicated, outOfOrder } = arrivals
  return { lost: arrivals.lostUpTo(head), duplicated, outOfOrder }
}

test('a loss, a repeat and a late message are told apart', () => {
  expect(hear([1, 2, 3], 3)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(hear([1, 3], 5)).toEqual({ lost: 3, duplicated: 0, outOfOrder: 0 })
  expect(hear([1, 3, 2], 3)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 1 })
  expect(hear([1, 2, 2, 3, 1], 3)).toEqual({ lost: 0, duplicated: 2, outOfOrder: 0 })
  expect(hear([2, 1, 1], 2)).toEqual({ lost: 0, duplicated: 1, outOfOrder: 1 })
})
