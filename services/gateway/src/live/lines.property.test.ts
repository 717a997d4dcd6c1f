import type { LiveEntry } from '@parley/contracts'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConversationModel, edgeOf } from '../../test/conversation-model.ts'
import { ModelClient } from '../../test/model-client.ts'
import { userRoom } from '../io.ts'
import { EncodedJson } from '../json-parser.ts'
import { Audiences } from './audiences.ts'
import { Lines } from './lines.ts'
import { LocalUsers } from './local-users.ts'
import { RecentLeaves } from './recent-leaves.ts'

const TENANT = 'acme'
const users = Array.from({ length: 6 }, (_, i) => `user-${i}`)
const user = fc.nat(users.length - 1)
const conversation = fc.nat(2)

/** What becomes of a change's live entries: how long they take, and whether they come, come twice or are repeated later. */
const fate = fc.record({
  delay: fc.nat(80),
  way: fc.oneof(
    { weight: 6, arbitrary: fc.constant('comes' as const) },
    { weight: 2, arbitrary: fc.constantFrom('lost' as const, 'repeated' as const, 'twice' as const) },
  ),
})
const step = fc.record({
  wait: fc.oneof(fc.constant(0), fc.nat(150)),
  fate,
  act: fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('say' as const), conversation }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('edit' as const), conversation, seq: fc.integer({ min: 1, max: 8 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constantFrom('join' as const, 'leave' as const, 'read' as const),
        conversation,
        user,
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('connect' as const, 'disconnect' as const), user }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('compare' as const) }) },
  ),
})
const history = fc.record({
  large: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  first: fc.array(fc.uniqueArray(user, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 3 }),
  connected: fc.array(user, { minLength: 1, maxLength: 5 }),
  steps: fc.array(step, { minLength: 3, maxLength: 40 }),
  /** How long a call takes to be looked at and to be answered, in turn. */
  latencies: fc.array(fc.nat(60), { minLength: 1, maxLength: 7 }),
})
type History = typeof history extends fc.Arbitrary<infer T> ? T : never

/** How the live entries of a change fare, and which calls to the conversation service are refused. */
interface Weather {
  refuses: (call: number) => boolean
  /** A client that never loads nor syncs, and only appends what it hears. */
  plain?: boolean
}

/** What reaches a client of what is emitted: a copy of its own. */
const decoded = (data: unknown) => (data instanceof EncodedJson ? JSON.parse(data.json) : structuredClone(data))

/** Plays a history in virtual time, with clients that do what the documentation asks of them. */
async function play({ large, first, connected, steps, latencies }: History, { refuses, plain = false }: Weather) {
  const conversations = large.map((isLarge, i) => new ConversationModel(i, isLarge))
  const sockets: { client: ModelClient; close: () => void; open: boolean; known: Set<string> | undefined }[] = []
  let calls = 0
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, latencies[calls++ % latencies.length]))
  const edge = edgeOf(conversations, async (name, answer) => {
    await pause()
    const found = answer()
    await pause()
    if (name !== 'openSession' && refuses(calls)) throw new Error('refused')
    return found
  })
  const failures: unknown[] = []
  const local = new LocalUsers()
  const lines = new Lines({
    edge,
    users: local,
    recentLeaves: new RecentLeaves(),
    audiences: new Audiences(edge, local),
    emit(rooms, event, data) {
      for (const { client, open } of sockets)
        if (open && rooms.includes(userRoom(TENANT, client.userId))) client.hear(event, decoded(data) as never)
    },
    onChanged() {},
    onLeave() {},
    log: { warn() {}, info() {}, error: (fields: { err: unknown }) => failures.push(fields.err) } as never,
  })

  /** As the gateway's handshake does. */
  const connect = (userId: string) => {
    const socket: (typeof sockets)[number] = {
      client: new ModelClient(userId, conversations, plain ? undefined : pause),
      open: true,
      known: undefined,
      close() {},
    }
    socket.close = () => {
      socket.open = false
    }
    sockets.push(socket)
    edge.openSession({ tenantId: TENANT, userId } as never, {}).then((session) => {
      if (!socket.open) return
      const isFirst = !local.has(userRoom(TENANT, userId))
      const removeSocket = local.addSocket(TENANT, userId, true)
      lines.enter(TENANT, userId, session, isFirst)
      socket.close = () => {
        socket.open = false
        socket.client.close()
        removeSocket()
      }
      socket.known = new Set(session.heads.map(({ conversationId }) => conversationId))
      socket.client.ready()
    })
  }
  /** Whether it is told here to all whose it is: then a gap shows by itself. Otherwise the publisher's numbers show it. */
  const isFollowed = ({ conversationId }: LiveEntry) =>
    sockets.every(({ open, known, client }) => {
      const one = conversations.find(({ id }) => id === conversationId)!
      const hasHeard = () => client.heard.some(({ data }) => (data.conversationId ?? data.id) === conversationId)
      return !open || (known && (!one.everIn(client.userId) || known.has(conversationId) || hasHeard()))
    })
  const deliver = (entries: LiveEntry[], { delay, way }: History['steps'][number]['fate']) => {
    // The news of a conversation is not lost for ever: a publisher repeats it, or the relay does.
    const isInvitation = entries.some(({ event }) => event === 'new_conversation')
    for (const entry of entries) {
      const lost = way === 'repeated' || (way === 'lost' && (isInvitation || !isFollowed(entry)))
      if (lost) setTimeout(() => lines.accept(entry, true), 200 + delay * 10)
      else if (way !== 'lost') setTimeout(() => lines.accept(entry), delay)
      if (way === 'twice') setTimeout(() => lines.accept(entry), delay * 2)
    }
  }
  const act = (what: History['steps'][number]['act']): LiveEntry[] => {
    if (what.type === 'connect') connect(users[what.user]!)
    else if (what.type === 'disconnect')
      sockets.find(({ open, client }) => open && client.userId === users[what.user])?.close()
    else if (what.type === 'compare') void lines.compareHeads().catch(() => {})
    else if ('conversation' in what) {
      const one = conversations[what.conversation]!
      if (!one.created) return one.create(first[what.conversation]!.map((i) => users[i]!))
      if (what.type === 'say') return one.say()
      if (what.type === 'edit') return one.edit(what.seq)
      const userId = users[what.user]!
      return what.type === 'join' ? one.join(userId) : what.type === 'leave' ? one.leave(userId) : one.read(userId)
    }
    return []
  }

  for (const i of connected) connect(users[i]!)
  if (plain) await vi.advanceTimersByTimeAsync(1_000)
  for (const { wait, fate: becomes, act: what } of steps) {
    await vi.advanceTimersByTimeAsync(wait)
    deliver(act(what), becomes)
  }
  await vi.advanceTimersByTimeAsync(8_000)
  // as the subscriber does, until it succeeds
  const compare = (): Promise<void> => lines.compareHeads().catch(compare)
  for (let i = 0; i < 2; i++) {
    void compare()
    await vi.advanceTimersByTimeAsync(30_000)
  }
  for (const { client, open } of sockets) {
    client.checkOrder()
    if (open) client.checkScreen()
  }
  expect(failures).toEqual([])
  for (const socket of sockets) if (socket.open) socket.close()
  expect(lines.size).toBe(0)
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

// The same histories every time; other ones with another seed: LINES_SEED=$RANDOM LINES_RUNS=20000 npx vitest run lines.property
const seed = Number(process.env.LINES_SEED ?? 2026)
const numRuns = Number(process.env.LINES_RUNS ?? 300)

test('whatever is lost, late, doubled or out of order: everybody shows in the end what the database has, and heard it in order', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (played) => {
      vi.clearAllTimers()
      await play(played, { refuses: () => false })
    }),
    { seed, numRuns },
  )
}, 120_000)

test('and while the conversation service refuses calls', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 2, max: 9 }), fc.nat(60), async (played, every, from) => {
      vi.clearAllTimers()
      await play(played, { refuses: (call) => call > from && call < from + 60 && call % every > 0 })
    }),
    { seed, numRuns },
  )
}, 120_000)

test('a client that only appends what it hears, and is connected all the time, misses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (played) => {
      vi.clearAllTimers()
      const isComing = (type: string) => type === 'join' || type === 'connect' || type === 'disconnect'
      // an invitation that is late or lost costs a sync; everything else is backfilled
      const steps = [
        ...[0, 1, 2]
          .map((conversation) => ({ type: 'say' as const, conversation }))
          .map((act) => ({
            wait: 100,
            fate: { delay: 0, way: 'comes' as const },
            act,
          })),
        ...played.steps
          .filter(({ act }) => act.type !== 'connect' && act.type !== 'disconnect')
          .map((step) =>
            isComing(step.act.type) ? { ...step, wait: 2_000, fate: { delay: 0, way: 'comes' as const } } : step,
          ),
      ]
      await play({ ...played, steps }, { refuses: () => false, plain: true })
    }),
    { seed, numRuns },
  )
}, 120_000)
