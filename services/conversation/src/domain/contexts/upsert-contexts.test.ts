import type { Actor, ContextMember, SharedConversation, UpsertContext } from '@parley/contracts'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { patiently } from '../../../test/callers.ts'
import { both, contextScene, members, rules } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('what the host says of its contexts', (current) => {
  const scene = () => contextScene(current())

  test('an upsert brings people in and takes them out; who comes back sees nothing of the time between', async () => {
    const { put, say, ana, ben, joe, chat, seen } = await scene()
    await put({ version: 1 })
    const { message } = await say(ana, 'one')
    const { conversationId } = message
    await put({ version: 2, members: members(['ana', 'customer'], ['joe', 'provider']) })
    await say(ana, 'two')
    await expect(seen(ben, conversationId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(say(ben, 'x')).rejects.toMatchObject({ code: 'not_found' })
    // history is for everybody who comes for the first time, as the policy says
    expect(await seen(joe, conversationId)).toEqual(['one', 'two'])
    await put({ version: 3, members: [...both, { userId: 'joe', role: 'helper' }] })
    await say(ana, 'three')
    expect(await seen(ben, conversationId)).toEqual(['three'])
    const { data } = await chat.listParticipants(ana, { conversationId })
    expect(data.map(({ userId, role }) => [userId, role])).toEqual([
      ['ana', 'customer'],
      ['ben', 'provider'],
      ['joe', 'helper'],
    ])
  })

  test('more people than one transaction lets in come all the same', async () => {
    const { put, say, ana, chat } = await scene()
    await put({ version: 1 })
    const { message } = await say(ana, 'hello')
    const crew = upTo(120).map((n): ContextMember => ({ userId: `crew-${n}`, role: 'crew' }))
    await put({ version: 2, members: [...both, ...crew] })
    expect(await chat.getConversation(ana, { conversationId: message.conversationId })).toMatchObject({
      participantCount: 122,
    })
    await put({ version: 3 })
    expect(await chat.getConversation(ana, { conversationId: message.conversationId })).toMatchObject({
      participantCount: 2,
    })
  })

  /** A context with a conversation of each of 60 buyers with the seller. */
  const manyPairs = async () => {
    const { put, chat, ana, host, backend, ...more } = await scene()
    const inquiry = { type: 'contract', id: '7' }
    const people = members(...upTo(60).map((i): [string, string] => [`user-${i}`, 'buyer']), ['ana', 'seller'])
    await put({ ...inquiry, title: 'old', members: people })
    await host.upsertUsers(backend, { users: [{ userId: 'ana' }] })
    const ids: string[] = []
    for (const i of upTo(60))
      ids.push(
        (await chat.sendMessage(ana, { context: inquiry, to: `user-${i}`, content: 'x' })).message.conversationId,
      )
    const say = (context: Partial<UpsertContext>) => put({ ...inquiry, members: people, ...context })
    return { ...more, chat, ana, backend, people, ids: ids.sort(), say }
  }
  /** Of `during`, the second transaction comes to nothing: whoever began it ended in between. */
  const endedAfterOne = async (during: () => Promise<unknown>) => {
    const { transaction } = current().store
    let begun = 0
    const broken = vi.spyOn(current().store, 'transaction').mockImplementation((...work) => {
      if (++begun === 2) throw new Error('ended')
      return transaction(...work)
    })
    await expect(during()).rejects.toThrow('ended')
    broken.mockRestore()
  }

  test('all conversations of a context follow it, however many there are', async () => {
    const { say, people, ids, committed } = await manyPairs()
    committed.length = 0
    await say({ title: 'new' })
    const told = committed.flatMap(({ changes }) => changes)
    expect(told.map(({ type }) => type)).toEqual(upTo(60).map(() => 'conversation.updated'))
    expect(told.map(({ conversationId }) => conversationId).sort()).toEqual(ids)
    committed.length = 0
    await say({ title: 'newer', members: people.slice(30) })
    const changed = committed.flatMap(({ changes }) => changes)
    expect(changed.filter(({ type }) => type === 'conversation.updated')).toHaveLength(60)
    expect(changed.filter(({ type }) => type === 'participant.left')).toHaveLength(30)
  })

  test('what an earlier call did not come to tell is told by a repeat, by what is said next, or by itself; each once', async () => {
    const { say, ids, committed, backend, admin, chat, ana, asOwner, runJobs, tenantId } = await manyPairs()
    const toldOf = (title: string) =>
      committed
        .flatMap(({ changes }) => changes)
        .flatMap(({ type, live }) => (type === 'conversation.updated' ? live : []))
        .flatMap(({ data }) =>
          (data as SharedConversation).context?.title === title ? [(data as SharedConversation).id] : [],
        )
        .sort()
    committed.length = 0
    await endedAfterOne(() => say({ version: 1, title: 'new' }))
    expect(toldOf('new')).toEqual(ids.slice(0, 50))
    await say({ version: 1, title: 'new' })
    expect(toldOf('new')).toEqual(ids)

    await endedAfterOne(() => say({ version: 2, title: 'newer' }))
    await say({ version: 3, title: 'newer', metadata: { color: 'red' } })
    expect(toldOf('newer')).toEqual(ids)

    await endedAfterOne(() => say({ version: 4, title: 'newest' }))
    await asOwner('UPDATE jobs SET run_at = now() WHERE tenant_id = $1', [tenantId])
    expect([await runJobs(), toldOf('newest'), await runJobs()]).toEqual([1, ids, 0])

    // what an admin had opened again is closed by the next status, and stays as the admin wants it from there on
    const opened = [ids[0]!, ids[59]!]
    const statuses = async () =>
      (await Promise.all(opened.map((conversationId) => chat.getConversation(ana, { conversationId })))).map(
        ({ status }) => status,
      )
    await admin.setPolicy(backend, {
      contexts: {
        contract: { conversation: 'per_pair', starters: null, statuses: { over: { conversation: 'closed' } } },
      },
    })
    for (const conversationId of opened)
      await admin.setConversationStatus(backend, { conversationId, status: 'closed' })
    for (const conversationId of opened)
      await admin.setConversationStatus(backend, { conversationId, status: 'active' })
    await endedAfterOne(() => say({ version: 5, status: 'over' }))
    expect(await statuses()).toEqual(['closed', 'active'])
    await admin.setConversationStatus(backend, { conversationId: ids[0]!, status: 'active' })
    await say({ version: 6, status: 'over' })
    expect(await statuses()).toEqual(['active', 'closed'])
  })

  test('versions in any order, any of them repeated, end in the same state', async () => {
    const { host, chat, backend, ana } = await scene()
    const states = upTo(5).map((version) => ({
      version,
      title: `title ${version}`,
      status: ['confirmed', 'done', 'warranty', 'cancelled', 'confirmed'][version - 1]!,
      members: [...both, ...(version % 2 ? [{ userId: 'joe', role: `role ${version}` }] : [])],
    }))
    let n = 0
    const order = fc
      .shuffledSubarray([...states, ...states], { minLength: 5 })
      .filter((some) => some.some(({ version }) => version === 5))
    await fc.assert(
      fc.asyncProperty(order, fc.nat(3), async (some, startAt) => {
        const id = `order-${n++}`
        const put = (state: (typeof states)[number]) =>
          patiently(() => host.upsertContexts(backend, { contexts: [{ type: 'booking', id, ...state }] }))
        await put({ ...states[0]! })
        const { conversation } = await chat.openContextConversation(ana, { type: 'booking', id })
        for (const state of some.slice(0, startAt)) await put(state)
        // the rest at once, as two ways in would bring them
        await Promise.all(some.slice(startAt).map(put))
        const end = await chat.getConversation(ana, { conversationId: conversation.id })
        expect(end).toMatchObject({
          status: 'active',
          closesAt: null,
          context: { title: 'title 5', status: 'confirmed' },
        })
        expect(end.participants.map(({ userId, role }) => [userId, role]).sort()).toEqual([
          ['ana', 'customer'],
          ['ben', 'provider'],
          ['joe', 'role 5'],
        ])
      }),
      { numRuns: 8, seed: 5 },
    )
  })

  test('what is unsound is refused whole, and nothing of it is stored', async () => {
    const { host, backend, ana } = await scene()
    const bad: UpsertContext[] = [
      { type: 'booking', id: 'x', members: members(['ana', 'a'], ['ana', 'b']) },
      { type: 'booking', id: 'x', members: members(['parley:system', 'a']) },
      { type: 'booking', id: 'x', parent: { type: 'booking', id: 'x' }, members: [] },
    ]
    for (const context of bad) {
      const call = host.upsertContexts(backend, { contexts: [{ type: 'booking', id: 'ok', members: [] }, context] })
      await expect(call).rejects.toMatchObject({ code: 'invalid_input' })
    }
    await expect(host.getContext(backend, { type: 'booking', id: 'ok' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(host.upsertContexts(ana, { contexts: [] })).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('whoever leaves a context leaves its conversation, also when the tenant has no such contexts any more', async () => {
    const { put, say, admin, backend, ana, ben, chat } = await scene()
    await put({})
    const { conversationId } = (await say(ana, 'hello')).message
    await admin.setPolicy(backend, { preset: 'direct' })
    await put({ members: both.slice(0, 1) })
    await expect(chat.getConversation(ben, { conversationId })).rejects.toMatchObject({ code: 'not_found' })
    expect(await chat.getConversation(ana, { conversationId })).toMatchObject({ participantCount: 1 })
  })

  test('a block in a context stops two who are alone there, as long as they are', async () => {
    const { put, say, admin, backend, chat, ana, ben, joe } = await scene()
    await admin.setPolicy(backend, { ...rules, blocking: { contexts: true } })
    await put({})
    const { conversationId } = (await say(ana, 'hello')).message
    await chat.sendMessage(joe, { to: 'ana', content: 'we know each other' })
    const codes = (...people: Actor[]) =>
      Promise.all(
        people.map((who) =>
          chat.sendMessage(who, { conversationId, content: 'x' }).then(
            () => 'ok',
            (err) => err.code,
          ),
        ),
      )
    await chat.blockUser(ana, { userId: 'ben' })
    expect(await codes(ana, ben)).toEqual(['blocked', 'blocked'])
    const [first, second] = both
    await put({ members: [first!, ...members(['joe', 'provider'])] })
    expect(await codes(ana, joe)).toEqual(['ok', 'ok'])
    await chat.blockUser(joe, { userId: 'ana' })
    expect(await codes(ana, joe)).toEqual(['blocked', 'blocked'])
    await put({ members: [first!, second!, ...members(['joe', 'provider'])] })
    expect(await codes(ana, ben, joe)).toEqual(['ok', 'ok', 'ok'])
    await put({})
    expect(await codes(ana, ben)).toEqual(['blocked', 'blocked'])
    await chat.unblockUser(ana, { userId: 'ben' })
    expect(await codes(ana, ben)).toEqual(['ok', 'ok'])
  })

  test('who are let in at once are told of the same people, and of as many', async () => {
    const { chat, ana, put, committed } = await scene()
    await put({})
    await chat.openContextConversation(ana, { type: 'booking', id: '7' })
    committed.length = 0
    await put({ members: [...both, ...members(['joe', 'x'], ['eve', 'x'], ['kim', 'x'])] })
    const told = committed
      .flatMap(({ changes }) => changes.flatMap(({ live }) => live))
      .flatMap(({ event, data }) => (event === 'new_conversation' ? [data as SharedConversation] : []))
    expect(told.map(({ participants, participantCount }) => [participants.length, participantCount])).toEqual([
      [5, 5],
      [5, 5],
      [5, 5],
    ])
  })
})
