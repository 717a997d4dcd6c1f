import type { Bus } from '@parley/bus'
import {
  admin,
  attachments,
  chat,
  clientEvents,
  directUploads,
  host,
  httpRoutes,
  subjects,
  webhooks,
} from '@parley/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import type { TestSocket } from '../stack/test-client.ts'
import { notifierOperations } from './devices.ts'
import { events, operations } from './matrix.ts'
import {
  type Answered,
  askRest,
  askSockets,
  type Operation,
  operationsOf,
  probeHandshake,
  tellingApart,
  wrongOf,
} from './probes.ts'
import { type Role, roles } from './roles.ts'
import { leaksIn } from './secrets.ts'
import { createWorld, type World } from './world.ts'

/** Gateways that never learn who was disabled, so that their sockets stay and can be tried. */
function unawareOfDisabling(bus: Bus): Bus {
  const wrapped: Bus = Object.create(bus)
  wrapped.subscribe = (subject, handle) =>
    bus.subscribe(subject, (body, from) => subject !== subjects.control && handle(body, from))
  wrapped.request = (subject, ...rest) =>
    subject.includes('.disabledAmong') ? new Promise(() => {}) : bus.request(subject, ...rest)
  return wrapped
}

/** Every operation and every event, for every role, in every place: who may do what is a table, in matrix.ts. */
describeStacks(
  'who may do what, over %s',
  ({ stack }) => {
    let document: Map<string, Operation>
    let world: World
    let sockets: Map<Role, TestSocket>[] = []
    let atRest: Answered[]
    let atSockets: Answered[]

    beforeAll(async () => {
      const documents = await Promise.all([stack.restUrls[0]!, stack.storageUrls[0]!].map(operationsOf))
      const ofNotifier = [...(await operationsOf(stack.notifierUrls[0]!))].filter(
        ([name]) => name in notifierOperations,
      )
      document = new Map([...documents.flatMap((one) => [...one]), ...ofNotifier])
      world = await createWorld(stack)
      sockets = await world.connectAll()
      atSockets = await askSockets(stack, sockets, world)
      atRest = await askRest(stack, document, world)
    }, 600_000)
    afterAll(async () => {
      for (const theirs of sockets) for (const socket of theirs.values()) socket.close()
    })

    test('the table has a row for each operation and each event of the contracts, and no other', () => {
      const bound = [chat, host, admin, attachments, directUploads, webhooks].flatMap((contract) =>
        httpRoutes(contract),
      )
      expect(Object.keys(operations)).toEqual(expect.arrayContaining(bound.map(({ operationId }) => operationId)))
      expect([...document.keys()].sort()).toEqual(Object.keys(operations).sort())
      expect(Object.keys(events).sort()).toEqual(Object.keys(clientEvents).sort())
      expect(document.size).toBeGreaterThan(40)
    })

    test('at REST everybody may do what the table says and nothing else', () => {
      expect(wrongOf(atRest)).toEqual([])
    })

    test('at sockets everybody may do what the table says and nothing else', () => {
      expect(wrongOf(atSockets)).toEqual([])
    })

    test('whoever is disabled or has no token is not let in at a gateway', async () => {
      for (const url of stack.gatewayUrls) {
        expect(await probeHandshake(url, world.token('disabled'))).toEqual({
          actual: 'forbidden',
          message: 'This account is disabled',
          faults: [],
        })
        expect(await probeHandshake(url, undefined)).toMatchObject({ actual: 'unauthenticated', faults: [] })
      }
    })

    test('whoever is disabled is told so, whatever they ask', () => {
      const said = [...atRest, ...atSockets].flatMap(({ role, actual, message }) =>
        role === 'disabled' && actual === 'forbidden' ? [message] : [],
      )
      expect(said.length).toBeGreaterThan(100)
      expect([...new Set(said)]).toEqual(['This account is disabled'])
    })

    test('what does not exist and what nobody may know of are refused in the same words', () => {
      expect(tellingApart([...atRest, ...atSockets])).toEqual([])
    })

    test('nobody hears live what is not theirs', () => {
      const overheard = sockets.flatMap((theirs) =>
        [...theirs].flatMap(([role, { heard }]) =>
          // whose socket would have been closed by a gateway that knows
          role === 'disabled' ? [] : leaksIn(JSON.stringify(heard), role).map((leak) => `${role} ${leak}`),
        ),
      )
      expect(overheard).toEqual([])
    })

    test('every replica and every gateway was asked, in every role', () => {
      for (const answered of [atRest, atSockets])
        expect(new Set(answered.map(({ at, role }) => `${at} ${role}`)).size).toBe(stack.restUrls.length * roles.length)
    })

    test('there were at least 2,000 probes, of every role, and each operation and event is somebody’s to do', () => {
      const answered = [...atRest, ...atSockets]
      expect(answered.length).toBeGreaterThanOrEqual(2_000)
      expect(new Set(answered.map(({ role }) => role))).toEqual(new Set(roles))
      const allowed = (some: Answered[]) => new Set(some.flatMap(({ name, actual }) => (actual === 'ok' ? [name] : [])))
      const inBuckets = new Set(httpRoutes(directUploads).map(({ operationId }) => operationId))
      expect(allowed(atRest)).toEqual(new Set(Object.keys(operations).filter((name) => !inBuckets.has(name))))
      expect(allowed(atSockets)).toEqual(new Set(Object.keys(events)))
    })
  },
  { gatewayBus: unawareOfDisabling },
)
