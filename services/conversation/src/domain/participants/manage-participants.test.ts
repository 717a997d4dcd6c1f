import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('participants of groups', (current) => {
  test('owners do everything, moderators look after members, members and observers nothing', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe, eve } = people('ana', 'ben', 'joe', 'eve')
    const conversationId = await group(ana, ben, joe)
    await chat.updateParticipant(ana, { conversationId, userId: 'ben', role: 'moderator' })
    await chat.updateParticipant(ana, { conversationId, userId: 'joe', role: 'observer' })
    const add = (who: Actor, userId: string, role?: 'member' | 'observer' | 'moderator' | 'owner') =>
      codeOf(chat.addParticipant(who, { conversationId, userId, ...(role && { role }) }))
    expect(await add(ben, 'eve')).toBe('ok')
    expect([await add(ben, 'kim', 'moderator'), await add(eve, 'kim'), await add(joe, 'kim')]).toEqual([
      'forbidden',
      'forbidden',
      'forbidden',
    ])
    const remove = (who: Actor, userId: string) => codeOf(chat.removeParticipant(who, { conversationId, userId }))
    expect([await remove(ben, 'ana'), await remove(eve, 'joe'), await remove(ben, 'nobody')]).toEqual([
      'forbidden',
      'forbidden',
      'not_found',
    ])
    const update = (who: Actor) => codeOf(chat.updateConversation(who, { conversationId, title: `by ${who.userId}` }))
    expect([await update(ana), await update(ben), await update(eve), await update(joe)]).toEqual([
      'ok',
      'ok',
      'forbidden',
      'forbidden',
    ])
    expect(await codeOf(chat.sendMessage(joe, { conversationId, content: 'x' }))).toBe('forbidden')
    expect(await codeOf(chat.sendMessage(eve, { conversationId, content: 'x' }))).toBe('ok')
    expect(await codeOf(chat.updateParticipant(ben, { conversationId, userId: 'eve', role: 'observer' }))).toBe(
      'forbidden',
    )
    expect(await codeOf(chat.updateParticipant(ana, { conversationId, userId: 'ana', role: 'member' }))).toBe(
      'invalid_input',
    )
    expect(await remove(ben, 'eve')).toBe('ok')
    expect((await chat.getConversation(joe, { conversationId })).title).toBe('by ben')
  })

  test('late joiners see what the policy says, and whoever comes back what is said from then on', async () => {
    const { people, group, chat, admin, send } = current()
    const { ana, joe, eve } = people('ana', 'joe', 'eve')
    await admin.setPolicy(backendOf(ana), { groups: { notices: false } })
    const id = await group(ana)
    const add = (who: Actor) => chat.addParticipant(ana, { conversationId: id, userId: who.userId })
    const shown = async (who: Actor) =>
      (await chat.listMessages(who, { conversationId: id })).data.map(({ content }) => content)
    await send(id, ana, 'one')
    await add(joe)
    await send(id, ana, 'two')
    await admin.setPolicy(backendOf(ana), { groups: { history: 'all', notices: false } })
    await add(eve)
    expect([await shown(joe), await shown(eve)]).toEqual([['two'], ['one', 'two']])
    await chat.removeParticipant(eve, { conversationId: id, userId: 'eve' })
    await send(id, ana, 'three')
    await add(eve)
    await send(id, ana, 'four')
    expect(await shown(eve)).toEqual(['four'])
    expect(await chat.getUnreadCount(eve, { conversationId: id })).toEqual({ unreadCount: 1 })
  })

  test('the last owner’s leaving makes the longest-standing participant who writes one, and that is told', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, joe)
    await chat.updateParticipant(ana, { conversationId, userId: 'joe', role: 'observer' })
    await chat.addParticipant(ana, { conversationId, userId: 'ben' })
    committed.length = 0
    await chat.removeParticipant(ana, { conversationId, userId: 'ana' })
    expect((await chat.getConversation(ben, { conversationId })).participants).toMatchObject([
      { userId: 'joe', role: 'observer' },
      { userId: 'ben', role: 'owner' },
    ])
    expect(committed.flatMap(({ changes }) => changes.map(({ type, head }) => [type, head.rev]))).toEqual([
      ['participant.left', 4],
      ['message.created', 4],
      ['participant.updated', 5],
    ])
  })
})
