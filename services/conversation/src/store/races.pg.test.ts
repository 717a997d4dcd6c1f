import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import { openPostgres } from '@parley/database'
import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actor, upTo } from '../../test/test-world.ts'
import { createUseCases, type UseCases } from '../domain/use-cases.ts'
import { conversationOwner } from './owner.ts'
import { createStore, type PostgresStore } from './store.ts'

/** Sends of each sender at each replica, under way while something is refused. */
const SENDS = 20
const ROUNDS = 6

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

let tenants = 0
/** Two people and a backend of a tenant of their own, and a context that they talk about. */
async function scene() {
  const tenantId = `race-${++tenants}`
  const [ana, ben] = [actor(tenantId, 'ana'), actor(tenantId, 'ben')]
  const backend: Actor = { ...actor(tenantId, 'backend'), role: 'service' }
  const [{ chat, host, admin }] = replicas as [UseCases]
  await admin.setPolicy(backend, {
    contexts: {
      '*': { conversation: 'one', starters: null, statuses: { done: { conversation: 'closed' } } },
    },
  })
  const context = { type: 'booking', id: '1' }
  const members = [ana, ben].map(({ userId }) => ({ userId, role: 'x' }))
  await host.upsertContexts(backend, { contexts: [{ ...context, version: 1, members }] })
  return { tenantId, ana, ben, backend, context, members, chat, host, admin }
}

type Outcome = { seq: number } | { code: string }

/** Many sends at both replicas, with the refusal in their midst; the conversation's last seq right after it. */
async function race(
  { tenantId, ana, ben }: { tenantId: string; ana: Actor; ben: Actor },
  conversationId: string,
  refuse: () => Promise<unknown>,
): Promise<{ outcomes: Outcome[]; lastSeq: number; lastSeqInTheEnd: number }> {
  const lastSeqNow = async () => {
    const [row] = await opened.asOwner<{ seq: number }>(
      'SELECT last_seq::int AS seq FROM conversations WHERE id = $1 AND tenant_id = $2',
      [conversationId, tenantId],
    )
    return row!.seq
  }
  const send = (replica: UseCases, who: Actor, n: number): Promise<Outcome> =>
    replica.chat.sendMessage(who, { conversationId, content: `${who.userId} ${n}` }).then(
      ({ message: { seq } }) => ({ seq }),
      (err) => ({ code: err.code }),
    )
  const sends: Promise<Outcome>[] = []
  let refused: Promise<number> | undefined
  for (const n of upTo(SENDS)) {
    for (const replica of replicas) for (const who of [ana, ben]) sends.push(send(replica, who, n))
    if (n === SENDS / 2) refused = refuse().then(lastSeqNow)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
  }
  const lastSeq = await refused!
  for (const replica of replicas) for (const who of [ana, ben]) sends.push(send(replica, who, 0))
  const outcomes = await Promise.all(sends)
  return { outcomes, lastSeq, lastSeqInTheEnd: await lastSeqNow() }
}

const seqsOf = (outcomes: Outcome[]) => outcomes.flatMap((one) => ('seq' in one ? [one.seq] : []))
const codesOf = (outcomes: Outcome[]) => [...new Set(outcomes.flatMap((one) => ('code' in one ? [one.code] : [])))]

test('a context is closed while people write: what was accepted is before the mark, every refusal says why', async () => {
  for (const _ of upTo(ROUNDS)) {
    const world = await scene()
    const { conversation } = await world.chat.openContextConversation(world.ana, world.context)
    const { outcomes, lastSeq, lastSeqInTheEnd } = await race(world, conversation.id, () =>
      world.host.upsertContexts(world.backend, {
        contexts: [{ ...world.context, version: 2, status: 'done', members: world.members }],
      }),
    )
    expect(codesOf(outcomes)).toEqual(['conversation_closed'])
    const accepted = seqsOf(outcomes).sort((a, b) => a - b)
    // dense, and the mark is the last
    expect(accepted).toEqual(upTo(accepted.length))
    expect([lastSeq, lastSeqInTheEnd]).toEqual([accepted.length + 1, accepted.length + 1])
  }
})

test('a block, a disabling and a removal take hold at once: nothing slips past them', async () => {
  const refusals = {
    blocked: async ({ chat, ana }: Awaited<ReturnType<typeof scene>>) => {
      const { conversation } = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
      return { id: conversation.id, refuse: () => replicas[1]!.chat.blockUser(ana, { userId: 'ben' }) }
    },
    forbidden: async ({ chat, host, ana, backend }: Awaited<ReturnType<typeof scene>>) => {
      const { conversation } = await chat.createConversation(ana, {
        kind: 'group',
        title: 't',
        participants: [{ userId: 'ben' }],
      })
      return { id: conversation.id, refuse: () => host.disableUser(backend, { userId: 'ben' }) }
    },
    not_found: async ({ chat, ana }: Awaited<ReturnType<typeof scene>>) => {
      const { conversation } = await chat.createConversation(ana, {
        kind: 'group',
        title: 't',
        participants: [{ userId: 'ben' }],
      })
      const conversationId = conversation.id
      return { id: conversationId, refuse: () => chat.removeParticipant(ana, { conversationId, userId: 'ben' }) }
    },
  }
  for (const [code, prepare] of Object.entries(refusals))
    for (const _ of upTo(ROUNDS)) {
      const world = await scene()
      const { id, refuse } = await prepare(world)
      const { outcomes, lastSeq } = await race(world, id, refuse)
      expect(codesOf(outcomes)).toEqual([code])
      const late = await opened.asOwner(
        `SELECT seq FROM messages WHERE conversation_id = $1 AND seq > $2 AND sender_id = 'ben'`,
        [id, lastSeq],
      )
      expect([code, late]).toEqual([code, []])
      if (code === 'blocked') expect(Math.max(...seqsOf(outcomes))).toBeLessThanOrEqual(lastSeq)
    }
})

test('two who block each other, and write each other for the first time, end without a way around it', async () => {
  for (const _ of upTo(ROUNDS * 3)) {
    const { ana, ben, chat } = await scene()
    const [, { chat: elsewhere }] = replicas as [UseCases, UseCases]
    const attempt = (who: Actor, to: string, at: UseCases['chat']) =>
      at.sendMessage(who, { to, content: 'x' }).then(
        () => 'ok',
        (err) => err.code,
      )
    await chat.createConversation(ana, { kind: 'group', title: 't', participants: [{ userId: 'ben' }] })
    await Promise.all([attempt(ben, 'ana', elsewhere), chat.blockUser(ana, { userId: 'ben' })])
    // whichever was first: from now on nobody writes
    expect(await attempt(ben, 'ana', elsewhere)).toBe('blocked')
    expect(await attempt(ana, 'ben', chat)).toBe('blocked')
  }
})

test('who draws somebody into a group while they block them is refused: the block is waited for', async () => {
  const { tenantId, ana, ben, chat } = await scene()
  const members = { kind: 'group' as const, title: 't', participants: [{ userId: 'eve' }] }
  const { conversation } = await chat.createConversation(ben, members)
  const { id: conversationId } = conversation
  const ways = [
    () => chat.addParticipant(ben, { conversationId, userId: 'ana' }),
    () => chat.createConversation(ben, { ...members, participants: [{ userId: 'eve' }, { userId: 'ana' }] }),
  ]
  for (const way of ways) {
    const drawing = await stores[1]!.transaction(tenantId, async ({ users, blocks }) => {
      await users.ensure(['ana', 'ben'])
      await users.lock(['ana', 'ben'], 'refuse')
      await blocks.add('ana', 'ben')
      const under = way().then(
        () => 'ok',
        (err) => err.code,
      )
      await new Promise((resolve) => setTimeout(resolve, 100))
      return { under }
    })
    expect(await drawing.under).toBe('blocked')
    await chat.unblockUser(ana, { userId: 'ben' })
  }
})

test('an ended conversation that somebody else holds keeps no other from being marked', async () => {
  const { tenantId, ana, backend, context, members, chat, host, admin } = await scene()
  const statuses = { over: { conversation: 'closed' as const, afterSeconds: 3_600 } }
  await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses } } })
  const ids: string[] = []
  for (const id of ['1', '2', '3']) {
    await host.upsertContexts(backend, { contexts: [{ ...context, id, version: 2, status: 'over', members }] })
    ids.push((await chat.openContextConversation(ana, { ...context, id })).conversation.id)
  }
  for (const [i, id] of ids.entries())
    await opened.asOwner(`UPDATE conversations SET closes_at = now() - interval '${9 - i} seconds' WHERE id = '${id}'`)
  const outcome = await stores[1]!.transaction(tenantId, async ({ conversations }) => {
    await conversations.lock(ids[0]!)
    return replicas[0]!.endConversations().catch((err) => err)
  })
  expect(outcome).toBeInstanceOf(AggregateError)
  const marksOf = async (conversationId: string) => (await chat.listMessages(ana, { conversationId })).data.length
  expect(await Promise.all(ids.map(marksOf))).toEqual([0, 1, 1])
  expect(await replicas[0]!.endConversations()).toBe(1)
  expect(await Promise.all(ids.map(marksOf))).toEqual([1, 1, 1])
})
