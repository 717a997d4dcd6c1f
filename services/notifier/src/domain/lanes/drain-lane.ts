import type { Outcome } from '../ports/channel.ts'
import type { HandOverState, Settlement, TakenHandOver } from '../ports/hand-overs.ts'
import type { Lane, Prepared } from '../ports/lane.ts'
import type { StandingOf, Standings } from '../ports/standing.ts'
import type { Store } from '../ports/store.ts'
import { nextTryMs } from './back-off.ts'
import { helperKeys } from './lane-kind.ts'
import { createSettler } from './settler.ts'

export interface LaneDeps {
  store: Store
  standingOf: StandingOf
  /** Told what became of each, and how many milliseconds after what it is about. */
  ended?: (channel: string, state: HandOverState, delayMs: number) => void
  /** For tests: told of the moment between a receiver's answer and its being written down. */
  passing?: (moment: 'handedOver') => void
  /** Until when a receiver takes nothing of a tenant's, by `performance.now()`: what is new waits as well. */
  closedUntil: Map<string, number>
  /** What this process hands over now: where others help, they are others. */
  draining: Set<string>
}

/** So many are taken, and asked about, at once. */
const TAKE = 50
/** Under way at once, in all and for one person: whose devices do not answer delay nobody else. */
const AT_ONCE = 16
const AT_ONCE_FOR_ONE = 4
/** Then it is the next tenant's turn. Milliseconds. */
const TURN_MS = 5_000
/** What was asked about longer ago is asked about once more before it leaves. */
const FRESH_MS = 1_000
/** No channel takes longer; one that does is left. */
const PATIENCE_MS = 15_000
/** After this long it is asked again what could not be asked now. */
const OUT_OF_REACH_MS = 5_000
/** What was lost more often has ended its processes, which had nothing else in hand. */
const MOST_LOST = 100
const ENDED_EACH =
  'each process that tried it ended before it had an answer, the last of them with nothing else in hand'
/** After so many that were full somebody is to help. */
const FULL_TAKES = 2
/** After this long a process looks whether it is still at work on what it was to help with. */
const ELSEWHERE_MS = 1_000
/** What a receiver asks of everybody beyond this is looked at then. */
const LONGEST_CLOSED_MS = 600_000

interface Ready {
  taken: TakenHandOver
  prepared: Prepared
  /** When the answer came. */
  askedAt: number
}

/**
 * Hands over what waits in a tenant for a channel, for as long as a turn is. Before each it looks again: what was read, deleted or muted
 * meanwhile stays here. Whoever dies over it leaves it to be tried again with the same id. Answers when there is more to do.
 */
export async function drainLane(
  deps: LaneDeps,
  lane: Lane,
  { tenantId, key }: { tenantId: string; key: string },
  context: { signal: AbortSignal },
): Promise<{ againMs: number } | undefined> {
  const { closedUntil, draining } = deps
  const place = `${tenantId} ${lane.channel}`
  const helps = helperKeys(lane.channel).includes(key)
  const closedMs = () => Math.max(0, (closedUntil.get(place) ?? 0) - performance.now())
  if (closedMs() > 0) return helps ? undefined : { againMs: closedMs() }
  closedUntil.delete(place)
  if (draining.has(place)) return { againMs: ELSEWHERE_MS }
  draining.add(place)
  try {
    await drain(deps, lane, tenantId, helps, context)
  } finally {
    draining.delete(place)
  }
  const nextIn = await deps.store.transaction(tenantId, ({ handOvers }) => handOvers.nextIn(lane.channel))
  if (nextIn === undefined || (helps && nextIn > 0)) return undefined
  return { againMs: Math.max(0, nextIn, closedMs()) }
}

/** One turn of it. */
async function drain(
  { store, standingOf, ended = () => {}, passing, closedUntil }: LaneDeps,
  lane: Lane,
  tenantId: string,
  helps: boolean,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const place = `${tenantId} ${lane.channel}`
  const closedMs = () => Math.max(0, (closedUntil.get(place) ?? 0) - performance.now())
  const turnEnds = performance.now() + TURN_MS
  const settler = createSettler(store, tenantId)
  const underWay = new Map<TakenHandOver, Promise<void>>()
  const leaving = new Set<AbortController>()
  signal.addEventListener('abort', () => {
    for (const one of leaving) one.abort(signal.reason)
  })
  let ready: Ready[] = []
  const goesOn = () => performance.now() < turnEnds && !signal.aborted && closedMs() === 0

  const end = (taken: TakenHandOver, how: Settlement) => {
    ended(lane.channel, how.state, Date.now() - Date.parse(taken.eventAt))
    return settler.end({ taken, how })
  }
  /** Nobody has tried it. */
  const release = (some: readonly TakenHandOver[], afterMs: number) =>
    some.length === 0
      ? undefined
      : settler.end(
          ...some.map((taken) => ({ taken, how: { state: 'waiting', reason: null, afterMs, counts: false } as const })),
        )
  const makeReady = async (some: readonly TakenHandOver[]): Promise<Ready[]> => {
    try {
      const standings = some.length > 0 ? await standingOf(tenantId, some.map(placeOf)) : []
      const prepared = await lane.prepare(
        tenantId,
        some.map((taken, i) => ({ taken, ...(standings[i] ?? NOTHING) })),
      )
      // counted from the answer: where asking takes long on a busy machine, all would be too old for ever, and nothing left
      const askedAt = performance.now()
      const readyOnes: Ready[] = []
      for (const [i, taken] of some.entries()) {
        const one = prepared[i]!
        if ('state' in one) await end(taken, one.state === 'waiting' ? { ...one, counts: false } : one)
        else readyOnes.push({ taken, prepared: one, askedAt })
      }
      return readyOnes
    } catch (err) {
      await release(some, OUT_OF_REACH_MS)
      throw err
    }
  }
  const handOver = async ({ taken, prepared }: Ready) => {
    const outcome = await patiently(prepared, leaving)
    passing?.('handedOver')
    if (outcome.kind === 'later' && signal.aborted)
      return settler.end({ taken, how: { state: 'waiting', reason: null, afterMs: 0, counts: false, left: true } })
    if (outcome.kind === 'later' && outcome.from === 'everybody')
      closedUntil.set(place, performance.now() + Math.min(outcome.afterMs ?? OUT_OF_REACH_MS, LONGEST_CLOSED_MS))
    if (outcome.kind === 'gone') await prepared.forget(outcome.reason)
    await end(taken, settlementOf(outcome, taken.attempt - taken.lost))
  }
  const start = (one: Ready) => {
    // what cannot be written down now comes again with its lease's end
    const done = handOver(one)
      .catch(() => {})
      .then(() => void underWay.delete(one.taken))
    underWay.set(one.taken, done)
  }
  const mayStart = ({ taken: { userId } }: Ready) =>
    underWay.size < AT_ONCE && [...underWay.keys()].filter((other) => other.userId === userId).length < AT_ONCE_FOR_ONE

  /** What was lost often, one after the other and with nothing else in hand: that is how it is known which ends its process. */
  const tryAlone = async () => {
    do {
      const taken = await store.transaction(tenantId, ({ handOvers }) => handOvers.takeLost(lane.channel))
      if (!taken) return
      if (taken.lost > MOST_LOST) await end(taken, { state: 'dead', reason: ENDED_EACH })
      else for (const one of await makeReady([taken])) start(one)
      await Promise.all(underWay.values())
    } while (goesOn())
  }

  /** Without it this one hands over all of it. */
  const share = async () => {
    await store.transaction(tenantId, ({ handOvers }) => handOvers.share(lane.channel)).catch(() => {})
  }

  let fullTakes = 0
  let isEmpty = false
  try {
    while (goesOn()) {
      let next = ready.findIndex(mayStart)
      if (next === -1 && !isEmpty && underWay.size < AT_ONCE && ready.length < TAKE) {
        const taken = await store.transaction(tenantId, ({ handOvers }) => handOvers.take(lane.channel, TAKE))
        isEmpty = taken.length === 0
        fullTakes += taken.length === TAKE ? 1 : 0
        if (fullTakes === FULL_TAKES && !helps) await share()
        if (!isEmpty) ready.push(...(await makeReady(taken)))
        continue
      }
      if (next !== -1 && performance.now() - ready[next]!.askedAt > FRESH_MS) {
        const stale = ready.map(({ taken }) => taken)
        ready = []
        for (let i = 0; i < stale.length; i += TAKE) ready.push(...(await makeReady(stale.slice(i, i + TAKE))))
        next = ready.findIndex(mayStart)
      }
      if (next !== -1) start(ready.splice(next, 1)[0]!)
      else if (underWay.size > 0) await Promise.race(underWay.values())
      else if (isEmpty && ready.length === 0) break
    }
  } finally {
    await Promise.all(underWay.values())
    await release(
      ready.map(({ taken }) => taken),
      closedMs(),
    )
    await settler.flush()
  }
  // behind all others, which one that ends its process does not keep; and one also where their turn is never done
  if (!signal.aborted && closedMs() === 0) await tryAlone()
}

const NOTHING: Standings = { standing: null, revocation: null }

const placeOf = ({ userId, conversationId, fromSeq, toSeq, kind }: TakenHandOver) => ({
  ...{ userId, conversationId, fromSeq, toSeq, kind },
})

/** Not longer than a channel takes, and not longer than there is time: `leaving` are those that have to leave then. */
async function patiently(prepared: Prepared, leaving: Set<AbortController>): Promise<Outcome> {
  const giveUp = new AbortController()
  leaving.add(giveUp)
  const later = (reason: string): Outcome => ({ kind: 'later', reason })
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve(later('no answer')), PATIENCE_MS)
  })
  try {
    return await Promise.race([prepared.handOver({ signal: giveUp.signal }), tooLong])
  } catch (err) {
    return later(err instanceof Error ? err.message : String(err))
  } finally {
    clearTimeout(timer)
    leaving.delete(giveUp)
    giveUp.abort()
  }
}

function settlementOf(outcome: Outcome, tries: number): Settlement {
  const reason = 'reason' in outcome ? outcome.reason.slice(0, 500) : null
  if (outcome.kind !== 'later') return { state: outcome.kind, reason }
  const afterMs = nextTryMs(tries, outcome.afterMs)
  return afterMs === null ? { state: 'dead', reason } : { state: 'waiting', reason, afterMs, counts: true }
}
