import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCleaning } from './cleaning.ts'
import { createLogger } from './logger.ts'

const log = createLogger({ name: 'test', level: 'silent' })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('each is asked as the service starts and once an hour, until few are left, whatever becomes of the others', async () => {
  let left = 2_500
  let failed = 0
  const asked: number[] = []
  const cleaning = createCleaning(
    {
      async broken() {
        failed++
        throw new Error('out of reach')
      },
      async many(limit) {
        const count = Math.min(limit, left)
        left -= count
        asked.push(count)
        return count
      },
    },
    log,
  )
  cleaning.start()
  await vi.advanceTimersByTimeAsync(1)
  expect([failed, asked]).toEqual([1, [1_000, 1_000, 500]])
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect([failed, asked]).toEqual([2, [1_000, 1_000, 500, 0]])
  await cleaning.close()
})

test('one that is closed does not begin the next many', async () => {
  let asked = 0
  const cleaning = createCleaning(
    {
      async many(limit) {
        asked++
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        return limit
      },
    },
    log,
  )
  cleaning.start()
  await vi.advanceTimersByTimeAsync(1_500)
  const closed = cleaning.close()
  await vi.advanceTimersByTimeAsync(10_000)
  await closed
  expect(asked).toBe(2)
})
