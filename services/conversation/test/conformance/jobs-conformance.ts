import { ParleyError } from '@parley/contracts'
import {
  cancelJob,
  createJobRunner,
  createJobs,
  type Job,
  type JobHandler,
  type JobReading,
  type JobRunnerOptions,
  runDueJobs,
  scheduleJob,
} from '@parley/database'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type TestWorld, upTo } from '../test-world.ts'

/** Kinds are of one test alone: jobs are claimed by their kind. */
let kinds = 0

export function describeJobs(current: () => TestWorld): void {
  describe('jobs', () => {
    const scene = () => {
      const { people, database, asOwner, store } = current()
      const { tenantId } = people()
      const kind = `kind-${++kinds}`
      const queue = store.jobs
      const inTenant = <T>(work: Parameters<typeof database.transaction<T>>[1]) =>
        database.transaction({ tenantId }, work)
      const schedule = (key: string, dueAt?: Date, payload: object = {}, of = kind) =>
        inTenant((tx) => scheduleJob(tx, tenantId, { kind: of, key, payload, ...(dueAt && { dueAt }) }))
      return {
        ...{ tenantId, kind, queue, schedule, inTenant },
        cancel: (key: string) => inTenant((tx) => cancelJob(tx, tenantId, { kind, key })),
        waiting: () =>
          asOwner<{ key: string; parked: boolean; attempts: number; error: string | null }>(
            'SELECT key, parked_at IS NOT NULL AS parked, attempts, error FROM jobs WHERE kind = $1 ORDER BY key',
            [kind],
          ),
        /** As if so long had gone by that every lease is over and every try due. */
        timePasses: () =>
          asOwner(`UPDATE jobs SET run_at = clock_timestamp() - interval '1 ms' WHERE kind = $1`, [kind]),
        start(handlers: Record<string, JobHandler>, more: Partial<JobRunnerOptions> = {}) {
          const runner = createJobRunner({
            ...{ queue, handlers, onFailed: () => {}, onUnreachable: () => {} },
            ...more,
          })
          runner.start()
          onTestFinished(() => runner.close())
          return runner
        },
        run: (handler: JobHandler, failed: [string, boolean][] = []) =>
          runDueJobs({
            queue,
            handlers: { [kind]: handler },
            onFailed: (err, _job, parked) => failed.push([String(err), parked]),
          }),
      }
    }
    const nothing = async () => undefined
    const in_ = (ms: number) => new Date(Date.now() + ms)
    const keysOf = (jobs: readonly Job[]) => jobs.map(({ key }) => key).sort()

    test('what is scheduled is there with its transaction, and due at its time; again moves it, and it can be taken back', async () => {
      const { kind, queue, schedule, inTenant, tenantId, cancel } = scene()
      const torn = inTenant(async (tx) => {
        await scheduleJob(tx, tenantId, { kind, key: 'torn', payload: {} })
        throw new Error('no')
      })
      await expect(torn).rejects.toThrow('no')
      expect(await queue.next([kind])).toEqual(new Map())
      expect(await schedule('a', in_(60_000))).toBeGreaterThan(50_000)
      expect((await queue.next([kind, 'other'])).get(kind)).toBeGreaterThan(50_000)
      expect(await queue.claim([kind], 10)).toEqual([])
      await schedule('a', undefined, { said: 'anew' })
      expect((await queue.next([kind])).get(kind)).toBeLessThanOrEqual(0)
      expect(await queue.claim([kind], 10)).toMatchObject([
        { tenantId, kind, key: 'a', payload: { said: 'anew' }, attempt: 1 },
      ])
      await schedule('b')
      await cancel('b')
      expect(await queue.claim([kind], 10)).toEqual([])
    })

    test('claims are bounded, of the kinds that are asked for, the earliest first, and no job is in two of them', async () => {
      const { kind, queue, schedule } = scene()
      for (const n of upTo(5)) await schedule(`${n}`, in_(-n * 1_000))
      await schedule('1', undefined, {}, `${kind}-other`)
      expect(keysOf(await queue.claim([kind], 2))).toEqual(['4', '5'])
      const both = await Promise.all([queue.claim([kind], 2), queue.claim([kind], 2)])
      expect(keysOf(both.flat())).toEqual(['1', '2', '3'])
    })

    test('whoever dies between claiming and finishing gives the job back by the end of the lease', async () => {
      const { kind, queue, schedule, timePasses, waiting, run } = scene()
      await schedule('a')
      const [dead] = await queue.claim([kind], 1)
      expect(await queue.claim([kind], 1)).toEqual([])
      expect(await queue.extend([dead!])).toEqual(new Set([dead!.id]))
      await timePasses()
      const [taken] = await queue.claim([kind], 1)
      expect(taken).toMatchObject({ key: 'a', attempt: 2 })
      // the one that was believed dead has nothing to say any more
      expect(await queue.extend([dead!])).toEqual(new Set())
      await queue.finish(dead!)
      await queue.giveBack(dead!, 0, 7, 'late')
      expect(await waiting()).toEqual([{ key: 'a', parked: false, attempts: 2, error: null }])
      await timePasses()
      expect(await run(nothing)).toBe(1)
      expect(await waiting()).toEqual([])
    })

    test('what is scheduled anew while it is done is done again', async () => {
      const { schedule, run, timePasses, waiting } = scene()
      await schedule('a', undefined, { n: 1 })
      const done: object[] = []
      const handler: JobHandler = async ({ payload }) => {
        done.push(payload)
        if (done.length === 1) await schedule('a', undefined, { n: 2 })
        // more to do, and then it is done
        return done.length === 2 ? { againMs: 60_000 } : undefined
      }
      expect(await run(handler)).toBe(2)
      await timePasses()
      expect(await run(handler)).toBe(1)
      expect(done).toEqual([{ n: 1 }, { n: 2 }, { n: 2 }])
      expect(await waiting()).toEqual([])
    })

    test('what fails waits longer each time, and goes aside in the end; scheduling it anew brings it back', async () => {
      const { kind, queue, schedule, run, timePasses, waiting } = scene()
      await schedule('bad')
      const failed: [string, boolean][] = []
      const delays: number[] = []
      for (let parked = false; !parked; parked = failed.at(-1)![1]) {
        await run(() => Promise.reject(new Error('poison')), failed)
        delays.push((await queue.next([kind])).get(kind) ?? Infinity)
        await timePasses()
      }
      expect(failed).toHaveLength(8)
      // with up to a quarter more or less
      for (const [i, delay] of delays.slice(0, 7).entries()) {
        expect(delay / (2_000 * 2 ** i)).toBeGreaterThan(0.6)
        expect(delay / (2_000 * 2 ** i)).toBeLessThan(1.3)
      }
      expect(await waiting()).toEqual([{ key: 'bad', parked: true, attempts: 8, error: 'Error: poison' }])
      expect(await run(nothing)).toBe(0)
      await schedule('bad')
      expect(await run(nothing)).toBe(1)
    })

    test('what ends its process each time goes aside as well', async () => {
      const { kind, queue, schedule, timePasses, run, waiting } = scene()
      await schedule('deadly')
      for (const attempt of upTo(8)) {
        expect(await queue.claim([kind], 1)).toMatchObject([{ attempt }])
        await timePasses()
      }
      const failed: [string, boolean][] = []
      await run(() => Promise.reject(new Error('it was done')), failed)
      expect(failed).toEqual([['Error: It ended each process that worked on it', true]])
      expect(await waiting()).toMatchObject([{ key: 'deadly', parked: true }])
      // whoever ends meanwhile takes no count of it with them: it is read of the table, until somebody brings it back
      expect((await queue.parked()).get(kind)).toBe(1)
      const readings: JobReading[] = []
      createJobs({
        ...{ queue, handlers: { [kind]: nothing }, setAside: () => {} },
        log: { info: () => {}, warn: () => {}, error: () => {} },
        show: (reading) => readings.push(reading),
      })
      expect(readings.map(({ name, labels }) => [name, labels])).toEqual([['parley_jobs_parked', { kind }]])
      expect(await readings[0]!.read()).toBe(1)
      await schedule('deadly')
      expect([await readings[0]!.read(), (await queue.parked()).has(kind)]).toEqual([0, false])
    })

    test('what is out of reach is tried for ever', async () => {
      const { schedule, run, timePasses, waiting } = scene()
      await schedule('a')
      for (const _ of upTo(10)) {
        await run(() => Promise.reject(new ParleyError('unavailable', 'The stream is out of reach')))
        await timePasses()
      }
      expect(await waiting()).toMatchObject([{ key: 'a', parked: false, attempts: 0 }])
      expect(await run(nothing)).toBe(1)
    })

    test('jobs that went aside long ago are let go of', async () => {
      const { kind, schedule, waiting } = scene()
      for (const key of ['old', 'new']) await schedule(key)
      await current().asOwner(
        `UPDATE jobs SET parked_at = now() - CASE key WHEN 'old' THEN 31 ELSE 29 END * interval '1 day' WHERE kind = $1`,
        [kind],
      )
      await current().forgetJobs()
      expect((await waiting()).map(({ key }) => key)).toEqual(['new'])
    })

    test('every replica does what is due, each job once, also what another one scheduled; a backlog of one kind keeps no other waiting', async () => {
      const { kind, schedule, start, waiting } = scene()
      const [slow, done, quick] = [`${kind}-slow`, [] as string[], [] as string[]]
      for (const n of upTo(30)) await schedule(`${n}`.padStart(2, '0'))
      for (const n of upTo(9)) await schedule(`${n}`, undefined, {}, slow)
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      const handlers: Record<string, JobHandler> = {
        [kind]: async ({ key }) => void done.push(key) as undefined,
        [slow]: async ({ key }) => {
          await held
          quick.push(key)
          return undefined
        },
      }
      const runners = [start(handlers), start(handlers)]
      await expect.poll(() => done.length).toBe(30)
      // and what is scheduled by the process itself, when it is due
      runners[0]!.wakeIn(await schedule('later', in_(150)))
      await expect.poll(() => done.at(-1), { interval: 20, timeout: 4_000 }).toBe('later')
      expect(quick).toEqual([])
      release()
      await expect.poll(() => quick.length).toBe(9)
      expect(new Set(done).size).toBe(31)
      expect(done).toHaveLength(31)
      await expect.poll(waiting).toEqual([])
    })

    test('what hangs for one tenant has its share of the places, and what is due later for another is done', async () => {
      const { kind, queue, schedule, start, inTenant } = scene()
      const { tenantId: other } = current().people()
      for (const n of upTo(20)) await schedule(`${n}`, in_(-60_000))
      const shares = { ofTenant: 2, atWork: new Map([['somebody', 2]]) }
      const scheduleOther = (key: string) =>
        current().database.transaction({ tenantId: other }, (tx) =>
          scheduleJob(tx, other, { kind, key, payload: {}, dueAt: in_(-1_000) }),
        )
      await scheduleOther('first')
      const claimed = await queue.claimShares(kind, 4, shares)
      expect(claimed.map(({ tenantId }) => tenantId === other)).toEqual([false, false, true])
      for (const job of claimed) await queue.giveBack(job, 0, 0, null)
      const done: string[] = []
      const hanging = new Set<string>()
      const handler: JobHandler = ({ tenantId, key }, { signal }) => {
        if (tenantId !== other) {
          hanging.add(key)
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        }
        done.push(key)
        return Promise.resolve(undefined)
      }
      const runner = start({ [kind]: handler }, { atOnce: { [kind]: 4 }, ofTenant: { [kind]: 2 } })
      await expect.poll(() => done, { timeout: 10_000 }).toEqual(['first'])
      await scheduleOther('second')
      runner.wakeIn(0)
      await expect.poll(() => done, { timeout: 10_000 }).toEqual(['first', 'second'])
      expect(hanging.size).toBe(2)
      await runner.close()
      await inTenant((tx) => tx.execute(`DELETE FROM jobs WHERE kind = '${kind}'`))
    })

    test('a process that ends stops what it does, and another one has it at once', async () => {
      const { schedule, start, run, kind, waiting } = scene()
      await schedule('long')
      let began = () => {}
      const begun = new Promise<void>((resolve) => {
        began = resolve
      })
      const runner = start({
        [kind]: (_job, { signal }) => {
          began()
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      })
      await begun
      await runner.close()
      expect(await waiting()).toMatchObject([{ key: 'long', attempts: 0, parked: false }])
      expect(await run(nothing)).toBe(1)
    })
  })
}
