import type { Actor } from '@parley/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeAudience } from '../../../test/fake-audience.ts'
import { createMemoryStore } from '../../../test/memory-store.ts'
import type { News } from '../ports/told.ts'
import { effectivePreferences } from '../preferences/effective-preferences.ts'
import { hearMessages } from './hear-messages.ts'
import { type LookDeps, look } from './look.ts'

const DELAY_MS = 15_000
const RETRY_MS = 2_000
const tenantId = 'default'
const people = ['ana', 'ben', 'cleo'].map(
  (userId): Actor => ({ tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }),
)

const who = fc.nat(people.length - 1)
const ms = fc.nat(1.5 * DELAY_MS)
const step = fc.oneof(
  // `lagMs`: so long the event is under way to a worker; `worker`: which of the two hears of it
  { weight: 6, arbitrary: fc.record({ type: fc.constant('write' as const), who, lagMs: ms, worker: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), ms }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), who, short: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), back: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('mute' as const), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('die' as const) }) },
)

/** What the test itself knows of a message; how far others have read is known by who. */
interface Written {
  seq: number
  at: number
  senderId: string
  deletedAt: number
}

async function run(steps: readonly Step[]) {
  let now = Date.UTC(2026, 0, 1)
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
  let diesNext = false

  const onTold = (news: readonly News[]) => {
    for (const { userId, fromSeq, toSeq, count } of news) {
      const due = written.filter(
        ({ seq, senderId, at, deletedAt }) =>
          seq >= fromSeq &&
          seq <= toSeq &&
          senderId !== userId &&
          deletedAt > now &&
          !isRead(userId, seq) &&
          at + DELAY_MS <= now,
      )
      // no less and no more than what is unread, as old as the delay and there
      expect([userId, muted.has(userId) || gone.has(userId), due.length, due[0]?.seq, due.at(-1)?.seq]).toEqual([
        ...[userId, false, count, fromSeq, toSeq],
      ])
      told.get(userId)!.push(...due.map(({ seq }) => seq))
    }
  }
  const store = createMemoryStore(() => now, DELAY_MS, onTold)
  const preferences = effectivePreferences({}, audience.rules, null)
  const deps: LookDeps = {
    ...{ store, audience, delayMs: DELAY_MS, now: () => new Date(now) },
    preferencesOf: async (_tenant, asked) => asked.map(() => ({ preferences, level: 'all' })),
    targetsOf: async () => new Map(),
    passing(moment) {
      if (moment !== 'decided' || !diesNext) return
      diesNext = false
      throw new Error('killed')
    },
  }
  const workers = [0, 1].map(() => hearMessages({ wantLooks: store.wantLooks, delayMs: DELAY_MS, now: () => now }))
  const underWay: { at: number; hear: () => Promise<void> }[] = []

  /** Lets time go by, and does what comes by then in its order. */
  const pass = async (until: number) => {
    for (;;) {
      underWay.sort((a, b) => a.at - b.at)
      const [event] = underWay
      const lookAt = store.looks.get(id) ?? Infinity
      const next = Math.min(event?.at ?? Infinity, lookAt)
      if (next > until) break
      now = Math.max(now, next)
      if (event && event.at <= lookAt) {
        underWay.shift()
        await event.hear()
        continue
      }
      store.looks.delete(id)
      const more = await look(deps, tenantId, id).catch(() => ({ againMs: RETRY_MS }))
      if (more) store.looks.set(id, now + more.againMs)
    }
    now = until
  }

  for (const one of steps) {
    const person = 'who' in one ? people[one.who]! : people[0]!
    const { userId } = person
    if (one.type === 'wait') await pass(now + one.ms)
    if (one.type === 'die') diesNext = true
    if (one.type === 'write' && !gone.has(userId)) {
      const { seq } = audience.write(id, person, 'x')
      written.push({ seq, at: now, senderId: userId, deletedAt: Infinity })
      reads.get(userId)!.push({ at: now, seq })
      const at = now
      underWay.push({
        at: now + one.lagMs,
        hear: () => workers[one.worker]!([{ tenantId, conversationId: id, at }]),
      })
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
  await pass(now + 20 * DELAY_MS)
  expect(store.looks.size).toBe(0)

  /** One comparison for all of it: there are many thousands. */
  const wrong: unknown[] = []
  for (const { userId } of people) {
    const seqs = told.get(userId)!
    if (new Set(seqs).size < seqs.length) wrong.push({ userId, told: 'twice', seqs })
    for (const { seq, senderId, at, deletedAt } of written) {
      if (senderId === userId) continue
      const readAt = reads.get(userId)!.find((read) => read.seq >= seq)?.at ?? Infinity
      const isTold = seqs.includes(seq)
      if (isTold && Math.min(readAt, deletedAt) < at + DELAY_MS)
        wrong.push({ userId, seq, told: 'though read or deleted' })
      const isLeft = readAt === Infinity && deletedAt === Infinity && neverMuted.has(userId) && !gone.has(userId)
      if (!isTold && isLeft) wrong.push({ userId, seq, told: 'never' })
    }
  }
  expect(wrong).toEqual([])
  return [...told.values()].flat().length
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

test('whatever happens in whichever order: what is unread when its delay is over is told once, and nothing else is', async () => {
  const seed = Number(process.env.TEST_SEED ?? 12)
  let toldInAll = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      toldInAll += await run(steps)
    }),
    { numRuns: 1_000, seed },
  )
  // it would prove nothing if nobody had been told of anything
  expect(toldInAll).toBeGreaterThan(1_000)
})
