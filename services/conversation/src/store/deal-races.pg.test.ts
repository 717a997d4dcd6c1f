import { randomUUID } from 'node:crypto'
import type { Actor, Message } from '@parley/contracts'
import { openPostgres } from '@parley/database'
import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, patiently } from '../../test/callers.ts'
import { actor, upTo } from '../../test/test-world.ts'
import { createUseCases, type UseCases } from '../domain/use-cases.ts'
import { conversationOwner } from './owner.ts'
import { createStore, type PostgresStore } from './store.ts'

/** Conversations in which the same happens side by side, and how often in each: a hundred races of each kind. */
const LANES = 5
const ROUNDS = 20

let opened: TestDatabase
let other: ReturnType<typeof openPostgres>
const stores: PostgresStore[] = []
let replicas: UseCases[]

beforeAll(async () => {
  opened = await openTestDatabase(conversationOwner)
  other = openPostgres({ owner: conversationOwner, url: opened.url })
  replicas = [opened.database, other].map((database) => {
    const store = createStore({ database, onCommitted() {}, onError() {} })
    stores.push(store)
    return createUseCases({ store, newId: randomUUID, unsetPolicy: { users: { mustExist: false } } })
  })
})
afterAll(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await opened[Symbol.asyncDispose]()
})

interface Race {
  tenantId: string
  /** Whose offer it is, and who decides. */
  ana: Actor
  ben: Actor
  offer: Message
  /** The two replicas, in an order that changes. */
  here: UseCases
  there: UseCases
}

let tenants = 0
const won = new Map<string, number>()

/**
 * Lets two decide on an offer at the same moment, at two replicas, a hundred times. One of them wins, the other is told, and what
 * both sides see, what is recorded, what the host hears and what the conversation says are that one decision.
 */
async function race(moves: Record<string, (it: Race) => Promise<unknown>>, states: readonly string[]): Promise<void> {
  won.clear()
  await Promise.all(
    upTo(LANES).map(async (lane) => {
      const tenantId = `deal-${++tenants}`
      const [ana, ben] = [actor(tenantId, 'ana'), actor(tenantId, 'ben')]
      for (const round of upTo(ROUNDS)) {
        const [here, there] = (lane + round) % 2 ? replicas : [...replicas].reverse()
        const payload = { title: 'Logo', amount: 100, currency: 'EUR', expiresAt: '2099-01-01T00:00:00Z' }
        const sent = { to: 'ben', type: 'service_offer', payload, clientId: `offer ${round}` }
        const { message: offer } = await patiently(() => here!.chat.sendMessage(ana, sent))
        const outcomes = await Promise.all(
          Object.values(moves).map((move) =>
            codeOf(patiently(() => move({ tenantId, ana, ben, offer, here: here!, there: there! }))),
          ),
        )
        const seen = await Promise.all([
          patiently(() => here!.chat.getMessage(ana, { messageId: offer.id })),
          patiently(() => there!.chat.getMessage(ben, { messageId: offer.id })),
        ])
        expect(seen[0]).toEqual(seen[1])
        const { status } = seen[0]!.payload as { status: string }
        expect(states).toContain(status)
        won.set(status, (won.get(status) ?? 0) + 1)
        // an expiry that came too late has nothing to complain of
        const lost = outcomes.filter((outcome) => outcome !== 'ok')
        expect([lost, outcomes.length - lost.length]).toEqual(
          Object.keys(moves).includes('expiry') && lost.length === 0 ? [[], 2] : [['already_decided'], 1],
        )
        const moved = await opened.asOwner<{ to_status: string }>(
          'SELECT to_status FROM message_transitions WHERE message_id = $1',
          [offer.id],
        )
        expect(moved).toEqual([{ to_status: status }])
        const told = await opened.asOwner(
          `SELECT 1 FROM events e, unnest(e.conversation_ids, e.seqs) AS i (conversation, seq)
           WHERE e.type = 'message.transitioned' AND i.conversation = $1 AND i.seq = $2`,
          [offer.conversationId, offer.seq],
        )
        expect(told).toHaveLength(1)
        const following = { conversationId: offer.conversationId, after: offer.seq }
        const { data: after } = await patiently(() => here!.chat.listMessages(ana, following))
        expect(after.map(({ type }) => type)).toEqual(
          status === 'superseded' ? ['system', 'service_offer'] : ['system'],
        )
        const waiting = await opened.asOwner('SELECT key FROM jobs WHERE tenant_id = $1 AND key = $2', [
          tenantId,
          offer.id,
        ])
        expect(waiting).toEqual([])
        const [counter] = after.filter(({ type }) => type === 'service_offer')
        if (counter) await patiently(() => here!.chat.actOnMessage(ben, { messageId: counter.id, action: 'withdraw' }))
      }
    }),
  )
  // otherwise they did not race
  expect([...won.keys()].sort()).toEqual([...states].sort())
}

const accept = ({ ben, offer, here }: Race) => here.chat.actOnMessage(ben, { messageId: offer.id, action: 'accept' })
const withdraw = ({ ana, offer, there }: Race) =>
  there.chat.actOnMessage(ana, { messageId: offer.id, action: 'withdraw' })

test('accepted and withdrawn at once, one of the two holds, a hundred times', async () => {
  await race({ accept, withdraw }, ['accepted', 'withdrawn'])
}, 300_000)

test('accepted and countered at once, by two of the other side, one of the two holds, a hundred times', async () => {
  const counter = ({ ben, offer, there }: Race) =>
    there.chat.actOnMessage(ben, {
      messageId: offer.id,
      action: 'counter',
      payload: { title: 'Logo', amount: 90, currency: 'EUR' },
      // on a busy machine it may be asked again
      clientId: offer.id,
    })
  await race({ accept, counter }, ['accepted', 'superseded'])
}, 300_000)

test('accepted as it expires, one of the two holds, a hundred times', async () => {
  const isHere = ({ here }: Race) => here === replicas[0]
  const expiry = async (it: Race) => {
    await opened.asOwner(
      `UPDATE messages SET payload = payload || '{"expiresAt": "2020-01-01T00:00:00Z"}' WHERE id = $1 AND payload ->> 'status' = 'pending'`,
      [it.offer.id],
    )
    const job = { tenantId: it.tenantId, key: it.offer.id, dueAt: '', payload: {}, attempt: 1 }
    await replicas[isHere(it) ? 1 : 0]!.jobs.expire_message(job, { signal: new AbortController().signal })
  }
  await race({ accept, expiry }, ['accepted', 'expired'])
}, 300_000)
