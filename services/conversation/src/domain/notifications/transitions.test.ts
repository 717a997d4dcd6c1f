import type { ActOnMessage, Actor, Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { contextScene, members } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

const offer = { title: 'Logo', amount: 25_000, currency: 'EUR' }
const booking = {
  title: 'First lesson',
  requestedFor: [{ start: '2099-05-04T10:00:00+02:00', timeZone: 'Europe/Berlin' }],
}

describeUseCases('what becomes of offers and booking requests', (current) => {
  const make = async (conversationId: string, who: Actor, type: string, payload: object) =>
    (await current().chat.sendMessage(who, { conversationId, type, payload: { ...payload } })).message
  const act = (who: Actor, { id: messageId }: Message, action: ActOnMessage['action'], more: object = {}) =>
    current().chat.actOnMessage(who, { messageId, action, ...more })
  /** What each has to be told in a conversation, as types by user id, behind what they were told of before. */
  const toTell = async (one: Actor, conversationId: string, toldTo: Record<string, number> = {}) => {
    const told = Object.entries(toldTo).map(([userId, seq]) => ({ userId, seq }))
    const { pages } = await current().audience.recipientsOf(backendOf(one), {
      ...{ conversations: [{ conversationId, after: null, told }], delayMs: 0, limit: 500 },
    })
    const { recipients, messages } = pages[0]!
    const typeOf = new Map(messages.map(({ seq, type }) => [seq, type]))
    return Object.fromEntries(recipients.map(({ userId, seqs }) => [userId, seqs.map((seq) => typeOf.get(seq))]))
  }
  const standing = async (one: Actor, conversationId: string, userId: string, fromSeq = 1) => {
    const items = [{ userId, conversationId, fromSeq, toSeq: 100 }]
    return (await current().audience.standingOf(backendOf(one), { items })).standings[0]!
  }
  const direct = async () => {
    const { ana, ben, tenantId } = current().people('ana', 'ben')
    const { message } = await current().chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    return { ana, ben, tenantId, id: message.conversationId }
  }

  test('are told to the other side, and not to whoever did it', async () => {
    const { ana, ben, id } = await direct()
    const sent = await make(id, ana, 'service_offer', offer)
    await act(ben, sent, 'accept')
    expect(await toTell(ana, id)).toEqual({ ana: ['system'], ben: ['text', 'service_offer'] })
    expect(await standing(ana, id, 'ana')).toMatchObject({
      unreadCount: 0,
      messages: [
        {
          ...{ senderId: 'ben', type: 'system', preview: '💼 Logo · €250.00' },
          moved: { type: 'service_offer', action: 'accept', party: 'recipient' },
        },
      ],
    })
    // read, it is no news
    await current().chat.markRead(ana, { conversationId: id, seq: 3 })
    expect(await standing(ana, id, 'ana')).toBeNull()
    const asked = await make(id, ben, 'booking_request', booking)
    await act(ben, asked, 'cancel')
    expect(await toTell(ana, id)).toEqual({ ana: ['booking_request', 'system'] })
    // a counter-offer is told as what it is
    const other = await make(id, ana, 'service_offer', offer)
    await act(ben, other, 'counter', { payload: { ...offer, amount: 1 } })
    expect((await toTell(ana, id, { ana: other.seq })).ana).toEqual(['service_offer'])
  })

  test('are told to both where time or the host did it', async () => {
    const { ana, ben, id, tenantId } = await direct()
    const sent = await make(id, ana, 'service_offer', {
      ...offer,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    })
    await current().asOwner(
      `UPDATE messages SET payload = payload || '{"expiresAt":"2020-01-01T00:00:00.000Z"}' WHERE id = $1`,
      [sent.id],
    )
    await current().asOwner(`UPDATE jobs SET run_at = now() - interval '1 second' WHERE tenant_id = $1`, [tenantId])
    await current().runJobs()
    expect(await toTell(ana, id, { ben: sent.seq })).toEqual({ ana: ['system'], ben: ['system'] })
    expect((await standing(ana, id, 'ana'))!.messages).toMatchObject([
      { senderName: null, moved: { action: 'expire', party: 'clock' } },
    ])
    const asked = await make(id, ben, 'booking_request', booking)
    await act(ana, asked, 'confirm')
    await current().host.setMessageState(backendOf(ana), { messageId: asked.id, status: 'completed' })
    const told = { ana: asked.seq + 1, ben: asked.seq + 1 }
    expect(await toTell(ana, id, told)).toEqual({ ana: ['system'], ben: ['system'] })
  })

  test('are told to nobody who has not seen what was taken back, who has deleted it, or with whom whoever did it is blocked', async () => {
    const { ana, ben, id } = await direct()
    const { chat } = current()
    await chat.markRead(ben, { conversationId: id, seq: 1 })
    const unseen = await make(id, ana, 'service_offer', offer)
    await chat.deleteMessage(ana, { messageId: unseen.id })
    expect(await toTell(ana, id)).toEqual({})
    // who was told of it before is told that it is gone, without what it was
    const told = await toTell(ana, id, { ben: unseen.seq })
    expect(told).toEqual({ ben: ['system'] })
    expect((await standing(ana, id, 'ben', unseen.seq + 1))!.messages).toMatchObject([
      { preview: '', moved: { action: 'withdraw' } },
    ])
    expect(await standing(ana, id, 'ben')).toBeNull()

    const hidden = await make(id, ana, 'service_offer', offer)
    await chat.markRead(ben, { conversationId: id, seq: hidden.seq })
    await act(ana, hidden, 'withdraw')
    expect(await toTell(ana, id)).toEqual({ ben: ['system'] })
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await toTell(ana, id)).toEqual({})
    await chat.unblockUser(ben, { userId: 'ana' })
    expect(await toTell(ana, id)).toEqual({ ben: ['system'] })
    await chat.deleteMessage(ben, { messageId: hidden.id, for: 'me' })
    expect(await toTell(ana, id)).toEqual({})
  })

  test('are told to nobody on the side of whoever did it, where a context has sides, nor to who only watches', async () => {
    const { ana, ben, joe, put, say, admin } = await contextScene(current())
    await put({ members: members(['ana', 'customer'], ['ben', 'provider'], ['joe', 'provider']) })
    const { message } = await say(ana, 'hello')
    const { conversationId: id } = message
    await admin.joinConversation({ ...joe, userId: 'ada', role: 'admin' }, { conversationId: id, role: 'observer' })
    const sent = await make(id, ben, 'service_offer', offer)
    await act(ben, sent, 'withdraw')
    const told = Object.fromEntries(['ana', 'ben', 'joe', 'ada'].map((userId) => [userId, sent.seq]))
    expect(await toTell(ana, id, told)).toEqual({ ana: ['system'] })
    const next = await make(id, joe, 'service_offer', offer)
    await act(ana, next, 'decline')
    const since = Object.fromEntries(['ana', 'ben', 'joe', 'ada'].map((userId) => [userId, next.seq]))
    expect(await toTell(ana, id, since)).toEqual({ ben: ['system'], joe: ['system'] })
  })
})
