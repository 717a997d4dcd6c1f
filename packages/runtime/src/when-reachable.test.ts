import { ParleyError, SetupError } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { whenReachable } from './when-reachable.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const away = () => new ParleyError('unavailable', 'Nothing listens there.')
const fast = { retryMs: 1, patienceMs: 60_000 }

test('what is started together is waited for', async () => {
  let asked = 0
  const work = async () => {
    if (++asked < 4) throw away()
    return 'there'
  }
  expect(await whenReachable(log, work, fast)).toBe('there')
})

test('what stays away is told in the words of the refusal, to people', async () => {
  const failing = whenReachable(log, () => Promise.reject(away()), { retryMs: 1, patienceMs: 5 })
  await expect(failing).rejects.toBeInstanceOf(SetupError)
  await expect(failing).rejects.toThrow('Nothing listens there.')
})

test('what no waiting mends is told at once', async () => {
  let asked = 0
  const wrong = new SetupError('It refuses the password.')
  const failing = whenReachable(
    log,
    () => {
      asked++
      return Promise.reject(wrong)
    },
    fast,
  )
  await expect(failing).rejects.toBe(wrong)
  expect(asked).toBe(1)
})
