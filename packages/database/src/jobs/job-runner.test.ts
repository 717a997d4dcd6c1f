import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ClaimedJob, JOB_LEASE_MS, type JobQueue } from './job-queue.ts'
import { createJobRunner, type JobHandler } from './job-runner.ts'

// How often a process wakes is a question of its timers alone: the jobs stand in this one.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function runnerOver(dueAt: number[], handler: JobHandler, more: Partial<JobQueue> = {}, atOnce?: number) {
  const jobs = dueAt.map((at, id) => ({ at, id }))
  const looks: number[] = []
  const now = () => Math.round(performance.now() - began)
  const began = performance.now()
  const queue: JobQueue = {
    async next() {
      looks.push(now())
      return jobs.length === 0 ? new Map() : new Map([['toy', Math.min(...jobs.map(({ at }) => at)) - now()]])
    },
    async claim(_kinds, limit) {
      const due = jobs.filter(({ at }) => at <= now()).slice(0, limit)
      for (const job of due) jobs.splice(jobs.indexOf(job), 1)
      return due.map(
        ({ id }): ClaimedJob => ({
          ...{ id, claim: `c${id}`, tenantId: 't', kind: 'toy', key: `${id}` },
          ...{ dueAt: '', payload: {}, attempt: 1 },
        }),
      )
    },
    claimShares: async () => [],
    extend: async (held) => new Set(held.map(({ id }) => id)),
    finish: async () => {},
    giveBack: async () => {},
    forget: async () => 0,
    parked: async () => new Map(),
    ...more,
  }
  const runner = createJobRunner({
    ...{ queue, handlers: { toy: handler }, onFailed: () => {}, onUnreachable: () => {} },
    ...(atOnce !== undefined && { atOnce: { toy: atOnce } }),
  })
  runner.start()
  return { runner, looks, now, add: (at: number) => jobs.push({ at, id: jobs.length + 100 }) }
}

test('a process without work looks twelve times a minute, and at the moment when something is due', async () => {
  const done: number[] = []
  const { runner, looks, now, add } = runnerOver([7_400], async () => {
    done.push(now())
    return undefined
  })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(done).toEqual([7_400])
  expect(looks.length).toBeLessThanOrEqual(15)
  add(60_300)
  runner.wakeIn(300)
  await vi.advanceTimersByTimeAsync(400)
  expect(done).toEqual([7_400, 60_300])
  await runner.close()
  looks.length = 0
  await vi.advanceTimersByTimeAsync(20_000)
  expect(looks).toEqual([])
})

test('a job that takes long is held for as long as it takes, and left when another process has it', async () => {
  const extended: number[] = []
  let left: unknown
  const handler: JobHandler = (_job, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        left = signal.reason
        reject(signal.reason)
      })
    })
  let isLost = false
  const { runner, now } = runnerOver([0], handler, {
    async extend(held) {
      extended.push(now())
      return new Set(isLost ? [] : held.map(({ id }) => id))
    },
  })
  await vi.advanceTimersByTimeAsync(JOB_LEASE_MS * 4)
  expect(left).toBeUndefined()
  expect(extended.length).toBeGreaterThanOrEqual(8)
  isLost = true
  await vi.advanceTimersByTimeAsync(JOB_LEASE_MS)
  expect(left).toMatchObject({ message: 'Another has this job' })
  const count = extended.length
  await vi.advanceTimersByTimeAsync(JOB_LEASE_MS * 2)
  expect(extended).toHaveLength(count)
  await runner.close()
})

test('one that takes long keeps one place of its kind, and the others go on', async () => {
  const begun: number[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let n = 0
  const handler: JobHandler = async () => {
    begun.push(n)
    if (n++ === 0) await held
    else await new Promise((resolve) => setTimeout(resolve, 10))
    return undefined
  }
  const { runner } = runnerOver([0, 0, 0, 0, 0], handler, {}, 2)
  await vi.advanceTimersByTimeAsync(15)
  expect(begun).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(500)
  expect(begun).toHaveLength(5)
  release()
  await runner.close()
})
