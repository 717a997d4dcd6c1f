import { randomUUID } from 'node:crypto'
import type { Actor, Chat, Sync } from '@parley/contracts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, patiently } from '../../test/callers.ts'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { Device, type Service } from '../../test/histories/device.ts'
import type { Model } from '../../test/histories/model.ts'
import type { Call } from '../../test/histories/operation.ts'
import { operations } from '../../test/histories/operations.ts'
import { expectRecounted } from '../../test/histories/recount.ts'
import { readTables } from '../../test/histories/tables.ts'
import { upTo } from '../../test/test-world.ts'
import { createStore, type PostgresStore } from '../store/store.ts'
import { decodeSyncCursor } from './cursor.ts'
import { createUseCases } from './use-cases.ts'

const CONVERSATIONS = 2
const DEVICES = 9

const device = fc.nat(DEVICES - 1)
const replica = fc.nat(1)
/** What a device does, and what becomes of the call. */
const act = fc.record({
  type: fc.constant('act' as const),
  device,
  replica,
  name: fc.oneof(...Object.entries(operations).map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name) }))),
  conversation: fc.nat(CONVERSATIONS - 1),
  pick: fc.nat(60),
  fate: fc.oneof(
    { weight: 6, arbitrary: fc.constant('comes' as const) },
    // at both replicas; with its answer lost, and made again later; behind others that come after it
    { weight: 3, arbitrary: fc.constantFrom('twice' as const, 'unanswered' as const, 'late' as const) },
  ),
})
/** How a device asks: what fits into an answer, and whether it names all that it holds. */
const asking = { device, replica, width: fc.integer({ min: 1, max: 4 }), namesAll: fc.boolean() }
const step = fc.oneof(
  { weight: 12, arbitrary: act },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('sync' as const), ...asking }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('die' as const), device }) },
  /** What is under way comes: one that was late, or all of it at once. */
  { weight: 3, arbitrary: fc.record({ type: fc.constant('arrive' as const), which: fc.nat(20), replica }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('rush' as const) }) },
)
const history = fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

// The same histories every time; other ones with another seed: HISTORIES_SEED=$RANDOM HISTORIES_RUNS=500 npx vitest run histories.property
const seed = Number(process.env.HISTORIES_SEED ?? 2026)
const numRuns = Number(process.env.HISTORIES_RUNS ?? 8)

describeUseCases('whatever three people do on three devices each', (current) => {
  let otherStore: PostgresStore
  let replicas: { chat: Chat; store: PostgresStore }[]
  beforeAll(() => {
    const { chat, store, database } = current()
    otherStore = createStore({
      database,
      onCommitted: () => {},
      onError: (err) => {
        throw err
      },
    })
    const other = createUseCases({
      store: otherStore,
      newId: randomUUID,
      unsetPolicy: { users: { mustExist: false } },
    })
    replicas = [
      { chat, store },
      { chat: other.chat, store: otherStore },
    ]
  })
  afterAll(() => otherStore?.[Symbol.asyncDispose]())

  /** A service whose answers have little room, as those of large accounts have. */
  const narrow = (actor: Actor, { replica, width }: { replica: number; width: number }): Service => {
    const { chat, store } = replicas[replica]!
    const bounds = { conversations: width > 2 ? 50 : 1, messages: width, changed: width, bytes: 1_000_000 }
    return {
      sync({ cursors, since }: Sync) {
        const points = cursors.map(({ conversationId, cursor }) => decodeSyncCursor(conversationId, cursor!))
        return store.reads.sync(actor, { points, since, bounds })
      },
      before: (conversationId, seq) => chat.listMessages(actor, { conversationId, before: seq, limit: width }),
    }
  }
  const wide = (actor: Actor): Service => {
    const { chat } = current()
    return {
      sync: (input) => chat.sync(actor, input),
      before: (conversationId, before) => chat.listMessages(actor, { conversationId, before }),
    }
  }

  async function play(steps: readonly Step[]): Promise<void> {
    const world = current()
    const { ana, ben, joe, tenantId } = world.people('ana', 'ben', 'joe')
    const everybody = [ana, ben, joe]
    await world.withoutNotices(ana)
    const ids: string[] = []
    for (const _ of upTo(CONVERSATIONS)) ids.push(await world.group(ana, ben, joe))
    const devices = upTo(DEVICES).map((n) => new Device(everybody[n % 3]!))
    for (const one of devices) await one.sync(wide(one.actor))
    const readModel = async () => (await readTables(world, tenantId)).model
    let model: Model = await readModel()
    const underWay: Call[] = []

    /** It comes to a replica, and does to the tables what it does to the model. */
    const arrive = async (call: Call, at: number) => {
      let answer: unknown
      const code = await codeOf(
        call.make(replicas[at]!.chat).then((answered) => {
          answer = answered
        }),
      )
      expect(code).toBe(call.expect(model, answer))
    }

    let keys = 0
    for (const taken of steps) {
      if (taken.type === 'act') {
        const { actor, held } = devices[taken.device]!
        const conversationId = ids[taken.conversation]!
        const known = held.get(conversationId)
        const call = operations[taken.name]!.decide({
          ...{ actor, everybody, conversationId, pick: taken.pick, key: `key-${++keys}` },
          elsewhere: ids[(taken.conversation + 1) % CONVERSATIONS]!,
          lastSeq: known?.conversation.lastSeq ?? 0,
          messages: [...(known?.messages.values() ?? [])].sort((a, b) => a.seq - b.seq),
        })
        if (!call) continue
        if (taken.fate !== 'late') await arrive(call, taken.replica)
        if (taken.fate === 'twice') await arrive(call, 1 - taken.replica)
        if (taken.fate === 'late' || taken.fate === 'unanswered') underWay.push(call)
      } else if (taken.type === 'sync') {
        const one = devices[taken.device]!
        await one.sync(narrow(one.actor, taken), (id) => taken.namesAll || id !== ids[0])
      } else if (taken.type === 'die') {
        devices[taken.device]!.die()
      } else if (taken.type === 'arrive') {
        const [call] = underWay.splice(taken.which % Math.max(1, underWay.length), 1)
        if (call) await arrive(call, taken.replica)
      } else {
        // who comes first is not known: the tables say what has become of it
        await Promise.all(
          underWay.splice(0).map((call, i) => codeOf(patiently(() => call.make(replicas[i % 2]!.chat)))),
        )
        model = await readModel()
      }
    }
    for (const call of underWay) await arrive(call, 0)

    for (let done = await world.indexEvents(500); done === 'contended' || done.count > 0; )
      done = await world.indexEvents(500)
    const tables = await readTables(world, tenantId)
    for (const { people } of model.values()) for (const one of people.values()) one.hidden.sort((a, b) => a - b)
    expect(tables.model).toEqual(model)
    for (const actor of everybody) {
      await expectRecounted(replicas[1]!.chat, actor, tables)
      const anew = new Device(actor)
      await anew.sync(wide(actor))
      for (const [n, one] of devices.entries()) {
        if (one.actor !== actor) continue
        await one.sync(narrow(actor, { replica: n % 2, width: 1 + (n % 4) }))
        expect([`device ${n}`, one.shows()]).toEqual([`device ${n}`, anew.shows()])
      }
    }
  }

  test('all counts are those of the tables, and a device that only asked what changed shows what a new one does', async () => {
    await fc.assert(fc.asyncProperty(history, play), { seed, numRuns, interruptAfterTimeLimit: 90_000 })
  }, 120_000)
})
