import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PresenceChange, PresenceRegistry, PresenceTimes } from '../src/presence/registry.ts'
import { type Seat, socketText, toSocket } from '../src/presence/seat.ts'

export const TIMES: PresenceTimes = { lifeMs: 45_000, graceMs: 8_000 }
const START = 1_800_000_000_000

/** The registry as several gateways have it, over one place and one clock. */
export interface RegistryUnderTest extends AsyncDisposable {
  /** As another process has it. */
  of(gatewayId: string): Promise<PresenceRegistry>
}

export const active: Seat = { standing: 'active', focused: [], sockets: [] }
const away: Seat = { standing: 'away', focused: [], sockets: [] }

/** What holds of a registry wherever it is. `open` gets the time by which it goes. */
export function describeRegistry(open: (now: () => number) => Promise<RegistryUnderTest>): void {
  describe('the registry of who is there', () => {
    let now = START
    let registry: RegistryUnderTest
    let tenantId: string
    let heard: PresenceChange[]
    let one: PresenceRegistry
    let other: PresenceRegistry
    const person = (userId: string) => ({ tenantId, userId })
    const put = (gateway: PresenceRegistry, userId: string, seat: Seat | null) =>
      gateway.put([{ ...person(userId), seat }])
    const beat = (gateway: PresenceRegistry) => gateway.beat({ sweep: true })
    const standings = async (gateway: PresenceRegistry, ...userIds: string[]) =>
      (await gateway.find(userIds.map(person))).map(({ standing }) => standing)
    /** What was heard so far, once as much is there. */
    const told = async (...expected: [userId: string, standing: string | null][]) => {
      await expect.poll(() => heard.map(({ userId, standing }) => [userId, standing])).toEqual(expected)
    }

    beforeEach(async () => {
      now = START
      tenantId = `t-${randomUUID().slice(0, 8)}`
      heard = []
      registry = await open(() => now)
      one = await registry.of('one')
      other = await registry.of('other')
      other.onChange((change) => void (change.tenantId === tenantId && heard.push(change)))
      await other.listenTo(tenantId)
      for (const gateway of [one, other]) await beat(gateway)
    })
    afterEach(() => registry[Symbol.asyncDispose]())

    test('somebody is there while they are at any gateway, active where they are on any device, and each change is told once', async () => {
      await put(one, 'ana', away)
      await put(other, 'ana', active)
      expect(await standings(one, 'ana', 'ben')).toEqual(['active', null])
      await put(other, 'ana', { ...active, focused: ['c1'] })
      await put(one, 'ana', null)
      await put(other, 'ana', away)
      await told(['ana', 'away'], ['ana', 'active'], ['ana', 'away'])
      expect(heard.at(-1)).toEqual({ ...person('ana'), standing: 'away', at: START })
    })

    test('user ids of any characters, and the same id in two tenants, are different people', async () => {
      const odd = 'Zoë: "x" \\ , 7:a:b *'
      await put(one, odd, active)
      await one.put([{ tenantId: 'elsewhere', userId: 'ana', seat: active }])
      await told([odd, 'active'])
      expect(await standings(other, odd, 'ana')).toEqual(['active', null])
      await one.put([{ tenantId: 'elsewhere', userId: 'ana', seat: null }])
    })

    test('whoever moves to another gateway within the grace never went', async () => {
      await put(one, 'ana', active)
      await put(one, 'ana', null)
      now += TIMES.graceMs - 1
      expect((await beat(one)).gone).toEqual([])
      expect(await standings(one, 'ana')).toEqual(['active'])
      await put(other, 'ana', active)
      now += TIMES.graceMs
      expect((await beat(other)).gone).toEqual([])
      await put(one, 'ben', active)
      await told(['ana', 'active'], ['ben', 'active'])
    })

    test('whoever does not come back is gone as of when they left, told by one gateway', async () => {
      await put(one, 'ana', away)
      await put(one, 'ana', null)
      now += TIMES.graceMs
      expect(await standings(other, 'ana')).toEqual([null])
      const swept = await Promise.all([beat(one), beat(other)])
      expect(swept.flatMap(({ gone }) => gone)).toEqual([{ ...person('ana'), at: START }])
      await told(['ana', 'away'], ['ana', null])
      expect(heard.at(-1)?.at).toBe(START)
    })

    test('a gateway that is killed leaves no ghosts, and takes nobody along who is elsewhere too', async () => {
      for (const userId of ['ana', 'ben']) await put(one, userId, active)
      await put(other, 'ben', away)
      now += TIMES.lifeMs - 1
      await beat(other)
      expect(await standings(other, 'ana', 'ben')).toEqual(['active', 'active'])
      now += 1
      expect(await standings(other, 'ana', 'ben')).toEqual([null, 'away'])
      expect((await beat(other)).gone).toEqual([{ ...person('ana'), at: START }])
      expect((await beat(other)).gone).toEqual([])
      await expect
        .poll(() => heard.map(({ userId, standing }) => `${userId} ${standing ?? 'gone'}`).sort())
        .toEqual(['ana active', 'ana gone', 'ben active', 'ben away'])
      // it was only paused
      expect(await put(one, 'ana', active)).toBe(false)
      expect((await beat(one)).known).toBe(false)
      expect(await put(one, 'ana', active)).toBe(true)
      expect(await standings(other, 'ana')).toEqual(['active'])
    })

    test('a gateway that says that it is there stays, and is known', async () => {
      await put(one, 'ana', active)
      for (let beats = 0; beats < 5; beats++) {
        now += TIMES.lifeMs / 3
        expect(await beat(one)).toEqual({ known: true, gone: [], more: false })
        expect((await beat(other)).gone).toEqual([])
      }
      expect(await standings(other, 'ana')).toEqual(['active'])
    })

    test('without a sweep nobody is let go of', async () => {
      await put(one, 'ana', active)
      await put(one, 'ana', null)
      now += TIMES.lifeMs
      expect((await other.beat({ sweep: false })).gone).toEqual([])
      expect((await other.beat({ sweep: true })).gone).toHaveLength(1)
    })

    test('many who go at once are let go of some at a time, each once', async () => {
      const userIds = Array.from({ length: 1_300 }, (_, i) => `user-${i}`)
      await one.put(userIds.map((userId) => ({ ...person(userId), seat: active })))
      now += TIMES.lifeMs
      const gone: string[] = []
      for (let more = true; more; ) {
        const swept = await beat(other)
        gone.push(...swept.gone.map(({ userId }) => userId))
        more = swept.more
      }
      expect(gone.sort()).toEqual(userIds.sort())
      expect((await standings(other, ...userIds)).filter((standing) => standing !== null)).toEqual([])
    })

    test('how many sockets the others have is counted by name, without gateways that have fallen silent', async () => {
      const names = ['user:t:ana, "a" b', 'address:203.0.113.7'].map((name) => `${tenantId}:${name}`)
      const say = (gateway: PresenceRegistry, ...counts: number[]) =>
        gateway.count(names.map((name, i) => ({ name, here: counts[i]! })))
      expect(await say(one, 3, 1)).toEqual([0, 0])
      expect(await say(other, 2, 0)).toEqual([3, 1])
      expect(await say(one, 4, 0)).toEqual([2, 0])
      expect(await say(other, 0, 5)).toEqual([4, 0])
      now += TIMES.lifeMs / 2
      await beat(other)
      now += TIMES.lifeMs / 2 + 1
      expect([await say(other, 0, 5), await say(one, 4, 0)]).toEqual([
        [0, 0],
        [0, 5],
      ])
    })

    test('what somebody looks at is known on every gateway, until they do not or are gone', async () => {
      await put(one, 'ana', { standing: 'active', focused: ['c1', 'c2'], sockets: [] })
      await put(other, 'ana', { standing: 'away', focused: [], sockets: [] })
      expect((await other.find([person('ana')]))[0]?.focused).toEqual(['c1', 'c2'])
      const about = {
        id: 'x1',
        sessionId: 'a, "b" c',
        userAgent: 'Mozilla/5.0 (X11; Linux) é',
        connectedAt: 1,
        lookedAt: null,
      }
      await put(one, 'ana', { ...active, focused: ['c1'], sockets: [socketText(about)] })
      const [found] = await other.find([person('ana')], { sockets: true })
      expect([found?.standing, found?.focused, found?.sockets.map(toSocket)]).toEqual(['active', ['c1'], [about]])
      expect(await other.find([person('ana')])).toEqual([{ standing: 'active', focused: ['c1'], sockets: [] }])
      await put(one, 'ana', away)
      expect((await other.find([person('ana')]))[0]?.focused).toEqual([])
    })
  })
}
