import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import { openTestDatabase } from './testing/open-test-database.ts'

test('connections that nobody needs are kept over a calm, and not for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  let count = () => ({ open: 0 })
  await using opened = await openTestDatabase(ledger, {
    meter: {
      waited() {},
      watch(now) {
        count = now
      },
    },
  })
  const three = [1, 2, 3].map(() => opened.database.call('SELECT pg_sleep(0.05)'))
  await Promise.all(three)
  expect(count().open).toBe(3)
  vi.advanceTimersByTime(5 * 60_000)
  await turn()
  expect(count().open).toBe(3)
  vi.advanceTimersByTime(6 * 60_000)
  await turn()
  expect(count().open).toBe(0)
})
