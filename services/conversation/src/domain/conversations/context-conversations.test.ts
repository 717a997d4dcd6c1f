import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { patiently } from '../../../test/callers.ts'
import { both, contextScene, members, rules } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('conversations of contexts', (current) => {
  const scene = () => contextScene(current())

  test('the first message starts the conversation of all members; the others answer in it, an outsider learns nothing', async () => {
    const { put, say, ana, ben, eve, chat, seen } = await scene()
    await expect(say(ana, 'too early')).rejects.toMatchObject({ code: 'not_found' })
    await put({ title: 'Deep clean', status: 'confirmed' })
    const ref = { type: 'booking', id: '7' }
    await expect(chat.findContextConversation(ana, ref)).rejects.toMatchObject({ code: 'not_found' })
    const [one, two] = await Promise.all([patiently(() => say(ana, 'hello')), patiently(() => say(ben, 'hi'))])
    expect(one.message.conversationId).toBe(two.message.conversationId)
    const { conversationId } = one.message
    expect((await seen(ben, conversationId)).sort()).toEqual(['hello', 'hi'])
    expect(await chat.findContextConversation(ben, ref)).toMatchObject({
      id: conversationId,
      kind: 'context',
      context: { type: 'booking', id: '7', title: 'Deep clean', status: 'confirmed', parent: null },
      participants: [
        { userId: 'ana', role: 'customer' },
        { userId: 'ben', role: 'provider' },
      ],
    })
    const refused = [
      say(eve, 'x'),
      chat.findContextConversation(eve, ref),
      chat.openContextConversation(eve, ref),
      chat.openContextConversation(eve, { type: 'booking', id: 'none' }),
    ]
    const outcomes = await Promise.allSettled(refused)
    expect(outcomes.map((o) => o.status === 'rejected' && [o.reason.code, o.reason.message])).toEqual(
      refused.map(() => ['not_found', 'No such context']),
    )
  })

  test('only the roles that may start it start it; everybody in it answers', async () => {
    const { put, say, ana, joe } = await scene()
    await put({ members: [...both, { userId: 'joe', role: 'viewer' }] })
    await expect(say(joe, 'may I?')).rejects.toMatchObject({ code: 'forbidden' })
    // what refuses the one does not refuse the other who asks in the same moment
    const [refused, started] = await Promise.allSettled([
      patiently(() => say(joe, 'may I now?')),
      patiently(() => say(ana, 'hello')),
    ])
    expect([refused, started]).toMatchObject([{ reason: { code: 'forbidden' } }, { status: 'fulfilled' }])
    await say(joe, 'I may answer')
  })

  test('a backend starts nothing in the name of who is no member', async () => {
    const { put, chat, backend, host, committed } = await scene()
    await put({})
    await host.upsertUsers(backend, { users: [{ userId: 'zoe' }, { userId: backend.userId }] })
    const before = committed.length
    const context = { type: 'booking', id: '7' }
    for (const who of [{ as: 'zoe' }, {}])
      await expect(chat.sendMessage(backend, { context, content: 'x', ...who })).rejects.toMatchObject({
        code: 'not_found',
      })
    expect(committed).toHaveLength(before)
    await chat.sendMessage(backend, { context, content: 'Booked', type: 'system' })
  })

  test('a conversation per pair, and a milestone that shares its contract’s', async () => {
    const { host, chat, ana, ben, joe, eve, backend } = await scene()
    const people = members(['ana', 'client'], ['ben', 'freelancer'], ['joe', 'freelancer'])
    await host.upsertContexts(backend, {
      contexts: [
        { type: 'contract', id: 'c', members: people },
        { type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c' }, members: [] },
      ],
    })
    const contract = { type: 'contract', id: 'c' }
    await expect(chat.openContextConversation(ana, contract)).rejects.toMatchObject({ code: 'invalid_input' })
    const withBen = await chat.openContextConversation(ana, { ...contract, userId: 'ben' })
    const withJoe = await chat.sendMessage(ana, { context: contract, to: 'joe', content: 'hi' })
    expect(withBen.created).toBe(true)
    expect(withJoe.message.conversationId).not.toBe(withBen.conversation.id)
    const again = await chat.openContextConversation(ben, { ...contract, userId: 'ana' })
    expect([again.created, again.conversation.id]).toEqual([false, withBen.conversation.id])
    expect(again.conversation.participants.map(({ userId }) => userId)).toEqual(['ana', 'ben'])
    const ofMilestone = await chat.openContextConversation(joe, { type: 'milestone', id: 'm', userId: 'ana' })
    expect(ofMilestone.conversation.id).toBe(withJoe.message.conversationId)
    for (const other of ['eve', 'nobody'])
      await expect(chat.openContextConversation(ana, { ...contract, userId: other })).rejects.toMatchObject({
        code: 'not_found',
      })
    await expect(chat.openContextConversation(eve, { ...contract, userId: 'ana' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('a backend that writes for one pair after another reaches each pair', async () => {
    const { host, chat, backend } = await scene()
    const people = members(['ana', 'client'], ['ben', 'freelancer'], ['joe', 'freelancer'])
    await host.upsertUsers(backend, { users: people.map(({ userId }) => ({ userId })) })
    await host.upsertContexts(backend, { contexts: [{ type: 'contract', id: 'c', members: people }] })
    const context = { type: 'contract', id: 'c' }
    const sent = []
    for (const as of ['ana', 'joe']) sent.push(await chat.sendMessage(backend, { context, as, to: 'ben', content: as }))
    expect(sent.map(({ message }) => message.senderId)).toEqual(['ana', 'joe'])
    expect(new Set(sent.map(({ message }) => message.conversationId)).size).toBe(2)
  })

  test('whom the backend speaks for decides which conversation of a pair it is', async () => {
    const { put, host, backend, chat } = await scene()
    await host.upsertUsers(backend, { users: ['ana', 'ben', 'joe'].map((userId) => ({ userId })) })
    await put({ type: 'contract', members: members(['ana', 'a'], ['ben', 'b'], ['joe', 'c']) })
    const tell = async (as: string) => {
      const context = { type: 'contract', id: '7' }
      return (await chat.sendMessage(backend, { as, context, to: 'ben', content: 'hello' })).message
    }
    const [one, two] = [await tell('ana'), await tell('joe')]
    expect(two).toMatchObject({ senderId: 'joe', seq: 1 })
    expect(two.conversationId).not.toBe(one.conversationId)
  })

  test('a milestone that gets another contract goes on in the conversation of that one', async () => {
    const { put, chat, admin, backend, ana } = await scene()
    await admin.setPolicy(backend, { contexts: { ...rules.contexts, contract: rules.contexts!.booking! } })
    await put({ type: 'contract', id: 'c1' })
    await put({ type: 'contract', id: 'c2' })
    const say = () => chat.sendMessage(ana, { context: { type: 'milestone', id: 'm' }, content: 'x' })
    await put({ type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c1' } })
    const before = (await say()).message.conversationId
    await put({ type: 'milestone', id: 'm', parent: { type: 'contract', id: 'c2' } })
    await expect.poll(async () => (await say()).message.conversationId, { timeout: 5_000 }).not.toBe(before)
  })

  test('the backend starts a conversation before anybody is in it', async () => {
    const { put, chat, backend, ana, seen } = await scene()
    await put({ members: [] })
    const { conversation } = await chat.openContextConversation(backend, { type: 'booking', id: '7' })
    expect(conversation).toMatchObject({ participantCount: 0, rev: 1 })
    await put({})
    expect(await seen(ana, conversation.id)).toEqual([])
  })

  test('of a pair, whoever comes back into the context comes back into its conversation', async () => {
    const { put, chat, ana, ben, seen } = await scene()
    const contract = { type: 'contract', id: '7' }
    await put({ ...contract, members: both })
    const say = (who: Actor, to: string, content: string) => chat.sendMessage(who, { context: contract, to, content })
    const { conversationId } = (await say(ana, 'ben', 'one')).message
    await put({ ...contract, members: both.slice(0, 1) })
    await chat.sendMessage(ana, { conversationId, content: 'two' })
    await put({ ...contract, members: [...both, ...members(['joe', 'other'])] })
    expect((await say(ben, 'ana', 'three')).message.conversationId).toBe(conversationId)
    expect(await seen(ben, conversationId)).toEqual(['three'])
    expect((await chat.listParticipants(ana, { conversationId })).data.map(({ userId }) => userId)).toEqual([
      'ana',
      'ben',
    ])
  })
})
