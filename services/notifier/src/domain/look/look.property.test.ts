import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { expect, test } from 'vitest'
import { createFakeAudience } from '../../../test/fake-audience.ts'
import { type Step, steps } from '../../../test/history-steps.ts'
import { createMemoryStore } from '../../../test/memory-store.ts'
import { hearHappenings } from '../happenings/hear-happenings.ts'
import { tellHappening } from '../happenings/tell-happening.ts'
import type { NewHandOver } from '../ports/hand-overs.ts'
import type { Wishes } from '../ports/preferences.ts'
import type { News } from '../ports/told.ts'
import { effectivePreferences } from '../preferences/effective-preferences.ts'
import { inQuietHours } from '../preferences/may-tell.ts'
import { workerOf } from '../worker.ts'
import { hearMessages } from './hear-messages.ts'
import { type LookDeps, look } from './look.ts'

const DELAY_MS = 15_000
const RETRY_MS = 2_000
const tenantId = 'default'
const people = ['ana', 'ben', 'cleo'].map(
  (userId): Actor => ({ tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }),
)

/** Half a minute before ten in the evening in Berlin, as its clocks are set forward and back. */
const EVENINGS = [Date.UTC(2026, 2, 28, 20, 59, 30), Date.UTC(2026, 9, 24, 19, 59, 30)]
const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
const HOUR_MS = 3_600_000
/** Who is told of reports. */
const MODERATORS = ['ana', 'cleo']

const wishes = (rules: Parameters<typeof effectivePreferences>[1]): Record<string, Wishes> => ({
  ana: { preferences: effectivePreferences({}, rules, null), level: 'all' },
  ben: { preferences: effectivePreferences({}, rules, null), level: 'mentions' },
  cleo: {
    preferences: effectivePreferences({ kinds: { offer: false }, quietHours: NIGHT }, rules, null),
    level: 'all',
  },
})
/** What these wishes say in a word. */
const wants = (userId: string, { type, mentions }: Pick<Written, 'type' | 'mentions'>) =>
  mentions.includes(userId) || userId === 'ana' || (userId === 'cleo' && type !== 'service_offer')
const isNight = (at: number) => {
  const { hour } = DateTime.fromMillis(at, { zone: NIGHT.timeZone })
  return hour >= 22 || hour < 7
}

/** What the test itself knows of a message; how far others have read is known by who. */
interface Written {
  seq: number
  at: number
  senderId: string
  type: string
  mentions: readonly string[]
  deletedAt: number
}

/** What left for somebody's device. */
interface Pushed extends Pick<NewHandOver, 'userId' | 'kind' | 'fromSeq' | 'toSeq'> {
  at: number
}

/** What came of a history. */
interface Outcome {
  told: number
  pushed: Pushed[]
  /** What was to be handed over and was not, because it was read, deleted or decided by then. */
  withheld: number
}

async function run(history: readonly Step[], begins: number): Promise<Outcome> {
  let now = begins
  const audience = createFakeAudience()
  audience.now = () => now
  const id = audience.conversation(...people)
  const written: Written[] = []
  /** When somebody read how far, muted, came back, left. */
  const reads = new Map<string, { at: number; seq: number }[]>(people.map(({ userId }) => [userId, []]))
  const neverMuted = new Set(people.map(({ userId }) => userId))
  const muted = new Set<string>()
  const gone = new Set<string>()
  const told = new Map<string, number[]>(people.map(({ userId }) => [userId, []]))
  const isRead = (userId: string, seq: number) => reads.get(userId)!.some((read) => read.seq >= seq)
  const reports: { id: string; at: number; decidedAt: number }[] = []
  const open = new Set<string>()
  audience.waiting.set(tenantId, open)
  audience.moderators.set(tenantId, MODERATORS)
  /** What waits to be handed over, one of what is about the same for each. */
  const waiting = new Map<string, NewHandOver & { at: number }>()
  const pushed: Pushed[] = []
  let withheld = 0
  let diesNext = false

  const wait = (handOvers: readonly NewHandOver[]) => {
    for (const one of handOvers) {
      const at = Math.max(now, one.dueAt === undefined ? now : Date.parse(one.dueAt))
      const place = `${one.userId} ${one.collapseKey}`
      const before = waiting.get(place)
      waiting.set(place, {
        ...one,
        fromSeq: Math.min(before?.fromSeq ?? Infinity, one.fromSeq),
        at: Math.min(before?.at ?? Infinity, at),
      })
    }
  }
  /** As a lane does: what is left of it is asked for, and quiet hours are looked at, before it leaves. */
  const handOver = async (place: string) => {
    const one = waiting.get(place)!
    waiting.delete(place)
    const { userId, conversationId, fromSeq, toSeq, kind } = one
    const items = [{ userId, conversationId, fromSeq, toSeq, kind }]
    const [standing] = (await audience.standingOf(workerOf(tenantId), { items })).standings
    const quiet = inQuietHours(wanted[userId]!.preferences, new Date(now))
    if (!standing) withheld++
    else if (quiet) waiting.set(place, { ...one, at: now + quiet.afterMs })
    else {
      pushed.push({ userId, kind, fromSeq, toSeq, at: now })
      expect([userId, now, userId === 'cleo' && isNight(now)]).toEqual([userId, now, false])
      const shown = standing.messages.map(({ seq }) => written[seq - 1]!)
      expect(kind === 'report' ? open.size : shown.length).toBeGreaterThan(0)
      // read on whichever device before its delay was over, or by now; taken back; muted; left
      for (const { seq, at, deletedAt } of shown) {
        const readAt = reads.get(userId)!.find((read) => read.seq >= seq)?.at ?? Infinity
        const isLeft = readAt > now && deletedAt > now && !muted.has(userId) && !gone.has(userId)
        expect([userId, seq, isLeft, readAt >= at + DELAY_MS]).toEqual([userId, seq, true, true])
      }
    }
  }
  const onAnnounced = (news: readonly Pick<News, 'userId' | 'kind'>[], handOvers: readonly NewHandOver[]) => {
    const isDue = reports.some(({ at, decidedAt }) => at + DELAY_MS <= now && decidedAt > now)
    for (const { userId, kind } of news)
      expect([MODERATORS.includes(userId), kind, isDue]).toEqual([true, 'report', true])
    wait(handOvers)
  }
  const onTold = (news: readonly News[], handOvers: readonly NewHandOver[]) => {
    for (const { userId, fromSeq, toSeq, count } of news) {
      const due = written.filter(
        ({ seq, senderId, at, deletedAt, ...message }) =>
          seq >= fromSeq &&
          seq <= toSeq &&
          senderId !== userId &&
          deletedAt > now &&
          !isRead(userId, seq) &&
          at + DELAY_MS <= now &&
          wants(userId, message),
      )
      // no less and no more than what is unread, as old as the delay and there
      expect([userId, muted.has(userId) || gone.has(userId), due.length, due[0]?.seq, due.at(-1)?.seq]).toEqual([
        ...[userId, false, count, fromSeq, toSeq],
      ])
      told.get(userId)!.push(...due.map(({ seq }) => seq))
    }
    wait(handOvers)
  }
  const store = createMemoryStore(() => now, DELAY_MS, onTold, onAnnounced)
  const wanted = wishes(audience.rules)
  const deps: LookDeps = {
    ...{ store, audience, delayMs: DELAY_MS, now: () => new Date(now) },
    preferencesOf: async (_tenant, asked) => asked.map(({ userId }) => wanted[userId]!),
    targetsOf: async (_tenant, way, users) =>
      new Map(users.map(({ userId }) => [userId, way === 'push' ? [{ channel: 'apns', target: 'phone' }] : []])),
    passing(moment) {
      if (moment !== 'decided' || !diesNext) return
      diesNext = false
      throw new Error('killed')
    },
  }
  const hearReports = hearHappenings({ store, delayMs: DELAY_MS })
  const workers = [0, 1].map(() => hearMessages({ wantLooks: store.wantLooks, delayMs: DELAY_MS, now: () => now }))
  const underWay: { at: number; hear: () => Promise<void> }[] = []

  const hear = (lagMs: number, event: () => Promise<void>) => underWay.push({ at: now + lagMs, hear: event })
  const soonest = (times: Iterable<readonly [string, number]>) =>
    [...times].reduce<readonly [string, number]>((first, one) => (one[1] < first[1] ? one : first), ['', Infinity])

  /** Lets time go by, and does what comes by then in its order. */
  const pass = async (until: number) => {
    for (;;) {
      underWay.sort((a, b) => a.at - b.at)
      const [event] = underWay
      const lookAt = store.looks.get(id) ?? Infinity
      const [happening, tellAt] = soonest(store.happenings)
      const [place, leavesAt] = soonest([...waiting].map(([name, { at }]) => [name, at] as const))
      const next = Math.min(event?.at ?? Infinity, lookAt, tellAt, leavesAt)
      if (next > until) break
      now = Math.max(now, next)
      if (event && event.at === next) {
        underWay.shift()
        await event.hear()
      } else if (lookAt === next) {
        store.looks.delete(id)
        const more = await look(deps, tenantId, id).catch(again)
        if (more) store.looks.set(id, now + more.againMs)
      } else if (tellAt === next) {
        store.happenings.delete(happening)
        const more = await tellHappening({ ...deps, audience }, tenantId, happening).catch(again)
        if (more) store.happenings.set(happening, now + more.againMs)
      } else await handOver(place)
    }
    now = until
  }

  for (const one of history) {
    const person = 'who' in one ? people[one.who]! : people[0]!
    const { userId } = person
    if (one.type === 'wait') await pass(now + one.ms)
    if (one.type === 'sleep') await pass(now + one.hours * HOUR_MS)
    if (one.type === 'die') diesNext = true
    if (one.type === 'write' && !gone.has(userId)) {
      const message = { type: one.as, mentions: one.names === null ? [] : [people[one.names]!.userId] }
      const { seq } = audience.write(id, person, 'x', message)
      written.push({ seq, at: now, senderId: userId, deletedAt: Infinity, ...message })
      reads.get(userId)!.push({ at: now, seq })
      const at = now
      hear(one.lagMs, () => workers[one.worker]!([{ tenantId, conversationId: id, at }]))
    }
    if (one.type === 'report') {
      const report = { id: randomUUID(), at: now, decidedAt: Infinity }
      reports.push(report)
      open.add(report.id)
      const happened = { tenantId, kind: 'report' as const, aboutId: report.id, userId: null, seq: 0, rev: 0 }
      const at = new Date(now).toISOString()
      hear(one.lagMs, () => hearReports([{ ...happened, at }]))
    }
    if (one.type === 'decide') {
      const report = reports.at(-1 - one.back)
      if (report && open.delete(report.id)) report.decidedAt = now
    }
    if (one.type === 'read') {
      const seq = written.length - one.short
      audience.read(id, person, seq)
      reads.get(userId)!.push({ at: now, seq })
    }
    if (one.type === 'delete') {
      const message = written.at(-1 - one.back)
      if (message && message.deletedAt === Infinity) {
        message.deletedAt = now
        audience.messages.get(id)![message.seq - 1]!.isDeleted = true
      }
    }
    if (one.type === 'mute') {
      const place = `${id} ${tenantId}/${userId}`
      neverMuted.delete(userId)
      if (muted.delete(userId)) audience.muted.delete(place)
      else {
        muted.add(userId)
        audience.muted.add(place)
      }
    }
    if (one.type === 'leave') {
      gone.add(userId)
      audience.members.get(id)!.delete(`${tenantId}/${userId}`)
    }
  }
  // until every night is over
  await pass(now + 14 * HOUR_MS)
  expect([store.looks.size, store.happenings.size, waiting.size]).toEqual([0, 0, 0])

  /** One comparison for all of it: there are many thousands. */
  const wrong: unknown[] = []
  for (const { userId } of people) {
    const seqs = told.get(userId)!
    if (new Set(seqs).size < seqs.length) wrong.push({ userId, told: 'twice', seqs })
    const own = pushed.filter((push) => push.userId === userId && push.kind !== 'report')
    if (own.some(({ fromSeq }, i) => i > 0 && fromSeq <= own[i - 1]!.toSeq))
      wrong.push({ userId, pushed: 'twice', own })
    for (const { seq, senderId, at, deletedAt, ...message } of written) {
      if (senderId === userId || !wants(userId, message)) continue
      const readAt = reads.get(userId)!.find((read) => read.seq >= seq)?.at ?? Infinity
      const isTold = seqs.includes(seq)
      if (isTold && Math.min(readAt, deletedAt) < at + DELAY_MS)
        wrong.push({ userId, seq, told: 'though read or deleted' })
      const isLeft = readAt === Infinity && deletedAt === Infinity && neverMuted.has(userId) && !gone.has(userId)
      if (!isTold && isLeft) wrong.push({ userId, seq, told: 'never' })
      if (isLeft && !own.some(({ fromSeq, toSeq }) => fromSeq <= seq && toSeq >= seq))
        wrong.push({ userId, seq, pushed: 'never' })
    }
  }
  for (const userId of MODERATORS)
    for (const { at, decidedAt } of reports)
      if (
        decidedAt === Infinity &&
        !pushed.some((push) => push.kind === 'report' && push.userId === userId && push.at >= at + DELAY_MS)
      )
        wrong.push({ userId, report: at, pushed: 'never' })
  expect(wrong).toEqual([])
  return { told: [...told.values()].flat().length, pushed, withheld }
}

const again = () => ({ againMs: RETRY_MS })

test('whatever happens in whichever order: of what is unread when its delay is over, of any kind, who wants to be is told and pushed once, by day, and of nothing else', async () => {
  const seed = Number(process.env.TEST_SEED ?? 12)
  const outcomes: Outcome[] = []
  await fc.assert(
    fc.asyncProperty(
      steps({ people: people.length, delayMs: DELAY_MS }),
      fc.constantFrom(...EVENINGS),
      async (history, begins) => {
        outcomes.push(await run(history, begins))
      },
    ),
    { numRuns: 1_000, seed },
  )
  // it would prove nothing if nobody had been told of anything
  const pushed = outcomes.flatMap((outcome) => outcome.pushed)
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  expect(sum(({ told }) => told)).toBeGreaterThan(1_000)
  expect(sum(({ withheld }) => withheld)).toBeGreaterThan(25)
  for (const kind of ['message', 'mention', 'offer', 'booking_request', 'transition', 'report'])
    expect([kind, pushed.filter((push) => push.kind === kind).length > 50]).toEqual([kind, true])
})
