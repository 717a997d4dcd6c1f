import { randomUUID } from 'node:crypto'
import type { Actor, Conversation } from '@parley/contracts'
import { expect, test, vi } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { both, contextScene, rules } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('blocks', (current) => {
  test('a block stops both in their direct conversation and nowhere else; taking it back lets them write again', async () => {
    const { people, group, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const inGroup = await group(ana, ben)
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    const { conversationId, id: messageId } = message
    const codes = () =>
      Promise.all([ana, ben].map((who) => codeOf(chat.sendMessage(who, { conversationId, content: 'x' }))))
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await codes()).toEqual(['blocked', 'blocked'])
    // nor by way of an earlier message, which can still be taken back
    expect(await codeOf(chat.editMessage(ana, { messageId, content: 'and another thing' }))).toBe('blocked')
    expect(await codeOf(chat.deleteMessage(ana, { messageId }))).toBe('ok')
    await chat.sendMessage(ana, { conversationId: inGroup, content: 'here I may' })
    expect((await chat.listBlocks(ben, {})).data.map(({ userId }) => userId)).toEqual(['ana'])
    expect((await chat.listBlocks(ana, {})).data).toEqual([])
    await chat.blockUser(ana, { userId: 'ben' })
    await chat.unblockUser(ben, { userId: 'ana' })
    expect(await codes()).toEqual(['blocked', 'blocked'])
    await chat.unblockUser(ana, { userId: 'ben' })
    expect(await codes()).toEqual(['ok', 'ok'])
    // they go on reading what was said
    expect((await chat.listMessages(ana, { conversationId })).data).toHaveLength(3)
  })

  test('of a pair with very many conversations gateways are told as the block is committed, whatever becomes of the rest', async () => {
    const { people, chat, store, asOwner } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    await asOwner(
      `WITH made AS (
         INSERT INTO conversations (id, tenant_id, kind, created_by, blockable, participant_count)
         SELECT gen_random_uuid(), $1, 'group', 'ana', true, 2 FROM generate_series(1, 260) RETURNING id)
       INSERT INTO participants (conversation_id, user_id, tenant_id, role)
       SELECT id, who, $1, 'member' FROM made, unnest(ARRAY['ana', 'ben']) who`,
      [tenantId],
    )
    const told: string[] = []
    const useCases = createUseCases({ store, newId: randomUUID, tell: ({ kind }) => told.push(kind) })
    const { transaction } = store
    let begun = 0
    const broken = vi.spyOn(store, 'transaction').mockImplementation((...work) => {
      if (++begun === 2) throw new Error('ended')
      return transaction(...work)
    })
    try {
      await expect(useCases.chat.blockUser(ben, { userId: 'ana' })).rejects.toThrow('ended')
    } finally {
      broken.mockRestore()
    }
    expect(told).toEqual(['block_changed'])
    const blockedIn = async () =>
      (await asOwner('SELECT 1 FROM participants WHERE tenant_id = $1 AND blocked_at IS NOT NULL', [tenantId])).length
    expect(await blockedIn()).toBe(500)
    // the repeat finds the rest
    await useCases.chat.blockUser(ben, { userId: 'ana' })
    expect(await blockedIn()).toBe(522)
  })

  test('both are told on all their devices that they can write no more, or again, and read it of the conversation', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    await group(ana, ben)
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    const { conversationId } = message
    const { cursor } = await chat.getConversation(ana, { conversationId })
    /** Who was told by this, and what. */
    const toldBy = async (call: Promise<unknown>) => {
      const before = committed.length
      await call
      const told = committed.slice(before).flatMap(({ personal }) => personal)
      return told
        .map(({ live }) => [live.audience.userIds.join(), live.event, (live.data as Conversation).me.blocked])
        .sort()
    }
    const readBy = async () => {
      const views = await Promise.all([ana, ben].map((who) => chat.getConversation(who, { conversationId })))
      return views.map(({ me }) => me.blocked)
    }
    const tellsBoth = (blocked: boolean) => ['ana', 'ben'].map((userId) => [userId, 'conversation_state', blocked])
    expect(await toldBy(chat.blockUser(ben, { userId: 'ana' }))).toEqual(tellsBoth(true))
    expect(await readBy()).toEqual([true, true])
    const { conversations } = await chat.sync(ana, { cursors: [{ conversationId, cursor }] })
    expect(conversations.map(({ conversation }) => conversation.me.blocked)).toEqual([true])
    expect(await toldBy(chat.blockUser(ana, { userId: 'ben' }))).toEqual([])
    expect(await toldBy(chat.unblockUser(ben, { userId: 'ana' }))).toEqual([])
    expect(await toldBy(chat.unblockUser(ana, { userId: 'ben' }))).toEqual(tellsBoth(false))
    expect(await readBy()).toEqual([false, false])
  })

  test('a block stops neither who moderates nor, when it is of a moderator, the two who talk', async () => {
    const { people, chat, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    const mia: Actor = { ...ana, userId: 'mia', role: 'admin' }
    const { conversationId } = (await chat.sendMessage(ana, { to: 'ben', content: 'hello' })).message
    await admin.joinConversation(mia, { conversationId })
    const codes = () =>
      Promise.all([ana, ben, mia].map((who) => codeOf(chat.sendMessage(who, { conversationId, content: 'x' }))))
    await chat.blockUser(ana, { userId: 'mia' })
    expect(await codes()).toEqual(['ok', 'ok', 'ok'])
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await codes()).toEqual(['blocked', 'blocked', 'ok'])
    await chat.unblockUser(ben, { userId: 'ana' })
    expect(await codes()).toEqual(['ok', 'ok', 'ok'])
  })

  test('a moderator who has come into a conversation of two goes on writing when one blocks the other', async () => {
    const { chat, admin, people } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    const { conversationId } = message
    const moderator = { ...joe, role: 'admin' as const }
    await admin.joinConversation(moderator, { conversationId })
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await codeOf(chat.sendMessage(ana, { conversationId, content: 'x' }))).toBe('blocked')
    expect(await codeOf(chat.sendMessage(moderator, { conversationId, content: 'Calm down' }))).toBe('ok')
  })

  test('who has blocked somebody is not written to by a new conversation', async () => {
    const { people, group, chat } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    await group(ana, ben)
    await chat.blockUser(ana, { userId: 'ben' })
    expect(await codeOf(chat.sendMessage(ben, { to: 'ana', content: 'x' }))).toBe('blocked')
    expect(await codeOf(chat.blockUser(ana, { userId: eve.userId }))).toBe('not_found')
    expect(await codeOf(chat.blockUser(ana, { userId: 'ana' }))).toBe('invalid_input')
  })

  test('whom one has blocked is listed page by page, with names and since when', async () => {
    const { people, group, chat } = current()
    const others = ['ben', 'eve', 'joe', 'kim', 'lea']
    const { ana, ...all } = people('ana', 'ben', 'eve', 'joe', 'kim', 'lea')
    await group(ana, all.ben, all.eve, all.joe, all.kim, all.lea)
    await chat.getMe({ ...all.eve, name: 'Eve' }, {})
    for (const userId of others) await chat.blockUser(ana, { userId })
    const first = await chat.listBlocks(ana, { limit: 3 })
    expect(first.data).toEqual([
      { userId: 'ben', name: null, avatarUrl: null, blockedAt: expect.any(String) },
      { userId: 'eve', name: 'Eve', avatarUrl: null, blockedAt: expect.any(String) },
      { userId: 'joe', name: null, avatarUrl: null, blockedAt: expect.any(String) },
    ])
    expect(first.hasMore).toBe(true)
    const rest = await chat.listBlocks(ana, { limit: 3, cursor: first.nextCursor! })
    expect(rest).toMatchObject({ data: [{ userId: 'kim' }, { userId: 'lea' }], hasMore: false, nextCursor: null })
    expect(await codeOf(chat.listBlocks(ana, { cursor: 'nonsense' }))).toBe('invalid_input')
  })

  test('a conversation says whether a block counts in it, and it does where it says so', async () => {
    const { people, group, host, admin, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    const booking = async (id: string) => {
      const members = [ana, ben].map(({ userId }) => ({ userId, role: 'member' }))
      await host.upsertContexts(backend, { contexts: [{ type: 'booking', id, members }] })
      return (await chat.openContextConversation(ana, { type: 'booking', id })).conversation.id
    }
    await admin.setPolicy(backend, { blocking: { contexts: false } })
    const ids = [await group(ana, ben), await booking('before')]
    await admin.setPolicy(backend, { blocking: { contexts: true } })
    ids.push(await booking('after'), (await chat.sendMessage(ana, { to: 'ben', content: 'hi' })).message.conversationId)
    await chat.blockUser(ben, { userId: 'ana' })
    const said = await Promise.all(
      ids.map(async (conversationId) => [
        (await chat.getConversation(ana, { conversationId })).blocking,
        await codeOf(chat.sendMessage(ana, { conversationId, content: 'x' })),
        (await admin.inspectConversation(backend, { conversationId })).blocking,
      ]),
    )
    expect(said).toEqual([
      [false, 'ok', false],
      [false, 'ok', false],
      [true, 'blocked', true],
      [true, 'blocked', true],
    ])
  })

  test('about a context a block counts while two talk: not when a third has come, and again when that one has left', async () => {
    const { ana, ben, chat, admin, put, backend, committed } = await contextScene(current())
    await admin.setPolicy(backend, { ...rules, blocking: { contexts: true } })
    const third = [...both, { userId: 'joe', role: 'viewer' }]
    for (const [id, first, then] of [
      ['two', both, third],
      ['three', third, both],
    ] as const) {
      await put({ id, members: [...first] })
      const { conversation } = await chat.openContextConversation(ana, { type: 'booking', id })
      const conversationId = conversation.id
      /** What it says to a participant and to an admin, and what is so. */
      const counts = async () => [
        (await chat.getConversation(ana, { conversationId })).blocking,
        (await admin.inspectConversation(backend, { conversationId })).blocking,
        (await codeOf(chat.sendMessage(ben, { conversationId, content: 'x' }))) === 'blocked',
      ]
      const isTwo = (now: readonly unknown[]) => now.length === 2
      const told = () =>
        committed.flatMap(({ changes }) => changes.map(({ data }) => data)).findLast((data) => 'blocking' in data)
      await chat.blockUser(ana, { userId: 'ben' })
      expect(await counts()).toEqual(Array(3).fill(isTwo(first)))
      await put({ id, members: [...then] })
      expect(await counts()).toEqual(Array(3).fill(isTwo(then)))
      expect(told()).toMatchObject({ id: conversationId, blocking: isTwo(then) })
      await chat.unblockUser(ana, { userId: 'ben' })
      expect((await counts())[2]).toBe(false)
      // the block comes when they have become so many, or so few
      await chat.blockUser(ben, { userId: 'ana' })
      expect(await counts()).toEqual(Array(3).fill(isTwo(then)))
      await put({ id, members: [...first] })
      expect(await counts()).toEqual(Array(3).fill(isTwo(first)))
      await chat.unblockUser(ben, { userId: 'ana' })
    }
  })

  test('a moderator of a conversation about a context is not counted among those who talk', async () => {
    const { ana, ben, eve, chat, admin, put, backend } = await contextScene(current())
    await admin.setPolicy(backend, { ...rules, blocking: { contexts: true } })
    await put({})
    const { conversation } = await chat.openContextConversation(ana, { type: 'booking', id: '7' })
    const conversationId = conversation.id
    await admin.joinConversation({ ...eve, role: 'admin' }, { conversationId })
    await chat.blockUser(ana, { userId: 'ben' })
    expect((await chat.getConversation(ana, { conversationId })).blocking).toBe(true)
    expect(await codeOf(chat.sendMessage(ben, { conversationId, content: 'x' }))).toBe('blocked')
  })

  test('a user is known to those they share a conversation with, and to admins', async () => {
    const { people, group, chat, admin: rules } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    await rules.setPolicy({ ...ana, role: 'service' }, { users: { visible: 'shared' } })
    const id = await group(ana, ben)
    await chat.getMe({ ...ben, name: 'Ben' }, {})
    expect(await chat.getUser(ana, { userId: 'ben' })).toEqual({ userId: 'ben', name: 'Ben', avatarUrl: null })
    const admin = { ...eve, role: 'admin' as const }
    expect(await codeOf(chat.getUser(eve, { userId: 'ben' }))).toBe('not_found')
    expect(await codeOf(chat.getUser(admin, { userId: 'ben' }))).toBe('ok')
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ben' })
    expect(await codeOf(chat.getUser(ana, { userId: 'ben' }))).toBe('not_found')
  })

  test('neither of the two draws the other into a conversation; somebody else may, and the two write there', async () => {
    const { people, group, chat, admin, host } = current()
    const { ana, ben, eve } = people('ana', 'ben', 'eve')
    const backend = backendOf(ana)
    const old = await group(ben, ana, eve)
    await chat.blockUser(ana, { userId: 'ben' })
    const create = (who: Actor, ...ids: string[]) =>
      codeOf(
        chat.createConversation(who, {
          kind: 'group',
          title: 'Come in',
          participants: ids.map((userId) => ({ userId })),
        }),
      )
    expect([await create(ben, 'ana'), await create(ben, 'eve', 'ana', 'joe')]).toEqual(['blocked', 'blocked'])
    expect([await create(ana, 'ben'), await create(ana, 'eve'), await create(ben, 'eve')]).toEqual([
      'blocked',
      'ok',
      'ok',
    ])
    // where they are together already, nothing is to be done; where she has left, he does not bring her back
    const add = (who: Actor, conversationId: string, userId: string) =>
      codeOf(chat.addParticipant(who, { conversationId, userId }))
    expect(await add(ben, old, 'ana')).toBe('ok')
    await chat.removeParticipant(ana, { conversationId: old, userId: 'ana' })
    expect(await add(ben, old, 'ana')).toBe('blocked')
    const hers = await group(ana, eve)
    expect(await add(ana, hers, 'ben')).toBe('blocked')
    const third = await group(eve, ben)
    expect(await add(eve, third, 'ana')).toBe('ok')
    for (const who of [ana, ben])
      expect(await codeOf(chat.sendMessage(who, { conversationId: third, content: 'x' }))).toBe('ok')

    const members = ['ana', 'ben', 'eve'].map((userId) => ({ userId, role: 'member' }))
    const open = async (id: string, ...people: Actor[]) => {
      await host.upsertContexts(backend, { contexts: [{ type: 'trip', id, members }] })
      const codes: string[] = []
      for (const who of people) codes.push(await codeOf(chat.openContextConversation(who, { type: 'trip', id })))
      return codes
    }
    await admin.setPolicy(backend, { blocking: { contexts: false } })
    expect(await open('1', ben)).toEqual(['ok'])
    await admin.setPolicy(backend, { blocking: { contexts: true } })
    expect(await open('2', ben, ana, eve, ben)).toEqual(['blocked', 'blocked', 'ok', 'ok'])
    expect(await open('3', backend)).toEqual(['ok'])
    await chat.unblockUser(ana, { userId: 'ben' })
    expect(await create(ben, 'ana')).toBe('ok')
  })

  test('whom one has ever met can be blocked and reported, and of nobody else is told whether they are there', async () => {
    const { people, group, chat, admin } = current()
    const { ana, ben, eve, late } = people('ana', 'ben', 'eve', 'late')
    await admin.setPolicy({ ...ana, role: 'service' }, { users: { visible: 'shared' } })
    const id = await group(ben, ana, eve)
    await chat.removeParticipant(ben, { conversationId: id, userId: 'ben' })
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ana' })
    await chat.addParticipant(eve, { conversationId: id, userId: 'late' })
    const against = async (who: Actor, userId: string) => [
      await codeOf(chat.report(who, { userId, reason: 'spam' })),
      await codeOf(chat.blockUser(who, { userId })),
    ]
    expect(await against(ana, 'ben')).toEqual(['ok', 'ok'])
    expect(await against(ben, 'ana')).toEqual(['ok', 'ok'])
    expect((await chat.listBlocks(ana, {})).data.map(({ userId }) => userId)).toEqual(['ben'])
    expect(await codeOf(chat.report(ana, { conversationId: id, reason: 'spam' }))).toBe('ok')
    // who came when she had left is not hers to know of, nor is she theirs
    for (const [who, userId] of [
      [ana, 'late'],
      [late, 'ana'],
      [ana, 'nobody'],
      [{ ...ana, userId: 'stranger' }, 'ben'],
    ] as const)
      expect(await against(who, userId)).toEqual(['not_found', 'not_found'])
    expect(await codeOf(chat.unblockUser(ana, { userId: 'nobody' }))).toBe('ok')
    expect(await codeOf(chat.getUser(ana, { userId: 'ben' }))).toBe('not_found')
    // coming back does not wipe out who was met before
    await chat.addParticipant(eve, { conversationId: id, userId: 'ben' })
    await chat.unblockUser(ana, { userId: 'ben' })
    expect(await against(ana, 'ben')).toEqual(['ok', 'ok'])
  })
})
