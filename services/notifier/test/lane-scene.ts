import { randomUUID } from 'node:crypto'
import { ParleyError, type PutDevice, type Revocation, type Standing } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import { createLanes } from '../src/domain/lanes/lanes.ts'
import { createPushLane } from '../src/domain/lanes/push-lane.ts'
import { createPushWords } from '../src/domain/lanes/push-words.ts'
import type { Outcome } from '../src/domain/ports/channel.ts'
import type { DevicePush } from '../src/domain/ports/device-push.ts'
import type { NewHandOver } from '../src/domain/ports/hand-overs.ts'
import type { Place } from '../src/domain/ports/standing.ts'
import type { TestWorld } from './test-world.ts'

export const LANE_CHANNEL = 'apns'
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Somebody with a phone, a receiver that answers what a test says, and what the conversation service says of what is unread. */
export async function laneScene(world: TestWorld, { people = ['ana'] }: { people?: string[] } = {}) {
  // what tests before this one left waiting
  await world.asOwner('DELETE FROM jobs')
  await world.asOwner('DELETE FROM hand_overs')
  const named = world.people(...people)
  const { tenantId } = named
  const ana = named[people[0]!]!
  const device = (byte: string): PutDevice => ({ deviceId: 'phone', channel: 'apns', token: byte.repeat(32) })
  for (const [i, name] of people.entries()) await world.notifications.putDevice(named[name]!, device(`a${i}`))
  await world.asOwner(`UPDATE devices SET address = 'address-of-phone' WHERE tenant_id = $1`, [tenantId])

  const conversationId = randomUUID()
  const message = {
    ...{
      id: randomUUID(),
      seq: 1,
      type: 'text',
      senderId: 'ben',
      senderName: 'Ben',
      senderAvatarUrl: null,
      preview: 'Hello',
    },
    at: '2026-03-01T10:00:00.000Z',
  }
  const standing: Writable<Standing> & { messages: Writable<Standing['messages'][number]>[] } = {
    conversation: { id: conversationId, kind: 'direct', title: null, context: null },
    messages: [message],
    ...{ unreadCount: 1, totalUnread: 1 },
    user: { name: null, locale: null },
  }
  const standings = {
    ...{ now: standing as Standing | null, revocation: null as Revocation | null },
    ...{ unread: 0, isAway: false },
  }
  const asked: Place[] = []
  const sent: DevicePush[] = []
  const answers: { next: (sent: DevicePush, signal: AbortSignal) => Promise<Outcome> } = {
    next: async () => ({ kind: 'accepted' }),
  }
  const { store } = world
  const deps = {
    store,
    async standingOf(_tenantId: string, places: readonly Place[]) {
      if (standings.isAway) throw new ParleyError('unavailable', 'The conversation service is away')
      asked.push(...places)
      return places.map(() => ({ standing: standings.now, revocation: standings.revocation }))
    },
  }
  const lane = createPushLane(
    {
      store,
      rulesOf: async () => world.audience.rules,
      unreadOf: async (_tenantId, userIds) => userIds.map(() => standings.unread),
      words: createPushWords(store),
      linkOf: (id) => `https://app.example/c/${id}`,
    },
    {
      name: LANE_CHANNEL,
      handOver(push, { signal }) {
        sent.push(push)
        return answers.next(push, signal)
      },
    },
  )
  const wanted = (more: Partial<NewHandOver> = {}): NewHandOver => ({
    ...{ userId: ana.userId, channel: LANE_CHANNEL, target: 'phone', kind: 'message', conversationId },
    ...{ fromSeq: 1, toSeq: 1, eventAt: '2026-03-01T10:00:00.000Z' },
    ...more,
  })
  const put = (...handOvers: NewHandOver[]) => store.transaction(tenantId, (unit) => unit.handOvers.store(handOvers))
  const { handlers } = createLanes(deps, [lane])
  return {
    ...{ world, tenantId, ana, device, standing, standings, asked, sent, answers, deps, lane },
    put: (more: Partial<NewHandOver> = {}) => put(wanted(more)),
    /** About a conversation each. */
    putMany: (userId: string, count: number) =>
      put(...Array.from({ length: count }, () => wanted({ userId, conversationId: randomUUID() }))),
    run: () => runDueJobs({ queue: store.jobs, handlers: handlers as never, onFailed: () => {} }),
    nextIn: () => store.transaction(tenantId, (unit) => unit.handOvers.nextIn(LANE_CHANNEL)),
    rows: () =>
      world.asOwner<{ state: string; reason: string | null; attempts: number; taken: boolean }>(
        'SELECT state, reason, attempts, taken FROM hand_overs WHERE tenant_id = $1 ORDER BY id',
        [tenantId],
      ),
  }
}
