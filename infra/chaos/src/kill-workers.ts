import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWaitingPushes } from '@parley/notifier/testing'

export interface KillingOptions {
  /** So many workers are killed. */
  kills: number
  log?: (line: string) => void
  /** Ends it early: it rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface KillingReport {
  kills: number
  /** How many people were to be pushed something, and what came. */
  waited: number
  pushed: number
  seconds: number
  /** What was promised and not kept. */
  violations: string[]
}

/** More than workers settle before they are killed: they hand over many at once, and few are written down by then. */
const [WAITING, WAITING_FOR_EACH] = [40, 2]
/** As many as a worker has under way. */
const AT_ONCE = 16
/** So many more are started before their turn comes. */
const READY = 2
/** A worker that has not come to its end by then never will. */
const PATIENCE_MS = 60_000
const SAID_EVERY_MS = 10_000

/**
 * Kills notification workers between handing a push over and writing that down, one after the other over the same database, and lets the last
 * one come to its end. Everybody has to be pushed, and nobody again but what the dead had in their hands, with its id.
 */
export async function killWorkers({ kills, log = () => {}, signal }: KillingOptions): Promise<KillingReport> {
  const began = performance.now()
  const violations: string[] = []
  const waited = WAITING + WAITING_FOR_EACH * kills
  await using pushes = await openWaitingPushes(waited)
  const workers: ChildProcess[] = []
  const started: Worker[] = []
  const start = (kill: number) => {
    const { program, env } = pushes.worker
    // another one of those that are under way each time; the last one lives
    const failpoints = kill < kills && { PARLEY_FAILPOINTS: `notifier.handedOver:${1 + ((kill * 5) % 8)}` }
    const worker = startWorker(program, { ...env, ...failpoints })
    workers.push(worker.process)
    started.push(worker)
  }
  const left = async () => (await pushes.rows()).filter(({ state }) => state !== 'accepted').length
  /** How often each may come: once, and once more for each of the dead that had it. */
  const most = new Map<string, number>()
  try {
    let saidAt = performance.now()
    for (let kill = 0; kill < kills; kill++) {
      while (started.length + kill <= Math.min(kills, kill + READY)) start(kill + started.length)
      const worker = started.shift()!
      await worker.ready
      worker.process.send('begin')
      const ended = await within(worker.ended, signal)
      if (ended !== 'SIGKILL') {
        violations.push(`worker ${kill + 1} was to be killed by itself, and ${ended ?? 'goes on'}`)
        worker.process.kill('SIGKILL')
        break
      }
      for (const { id, taken, state } of await pushes.rows())
        if (taken && state === 'waiting') most.set(id, (most.get(id) ?? 1) + 1)
      await pushes.endLeases()
      if (performance.now() - saidAt < SAID_EVERY_MS && kill + 1 < kills) continue
      saidAt = performance.now()
      log(`${kill + 1} of ${kills} workers killed, ${pushes.received().length} pushes came, ${await left()} wait`)
    }
    if (started.length === 0) start(kills)
    const last = started.shift()!
    await last.ready
    last.process.send('begin')
    let deadline = Date.now() + PATIENCE_MS
    for (let before = waited, now = await left(); now > 0; before = now, now = await left()) {
      signal?.throwIfAborted()
      if (now < before) deadline = Date.now() + PATIENCE_MS
      if (Date.now() > deadline) {
        violations.push(`${now} were not handed over when nobody was killed any more`)
        break
      }
      await sleep(200)
    }
    const ids = (await pushes.rows()).map(({ id }) => id)
    const received = pushes.received()
    violations.push(...wrongWith(ids, received, most, kills))
    return { kills, waited, pushed: received.length, seconds: (performance.now() - began) / 1_000, violations }
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
  }
}

function wrongWith(
  ids: readonly string[],
  received: readonly string[],
  most: ReadonlyMap<string, number>,
  kills: number,
): string[] {
  const times = new Map<string, number>()
  for (const id of received) times.set(id, (times.get(id) ?? 0) + 1)
  const known = new Set(ids)
  const repeated = received.length - times.size
  const missed = ids.filter((id) => !times.has(id))
  return [
    ...(missed.length > 0 ? [`${missed.length} never came, such as ${missed[0]}`] : []),
    ...[...times].flatMap(([id, count]) => {
      if (!known.has(id)) return [`${id} came, and there is no such push`]
      const allowed = most.get(id) ?? 1
      return count > allowed ? [`${id} came ${count} times, and may ${allowed}`] : []
    }),
    // or nobody was killed in the moment that this is about
    ...(repeated < kills ? [`only ${repeated} came again`] : []),
    ...(repeated > kills * AT_ONCE ? [`${repeated} came again, more than were under way`] : []),
  ]
}

interface Worker {
  process: ChildProcess
  ready: Promise<unknown>
  /** By which signal or exit code. */
  ended: Promise<string>
}

function startWorker(program: string, env: NodeJS.ProcessEnv): Worker {
  const worker = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = once(worker, 'exit').then(([code, signal]) => String(signal ?? `ended with ${code}`))
  const ready = Promise.race([
    once(worker, 'message'),
    ended.then((how) => {
      throw new Error(`A worker did not start: ${how}`)
    }),
  ])
  // whoever waits for it hears of it
  ready.catch(() => {})
  return { process: worker, ready, ended }
}

async function within(ended: Promise<string>, signal: AbortSignal | undefined): Promise<string | undefined> {
  const leave = new AbortController()
  try {
    const tooLong = sleep(PATIENCE_MS, undefined, {
      signal: signal ? AbortSignal.any([signal, leave.signal]) : leave.signal,
    })
    return await Promise.race([ended, tooLong])
  } finally {
    leave.abort()
  }
}
