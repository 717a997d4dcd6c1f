import { randomUUID } from 'node:crypto'
import { ParleyError } from '@parley/contracts'
import type { Database } from '@parley/database'
import { expect, test } from 'vitest'
import { codeOf } from '../../test/callers.ts'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { upTo } from '../../test/test-world.ts'
import { createStore } from '../store/store.ts'
import { createUseCases } from './use-cases.ts'

/** So many calls, of which a few are looked after at once. */
const MANY = 60
const FEW = 10

/** A database whose connections are not given before they are let go. Batches have connections of their own. */
function guarded(database: Database) {
  let isClosed = false
  const held: (() => void)[] = []
  const guard = async () => {
    if (isClosed) await new Promise<void>((resolve) => held.push(resolve))
  }
  return {
    held,
    database: {
      ...database,
      kind: database.kind,
      openLane: (name: string) => database.openLane(name),
      async transaction(options, work) {
        await guard()
        return database.transaction(options, work)
      },
      async read(...question) {
        await guard()
        return database.read(...question)
      },
    } as Database,
    close() {
      isClosed = true
    },
    /** Whoever comes from now on passes. */
    open() {
      isClosed = false
    },
    letGo() {
      for (const go of held.splice(0)) go()
    },
  }
}

const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

describeUseCases('calls of one user', (current) => {
  async function scene() {
    const { people, database } = current()
    const { ana, ben } = people('ana', 'ben')
    const guard = guarded(database)
    const store = createStore({ database: guard.database, onCommitted: () => {}, onError: () => {} })
    const world = { store, newId: randomUUID, unsetPolicy: { users: { mustExist: false } } }
    const { chat, edge } = createUseCases(world)
    const limit = async (_: unknown, key: string) => {
      if (key.startsWith('calls:')) throw new ParleyError('rate_limited', 'Too much')
    }
    const { chat: limited } = createUseCases({ ...world, limit })
    const group = async (title: string) => {
      const participants = [{ userId: 'ben' }]
      const { conversation } = await chat.createConversation(ana, { kind: 'group', title, participants })
      return conversation.id
    }
    const own = await Promise.all(upTo(8).map((n) => group(`Group ${n}`)))
    for (const conversationId of own) await chat.sendMessage(ben, { conversationId, content: 'hello' })
    // who they are is known from here on
    for (const one of [ana, ben]) await chat.getTotalUnreadCount(one, {})
    await codeOf(limited.report(ana, { userId: 'ben', reason: 'spam', clientId: 'k' }))
    return { ana, ben, own, guard, chat, edge, limited }
  }
  type Scene = Awaited<ReturnType<typeof scene>>

  const floods: [string, (scene: Scene, n: number) => Promise<unknown>][] = [
    ['first messages', ({ chat, ana }, n) => chat.sendMessage(ana, { to: `person ${n}`, content: 'x' })],
    [
      'refused sends, each with a key of its own',
      ({ chat, ana, own }, n) => chat.sendMessage(ana, { conversationId: own[0]!, content: ' ', clientId: `k${n}` }),
    ],
    ['marks of single messages', ({ chat, ana }) => chat.markMessagesRead(ana, { messageIds: [randomUUID()] })],
    [
      'marks as unread',
      ({ chat, ana, own }, n) => chat.markUnread(ana, { conversationId: own[n % own.length]!, seq: 1 }),
    ],
    [
      'creations over the limit, each with a key of its own',
      ({ limited, ana }, n) =>
        limited.createConversation(ana, { kind: 'group', title: 't', participants: [], clientId: `k${n}` }),
    ],
    [
      'questions of a gateway for whoever types',
      ({ edge, ana, own }, n) =>
        edge.requireWriter(
          { ...ana, userId: 'gateway', role: 'service' },
          { userId: 'ana', conversationId: own[n % own.length]! },
        ),
    ],
  ]

  test.each(floods)('leave connections to the others: %s', async (_, call) => {
    const made = await scene()
    const { guard, chat, ben, own } = made
    guard.close()
    const calls = Promise.allSettled(upTo(MANY).map((n) => call(made, n)))
    await expect.poll(() => guard.held.length).toBeGreaterThan(0)
    await settled()
    expect(guard.held.length).toBeLessThan(FEW)
    const before = guard.held.length
    const bens = chat.getConversation(ben, { conversationId: own[0]! })
    await expect.poll(() => guard.held.length).toBeGreaterThan(before)
    guard.open()
    guard.letGo()
    expect(await bens).toMatchObject({ id: own[0] })
    await calls
  })

  test('first messages keep their order while they wait for their turn, and nobody waits for ever', async () => {
    const { guard, chat, ana, ben, own } = await scene()
    guard.close()
    const atWork = upTo(4).map(() => chat.getConversation(ana, { conversationId: own[0]! }))
    await settled()
    guard.open()
    const seqs: number[] = []
    const send = async (n: number) => {
      const { message } = await chat.sendMessage(ana, { to: 'ben', content: `${n}` })
      seqs[n] = message.seq
    }
    const sends = upTo(6).map(send)
    const direct = (userId: string) => ({ kind: 'direct' as const, participants: [{ userId }] })
    const creations = upTo(6).map(() => chat.createConversation(ana, direct('ben')))
    // by now it is known where they belong
    await chat.createConversation(ben, direct('ana'))
    sends.push(send(7))
    await settled()
    expect(seqs).toEqual([])
    guard.letGo()
    await Promise.all([...atWork, ...sends, ...creations])
    expect(seqs.slice(1)).toEqual(upTo(7))
  })
})
