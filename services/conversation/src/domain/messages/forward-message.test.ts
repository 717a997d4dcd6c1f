import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('passing a message on', (current) => {
  test('says what it said to each conversation, in the name of who passes it on, and not where it comes from', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben, joe, eve } = people('ana', 'ben', 'joe', 'eve')
    const from = await group(ana, ben)
    const to = [await group(ben, joe), await group(ben, eve), await group(eve, joe)]
    const { message: original } = await chat.sendMessage(ana, {
      conversationId: from,
      content: 'for @[ben] and @[joe]',
    })
    const payload = { latitude: 1, longitude: 2, address: 'Here' }
    const place = { conversationId: from, type: 'location', payload, replyTo: original.id, silent: true }
    const { message: answer } = await chat.sendMessage(ana, place)
    committed.length = 0
    const call = { messageId: original.id, conversationIds: to, clientId: 'k' }
    const { data } = await chat.forwardMessage(ben, call)
    expect(data.map(({ conversationId }) => conversationId)).toEqual(to)
    expect(data.map(({ error }) => error?.code ?? null)).toEqual([null, null, 'not_found'])
    const [first, second] = data.map(({ message }) => message)
    expect(first).toMatchObject({
      senderId: 'ben',
      content: original.content,
      forwarded: true,
      mentions: ['ben', 'joe'],
      replyTo: null,
    })
    expect(second).toMatchObject({ senderId: 'ben', forwarded: true, mentions: ['ben'] })
    expect(JSON.stringify(first)).not.toMatch(new RegExp(`${original.id}|${from}|"ana"`))
    expect(committed.flatMap(({ changes }) => changes).map(({ type }) => type)).toEqual([
      'message.created',
      'message.created',
    ])
    const { clientId: _, ...shown } = first!
    expect((await chat.listMessages(joe, { conversationId: to[0]! })).data.at(-1)).toEqual(shown)

    const { data: places } = await chat.forwardMessage(ben, { messageId: answer.id, conversationIds: [to[0]!] })
    expect(places[0]!.message).toMatchObject({ type: 'location', payload, replyTo: null, forwarded: true })
    expect(places[0]!.message).not.toHaveProperty('silent')

    // again: the same messages, also when the original has gone since
    expect((await chat.forwardMessage(ben, call)).data).toEqual(data)
    await chat.deleteMessage(ana, { messageId: original.id })
    const made = { ...call, conversationIds: to.slice(0, 2) }
    expect((await chat.forwardMessage(ben, made)).data).toEqual(data.slice(0, 2))
    expect(
      await codeOf(
        chat.forwardMessage(ben, { ...call, messageId: answer.id }).then(({ data }) => Promise.reject(data[0]!.error)),
      ),
    ).toBe('key_reused')
    expect(await codeOf(chat.forwardMessage(ben, { ...made, clientId: 'other' }))).toBe('forbidden')
  })

  test('says nothing of what became of it to who has left and passes it on again', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const from = await group(ana, ben)
    const to = await group(ana, ben, joe)
    const { message: original } = await chat.sendMessage(ana, { conversationId: from, content: 'At nine' })
    const call = { messageId: original.id, conversationIds: [to], clientId: 'k' }
    const [{ message: first } = { message: null }] = (await chat.forwardMessage(ben, call)).data
    const change = async () => {
      await chat.addReaction(joe, { messageId: first!.id, emoji: '👍' })
      await chat.pinMessage(ana, { messageId: first!.id })
    }
    const again = async () => (await chat.forwardMessage(ben, call)).data[0]!.message
    expect(await again()).toEqual(first)
    await chat.removeParticipant(ana, { conversationId: to, userId: 'ben' })
    await change()
    expect(await again()).toEqual(first)
    // nor where the message is not to be seen any more that was passed on
    await chat.removeParticipant(ana, { conversationId: from, userId: 'ben' })
    expect(await again()).toEqual(first)
  })

  test('is for who sees the message, and not for what binds those whom it was sent to', async () => {
    const { people, group, chat, admin } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben)
    const mine = await group(joe)
    const send = async (body: object) => (await chat.sendMessage(ana, { conversationId, ...body })).message.id
    const forward = (actor: typeof ana, messageId: string, to = mine) =>
      codeOf(chat.forwardMessage(actor, { messageId, conversationIds: [to] }))
    const text = await send({ content: 'x' })
    expect(await forward(joe, text)).toBe('not_found')
    const offer = await send({ type: 'service_offer', payload: { title: 'A', amount: 1, currency: 'EUR' } })
    expect(await forward(ana, offer, conversationId)).toBe('forbidden')
    const said = await chat.sendMessage(backendOf(ana), { conversationId, type: 'system', content: 'Refunded' })
    expect(await forward(ana, said.message.id, conversationId)).toBe('forbidden')
    // where each one ends is said of each
    await admin.setConversationStatus(backendOf(ana), { conversationId, status: 'closed' })
    const { data } = await chat.forwardMessage(ana, { messageId: text, conversationIds: [conversationId, mine] })
    expect(data.map(({ error }) => error?.code)).toEqual(['conversation_closed', 'not_found'])
    await admin.setPolicy(backendOf(ana), { messages: { types: [] } })
    expect(await forward(ana, text, conversationId)).toBe('forbidden')
  })
})
