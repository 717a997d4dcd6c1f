import { setTimeout as sleep } from 'node:timers/promises'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'
import { readViews, untilConverged, untilOutboxEmpty, type Views } from './checks.ts'
import { type Client, connectClient } from './client.ts'
import { type Fault, type FaultChoice, faultsOf } from './faults.ts'
import { checkUploads } from './files.ts'
import { watchLiveness } from './liveness.ts'
import { type Load, startLoad } from './load.ts'
import { createMeasures } from './measures.ts'
import { checkHearing, checkHistory, type Violation } from './model.ts'
import { openOutside } from './outside.ts'
import { seededRandom } from './random.ts'
import type { ChaosReport } from './report.ts'
import { callRest } from './rest.ts'
import { createSaboteur } from './saboteur.ts'
import { type PlannedFault, planFaults } from './schedule.ts'
import { messagesInStream } from './stream.ts'
import { makeTalks, people, type Talk } from './talks.ts'
import { untilTold } from './told-checks.ts'
import { startWorld } from './world.ts'

export interface ChaosOptions extends FaultChoice {
  seed: number
  durationMs: number
  /** Messages a second. */
  rate: number
  everyMs: number
  longestHoldMs?: number
  /** Only faults whose name contains one of these; all when empty. */
  only?: readonly string[]
  logLevel?: string
  log?: (line: string) => void
  /** Called every second while the load runs. */
  progress?: (state: Progress) => void
  /** Ends the run early: everything is stopped and the result rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface Progress {
  leftMs: number
  sent: number
  acked: number
  waiting: number
  /** What is broken now. */
  broken: string[]
  faults: number
  violations: number
}

/** People with a second device. */
const TWO_DEVICES = 6
/** People who have a browser that is pushed to as well. */
const BROWSERS = 3
const ANSWERED_WITHIN_MS = 30_000
const PROMISED_CONVERGENCE_MS = 5_000

/**
 * Starts a cluster, loads it, breaks it by the seed's schedule, and checks with everything that was sent and heard that
 * the promises were kept. Rejects when the run itself was not possible; a broken promise is in the report.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, signal, log = () => {} } = options
  const only = options.only ?? []
  const { natsServers = 1, onlyPairs = false } = options
  const faults = faultsOf(options).filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))
  const plan = planFaults({ ...options, faults })
  const random = seededRandom(seed)
  const violations: Violation[] = []
  const violated = (violation: Violation) => void violations.push(violation)
  const measures = createMeasures()
  const began = performance.now()

  await using world = await startWorld({
    logLevel: options.logLevel ?? 'info',
    natsServers,
    log,
    crashed(name, words) {
      violated({ kind: 'CRASHED', conversationId: '', detail: words, at: Date.now() })
      saboteur.revive(name)
    },
  })
  const { url } = world.cluster
  const saboteur = createSaboteur({ world, measures, log })
  const identity = readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: world.jwtSecret })
  const tokens = new Map(people.map((userId) => [userId, signDevelopmentToken({ userId, role: 'customer' }, identity)]))
  const host = signDevelopmentToken({ userId: 'host', role: 'service' }, identity)
  // the histories are compared with what the load has sent
  const quiet = await callRest(url, host, 'PUT', '/admin/policy', { groups: { notices: false } })
  if (!quiet.ok) throw new Error(`The policy could not be set: ${quiet.code}`)
  const talks = await makeTalks(url, tokens, random)
  await using outside = await openOutside({ url, host, tokens, userIds: people.slice(0, BROWSERS) })
  const clients: Client[] = []
  let load: Load | undefined
  try {
    const byUser = new Map<string, Client[]>()
    for (const [index, userId] of people.entries()) {
      const devices = Array.from({ length: index < TWO_DEVICES ? 2 : 1 }, (_, device) =>
        connectClient({ url, userId, name: `${userId}/${device + 1}`, token: tokens.get(userId)!, measures, violated }),
      )
      byUser.set(userId, devices)
      clients.push(...devices)
    }
    await Promise.race([Promise.all(clients.map(({ loaded }) => loaded)), endOf(30_000, signal)])
    log(
      `${clients.length} clients in ${talks.length} conversations; ${plan.length} faults; logs: ${world.cluster.logFolder}`,
    )

    load = startLoad({ url, seed, rate: options.rate, tokens, clients: byUser, talks, measures })
    // where no process is stopped, each answers
    const stopWatching = onlyPairs ? watchLiveness(world, violated) : undefined
    await underFaults(plan, saboteur, load, options, violations)
    await stopWatching?.()
    log('the load has ended; waiting for quiet')
    if (!(await load.stop(ANSWERED_WITHIN_MS))) {
      const detail = `not everything was answered ${ANSWERED_WITHIN_MS / 1_000} s after the last fault was healed`
      violated({ kind: 'STUCK', conversationId: '', detail, at: Date.now() })
    }
    const quietAt = Math.max(load.lastWriteAt, saboteur.healedAt)
    const views = await readViews(url, tokens, talks)
    const { convergedMs, violations: stale } = await untilConverged(clients, views, quietAt)
    violations.push(...stale)
    if (stale.length === 0 && convergedMs > PROMISED_CONVERGENCE_MS)
      violated({ kind: 'STALE', conversationId: '', detail: `until ${convergedMs} ms after quiet`, at: Date.now() })
    violations.push(...checkAll(talks, views, load, clients))
    const waiting = await untilOutboxEmpty(world.databaseUrl)
    if (waiting > 0)
      violated({ kind: 'STUCK', conversationId: '', detail: `${waiting} events wait in the outbox`, at: Date.now() })

    // the store of one server alone is wiped as well
    if (natsServers > 1 && waiting === 0) violations.push(...(await checkStream(world.natsUrl, load.sent)))

    const told = await untilTold({ url, tokens, views, load, outside, delayMs: world.notifyDelayMs })
    violations.push(...told.violations, ...(await checkUploads(url, tokens, load.uploads)))

    const { heldBack, ...counts } = load.counts
    return {
      seed,
      passed: violations.length === 0,
      seconds: (performance.now() - began) / 1_000,
      faults: saboteur.done,
      byFault: measures.byFault(),
      totals: {
        ...counts,
        heldBack,
        ...measures.totals,
        pushes: sum([...outside.browsers.values()].map(({ received }) => received.length)),
        webhooks: sum([...outside.deliveries.values()].map(({ length }) => length)),
        ackP50Ms: measures.ackPercentile(0.5),
        ackP99Ms: measures.ackPercentile(0.99),
      },
      convergedMs,
      toldMs: told.toldMs,
      violations,
      absences: load.absences,
      diaries: Object.fromEntries(
        clients
          .filter(({ name }) => violations.some(({ detail }) => detail.startsWith(`${name} `)))
          .map(({ name, diary }) => [name, diary]),
      ),
      logFolder: world.cluster.logFolder,
    }
  } finally {
    for (const client of clients) client.close()
    await saboteur.heal()
    await load?.stop(0)
  }
}

/** What was acknowledged and the stream of events does not tell of; of what was deleted it tells no more. */
async function checkStream(natsUrl: string, sent: Load['sent']): Promise<Violation[]> {
  const { found: told, lacking } = await messagesInStream(natsUrl)
  // a replica that is current, as NATS says, and is not
  const detail = `a server of the stream has ${lacking} events less than its leader`
  const behind: Violation[] = lacking > 0 ? [{ kind: 'LOST', conversationId: '', detail, at: Date.now() }] : []
  const lost = sent.flatMap(({ conversationId, clientId, acked, changed, isUncertain }): Violation[] => {
    const mayBeDeleted = isUncertain || (changed !== undefined && changed.content === undefined)
    if (!acked || mayBeDeleted || told.has(`${conversationId}:${acked.seq}`)) return []
    const detail = `${clientId}, acknowledged as seq ${acked.seq}, is not in the stream of events`
    return [{ kind: 'LOST', conversationId, detail, at: Date.now() }]
  })
  return [...behind, ...lost]
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** Lets the load run for its time while the planned faults come and go; resolves when all of them are healed. */
async function underFaults(
  plan: readonly PlannedFault<Fault>[],
  saboteur: ReturnType<typeof createSaboteur>,
  load: Load,
  options: ChaosOptions,
  violations: readonly Violation[],
): Promise<void> {
  const from = performance.now()
  const left = () => options.durationMs - (performance.now() - from)
  const next = [...plan]
  // on a machine that is busy, until everything that was planned has begun
  while (left() > 0 || saboteur.done.length < plan.length) {
    await endOf(100, options.signal, true)
    while (next[0] && next[0].atMs <= performance.now() - from) saboteur.commit(next.shift()!)
    options.progress?.({
      leftMs: Math.max(0, left()),
      sent: load.counts.sent,
      acked: load.counts.acked,
      waiting: load.waiting,
      broken: saboteur.broken(),
      faults: saboteur.done.length,
      violations: violations.length,
    })
  }
  await saboteur.heal()
}

function checkAll(talks: readonly Talk[], views: Views, load: Load, clients: readonly Client[]): Violation[] {
  const ofHistory = talks.flatMap(({ id, owner }) => {
    const sent = load.sent.filter(({ conversationId }) => conversationId === id)
    return checkHistory(id, views.get(owner)?.get(id) ?? [], sent)
  })
  const intrusions = load.intrusions.map(({ conversationId, userId, what, at }): Violation => {
    return { kind: 'UNEXPECTED', conversationId, detail: `${userId} ${what} after their removal`, at }
  })
  return [
    ...ofHistory,
    ...intrusions,
    ...clients.flatMap(({ userId, reached }) => checkHearing(userId, reached, load.absences)),
  ]
}

/** Waits; rejects when the signal comes, or when the time passes without being what was waited for. */
async function endOf(ms: number, signal: AbortSignal | undefined, isExpected = false): Promise<void> {
  await sleep(ms, undefined, { ref: isExpected, ...(signal && { signal }) }).catch(() => {})
  if (signal?.aborted) throw signal.reason
  if (!isExpected) throw new Error(`The clients were not connected within ${ms / 1_000} s`)
}
