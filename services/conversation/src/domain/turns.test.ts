import type { Actor } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { Turns } from './turns.ts'

const actor = (userId: string, tenantId = 'default') => ({ userId, tenantId }) as Actor

/** Calls that are done when they are told to, and who began in which order. */
function start(options: { perUser?: number; total?: number; maxWaiting?: number } = {}) {
  let now = 0
  const turns = new Turns({
    perUser: 2,
    total: 3,
    maxWaiting: 4,
    patienceMs: 5_000,
    clock: { now: () => now },
    ...options,
  })
  const begun: string[] = []
  const working: { userId: string; end: (err?: Error) => void }[] = []
  const call = (userId: string, tenantId?: string) => {
    const done = turns.take(
      actor(userId, tenantId),
      () =>
        new Promise<string>((resolve, reject) => {
          begun.push(userId)
          working.push({ userId, end: (err) => (err ? reject(err) : resolve(userId)) })
        }),
    )
    done.catch(() => {})
    return done
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    call,
    begun,
    working,
    /** The oldest call at work ends. */
    async end(err?: Error) {
      working.shift()!.end(err)
      await settle()
    },
    settle,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('turns', () => {
  test('so many calls of a user are worked on at once, and so many of all users', async () => {
    const { call, begun, end, working } = start()
    for (let i = 0; i < 5; i++) call('ana')
    expect(begun).toEqual(['ana', 'ana'])
    call('ben')
    call('cleo')
    expect(begun).toEqual(['ana', 'ana', 'ben'])
    await end()
    expect(working).toHaveLength(3)
  })

  test('who comes later waits for one call of each, not for all that somebody has sent', async () => {
    const { call, begun, end } = start({ perUser: 1, total: 1, maxWaiting: 100 })
    for (let i = 0; i < 100; i++) call('ana')
    call('ben')
    call('cleo')
    for (let i = 0; i < 4; i++) await end()
    expect(begun).toEqual(['ana', 'ben', 'cleo', 'ana', 'ana'])
  })

  test('a user of another tenant with the same id is another user', () => {
    const { call, begun } = start({ total: 10 })
    for (let i = 0; i < 3; i++) call('ana')
    call('ana', 'other')
    expect(begun).toHaveLength(3)
  })

  test('more than may wait is refused at once, and others are not', async () => {
    const { call, end, begun } = start()
    for (let i = 0; i < 6; i++) call('ana')
    await expect(call('ana')).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) })
    call('ben')
    expect(begun).toEqual(['ana', 'ana', 'ben'])
    await end()
    call('ana')
    await expect(call('ana')).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('a call that fails makes room like any other', async () => {
    const { call, end, begun } = start({ total: 1 })
    const failing = call('ana')
    const next = call('ben')
    await end(new Error('no'))
    await expect(failing).rejects.toThrow('no')
    await end()
    expect(await next).toBe('ben')
    expect(begun).toEqual(['ana', 'ben'])
  })

  test('what has waited longer than its caller is not begun, and holds nobody up', async () => {
    const { call, end, begun, pass, settle } = start({ total: 1 })
    call('ana')
    const late = call('ana')
    pass(5_000)
    const fresh = call('ben')
    await end()
    await settle()
    await expect(late).rejects.toMatchObject({ code: 'unavailable' })
    await end()
    expect(await fresh).toBe('ben')
    expect(begun).toEqual(['ana', 'ben'])
  })

  test('everybody is answered in the end, whoever sends how many', async () => {
    const { call, working, settle } = start({ perUser: 2, total: 3, maxWaiting: 1_000 })
    const answers = Promise.all(Array.from({ length: 600 }, (_, i) => call(`user-${(i * i) % 7}`)))
    while (working.length > 0) {
      expect(working.length).toBeLessThanOrEqual(3)
      working.splice(Math.floor(working.length / 2), 1)[0]!.end()
      await settle()
    }
    expect(await answers).toHaveLength(600)
  })
})
