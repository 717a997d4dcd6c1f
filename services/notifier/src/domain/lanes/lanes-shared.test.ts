import { createJobs, type JobRunner } from '@parley/database'
import { expect, onTestFinished, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { LANE_CHANNEL, laneScene } from '../../../test/lane-scene.ts'
import type { Outcome } from '../ports/channel.ts'
import type { Lane } from '../ports/lane.ts'
import { createLanes } from './lanes.ts'

describeUseCases('those who share the handing over', (current) => {
  test('one whose devices do not answer delays nobody else of their tenant', async () => {
    const { putMany, sent, answers, lane, deps, tenantId } = await laneScene(current(), { people: ['ana', 'ben'] })
    const leave = new AbortController()
    answers.next = ({ userId }, signal) =>
      userId === 'ana' ? hang(signal) : Promise.resolve({ kind: 'accepted' } as const)
    await putMany('ana', 20)
    await putMany('ben', 20)
    const { handlers } = createLanes(deps, [lane])
    const job = { tenantId, kind: '', key: LANE_CHANNEL, dueAt: '', payload: {}, attempt: 1 }
    const turn = Object.values(handlers)[0]!(job, { signal: leave.signal })
    await expect.poll(() => sent.filter(({ userId }) => userId === 'ben').length, { timeout: 4_000 }).toBe(20)
    expect(sent.filter(({ userId }) => userId === 'ana')).toHaveLength(4)
    leave.abort()
    await turn
  })

  test('where much waits in a tenant replicas share it, and each is handed over once', async () => {
    const people = Array.from({ length: 12 }, (_, n) => `user-${n}`)
    const { putMany, sent, answers, lane, deps, rows } = await laneScene(current(), { people })
    for (const userId of people) await putMany(userId, 20)
    // the first has its hands full from some time on
    let isFull = true
    const released: (() => void)[] = []
    answers.next = async () => {
      if (isFull && sent.length > 130) await new Promise<void>((resolve) => released.push(resolve))
      return { kind: 'accepted' }
    }
    const handedOver = [0, 0]
    const replicas = handedOver.map((_, of) => replica({ ...deps, passing: () => void handedOver[of]!++ }, lane))
    onTestFinished(async () => {
      await Promise.all(replicas.map((one) => one.close()))
    })
    replicas[0]!.start()
    await expect.poll(() => released.length).toBe(16)
    isFull = false
    replicas[1]!.start()
    await expect.poll(() => handedOver[1]!).toBeGreaterThan(0)
    for (const release of released) release()
    await expect.poll(async () => (await rows()).filter(({ state }) => state !== 'accepted').length).toBe(0)
    expect([sent.length, new Set(sent.map(({ id }) => id)).size]).toEqual([240, 240])
  })

  test('a tenant whose receiver hangs, with hundreds waiting, delays no other tenant', async () => {
    const world = current()
    const flood = await laneScene(world)
    const other = await laneScene(world)
    flood.answers.next = (_sent, signal) => hang(signal)
    await flood.putMany('ana', 300)
    const of = new Map([flood, other].map((scene) => [scene.tenantId, scene]))
    const lane = {
      channel: LANE_CHANNEL,
      prepare: (tenantId: string, asked: never) => of.get(tenantId)!.lane.prepare(tenantId, asked),
    }
    const runners: JobRunner[] = []
    onTestFinished(async () => {
      await Promise.all(runners.map((runner) => runner.close()))
    })
    // two replicas
    for (const _ of [1, 2])
      runners.push(
        replica(
          { ...flood.deps, standingOf: (tenantId, places) => of.get(tenantId)!.deps.standingOf(tenantId, places) },
          lane,
        ),
      )
    for (const runner of runners) runner.start()
    await expect.poll(() => flood.sent.length, { timeout: 5_000 }).toBeGreaterThan(0)
    await other.putMany('ana', 10)
    for (const runner of runners) runner.wakeIn(0)
    await expect.poll(() => other.sent.length, { timeout: 4_000 }).toBe(10)
    // each once, though there are two
    expect(new Set(other.sent.map(({ id }) => id)).size).toBe(10)
    // four of one person in each replica
    expect(flood.sent.length).toBeLessThanOrEqual(8)
  })
})

type Deps = Parameters<typeof createLanes>[0] & Pick<Awaited<ReturnType<typeof laneScene>>['deps'], 'store'>

function replica(deps: Deps, lane: Lane): JobRunner {
  const { handlers, atOnce } = createLanes(deps, [lane])
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  return createJobs({ queue: deps.store.jobs, handlers, atOnce, log, setAside: () => {} })
}

const hang = (signal: AbortSignal) =>
  new Promise<Outcome>((resolve) =>
    signal.addEventListener('abort', () => resolve({ kind: 'later', reason: 'left' }), { once: true }),
  )
