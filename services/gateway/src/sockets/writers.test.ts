import { type Edge, ParleyError } from '@parley/contracts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Writers } from './writers.ts'

const ana = { tenantId: 'acme', userId: 'ana' }
const here = '019a4000-0000-7000-8000-000000000001'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Writers who are answered what `answer` says, and how often was asked. */
function asking(answer: () => { until: string | null } | ParleyError) {
  let asked = 0
  const requireWriter = async () => {
    asked++
    const said = answer()
    if (said instanceof ParleyError) throw said
    return said
  }
  const writers = new Writers({ requireWriter } as unknown as Edge)
  const ask = async (times: number, who = ana) => {
    const before = asked
    const codes = await Promise.all(
      Array.from({ length: times }, () =>
        writers.require(who, here).then(
          () => 'ok',
          (err) => err.code,
        ),
      ),
    )
    return [[...new Set(codes)].join(), asked - before]
  }
  return { writers, ask }
}

test('somebody who types is asked for once, until something changes or a while has gone by', async () => {
  const { writers, ask } = asking(() => ({ until: null }))
  expect([await ask(50), await ask(50), await ask(1, { ...ana, userId: 'ben' })]).toEqual([
    ['ok', 1],
    ['ok', 0],
    ['ok', 1],
  ])
  writers.forget(here)
  expect([await ask(2), await ask(2)]).toEqual([
    ['ok', 1],
    ['ok', 0],
  ])
  writers.forgetUser('acme', 'ana')
  expect([await ask(2), await ask(1, { ...ana, userId: 'ben' })]).toEqual([
    ['ok', 1],
    ['ok', 1],
  ])
  vi.advanceTimersByTime(30_001)
  expect(await ask(2)).toEqual(['ok', 1])
})

test('a refusal is kept as well; that nobody could say is not', async () => {
  let err = new ParleyError('blocked', 'Blocked')
  const { ask } = asking(() => err)
  expect([await ask(3), await ask(3)]).toEqual([
    ['blocked', 1],
    ['blocked', 0],
  ])
  vi.advanceTimersByTime(30_001)
  for (const code of ['unavailable', 'rate_limited'] as const) {
    err = new ParleyError(code, 'Later')
    expect([await ask(3), await ask(3)]).toEqual([
      [code, 1],
      [code, 1],
    ])
  }
})

test('what holds until a conversation ends by itself is asked again then', async () => {
  const { ask } = asking(() => ({ until: new Date(Date.now() + 5_000).toISOString() }))
  expect(await ask(2)).toEqual(['ok', 1])
  vi.advanceTimersByTime(4_000)
  expect(await ask(2)).toEqual(['ok', 0])
  vi.advanceTimersByTime(1_001)
  expect(await ask(2)).toEqual(['ok', 1])
})
