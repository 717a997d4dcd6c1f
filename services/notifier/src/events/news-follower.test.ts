import { createLogger } from '@parley/runtime'
import { afterEach, expect, test } from 'vitest'
import type { NewsProgress } from '../domain/ports/news-progress.ts'
import { createNewsFollower } from './news-follower.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A log of so many happenings, three to a step, that followers share. */
function scene(length: number) {
  let position: string | null = null
  let holder: string | undefined
  const steps: { by: string; from: number }[] = []
  const progress: NewsProgress = {
    async hold(asking) {
      if (holder !== undefined && holder !== asking) return undefined
      holder = asking
      return { position }
    },
    async advance(asking, to) {
      if (holder !== asking) return false
      position = to
      return true
    },
    async release(asking) {
      if (holder === asking) holder = undefined
    },
  }
  const follower = (by: string, failing: (from: number) => boolean = () => false) => {
    const one = createNewsFollower({
      ...{ progress, log, delayMs: 80 },
      async follow(at) {
        const from = Number(at ?? 0)
        if (failing(from)) throw new Error('away')
        steps.push({ by, from })
        const to = Math.min(from + 3, length)
        return { position: `${to}`, more: to < length }
      },
    })
    closing.push(one.close)
    return one
  }
  return { steps, follower, at: () => position, seize: (by: string) => (holder = by) }
}

test('all that has happened is followed at once, by one of two', async () => {
  const { steps, follower, at } = scene(9)
  follower('one').start()
  follower('two').start()
  await expect.poll(at).toBe('9')
  expect(new Set(steps.map(({ by }) => by)).size).toBe(1)
  expect(steps.slice(0, 3).map(({ from }) => from)).toEqual([0, 3, 6])
})

test('whoever ends lets another go on where it was', async () => {
  const { steps, follower, at } = scene(9)
  const first = follower('one')
  first.start()
  await expect.poll(at).toBe('9')
  await first.close()
  const before = steps.length
  follower('two').start()
  await expect.poll(() => steps[before]).toEqual({ by: 'two', from: 9 })
})

test('a step that fails is done again, and what another has taken over is left to it', async () => {
  const { steps, follower, at } = scene(6)
  let fails = 1
  follower('one', (from) => from === 3 && fails-- > 0).start()
  await expect.poll(at).toBe('6')
  expect(steps.slice(0, 2).map(({ from }) => from)).toEqual([0, 3])
  const paused = scene(6)
  paused
    .follower('one', () => {
      paused.seize('two')
      return false
    })
    .start()
  await expect.poll(() => paused.steps.length).toBe(1)
  expect(paused.at()).toBeNull()
})
