import type { SendMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { bodyHash } from '../body-hash.ts'
import { hashOfBody } from './message-body.ts'

const offer = { title: 'Deep cleaning', amount: 12_050, currency: 'EUR' }

test('the hash of a plain text is that of former releases; whatever else is sent makes it another', () => {
  const plain = bodyHash(['text', 'hello'])
  expect(hashOfBody({ content: 'hello' })).toBe(plain)
  expect(hashOfBody({ content: 'hello', type: 'text', silent: false, attachments: [] })).toBe(plain)
  const replyTo = '0192f000-0000-7000-8000-000000000000'
  const bodies = [
    ...[
      { content: 'hello', silent: true },
      { content: 'hello', replyTo },
      { content: 'hello', type: 'x', payload: { a: 1 } },
    ],
    ...[
      { type: 'x', payload: { a: 1 } },
      { type: 'x', payload: { a: 2 } },
      { type: 'y', payload: { a: 1 } },
    ],
  ]
  expect(new Set([plain, ...bodies.map(hashOfBody)]).size).toBe(bodies.length + 1)
  expect(hashOfBody({ type: 'x', payload: { a: 1, b: { c: 2, d: 3 } } })).toBe(
    hashOfBody({ type: 'x', payload: { b: { d: 3, c: 2 }, a: 1 } }),
  )
})

describeUseCases('kinds of messages', (current) => {
  async function scene() {
    const { people, group } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    return { ana, ben, conversationId }
  }

  test('what a message holds besides words is kept, told, repeated and read as it was sent', async () => {
    const { chat, committed } = current()
    const { ana, ben, conversationId } = await scene()
    const sends: SendMessage[] = [
      { type: 'location', payload: { latitude: 52.5, longitude: 13.4, address: 'Here\r\n1' } },
      { type: 'contact', payload: { name: 'Ben', phones: ['+49 30 1'] }, content: 'call him', silent: true },
      { type: 'service_offer', payload: offer, clientId: 'offer' },
    ].map((body) => ({ conversationId, ...body }))
    committed.length = 0
    const sent = []
    for (const input of sends) sent.push((await chat.sendMessage(ana, input)).message)
    expect(sent).toMatchObject([
      { type: 'location', content: '', payload: { latitude: 52.5, longitude: 13.4, address: 'Here\n1' } },
      { type: 'contact', content: 'call him', silent: true, payload: { name: 'Ben', phones: ['+49 30 1'] } },
      { type: 'service_offer', content: '', payload: { ...offer, status: 'pending' } },
    ])
    const plain = sent.map(({ clientId: _, ...message }) => message)
    expect((await chat.listMessages(ben, { conversationId })).data.slice(-3)).toEqual(plain)
    const told = committed.flatMap(({ changes }) => changes.map(({ live }) => live[0]!.data))
    expect(told).toEqual(plain)
    const again = await chat.sendMessage(ana, sends[2]!)
    expect(again).toEqual({ message: sent[2], created: false })
    expect(await codeOf(chat.sendMessage(ana, { ...sends[2]!, payload: { ...offer, amount: 1 } }))).toBe('key_reused')
    // the end of the conversation does not take back what a repeat is answered
    await current().admin.setConversationStatus(backendOf(ana), { conversationId, status: 'closed' })
    expect(await chat.sendMessage(ana, sends[2]!)).toEqual({ message: sent[2], created: false })
  })

  test('a wrong message names its place', async () => {
    const { chat } = current()
    const { ana, conversationId } = await scene()
    const placeOf = (body: Partial<SendMessage>) =>
      chat.sendMessage(ana, { conversationId, ...body }).then(
        () => 'sent',
        (err) =>
          `${err.code} ${err.errors?.map((one: { pointer: string; code: string }) => `${one.pointer} ${one.code}`)}`,
      )
    const wrong: [Partial<SendMessage>, string][] = [
      [{}, '/content required'],
      [{ type: 'service_offer' }, '/payload required'],
      [{ type: 'service_offer', payload: { ...offer, currency: 'ABC' } }, '/payload/currency currency'],
      [{ type: 'service_offer', payload: { ...offer, amount: 'much' } }, '/payload/amount type'],
      [{ type: 'service_offer', payload: { ...offer, status: 'accepted' } }, '/payload/status unknown_field'],
      [{ type: 'service_offer', payload: { ...offer, title: ' \u200b' } }, '/payload/title blank'],
      [{ type: 'service_offer', payload: { ...offer, note: 'a\u0085\u009bb' } }, '/payload/note controls'],
      [{ type: 'service_offer', payload: offer, content: 'x' }, '/content kind'],
      [{ type: 'text', content: 'x', payload: { a: 1 } }, '/payload kind'],
      [{ type: 'image', content: 'x' }, '/attachments required'],
      [{ content: 'x', attachments: ['a'] }, '/attachments/0 format'],
      [{ type: 'nobodys', payload: {} }, '/type policy'],
    ]
    for (const [body, place] of wrong) expect([body, await placeOf(body)]).toEqual([body, `invalid_input ${place}`])
    expect(await placeOf({ content: 'x', attachments: [] })).toBe('sent')
  })

  test("a tenant's own types are what its policy says they are, for whom it says", async () => {
    const { chat, admin } = current()
    const { ana, ben, conversationId } = await scene()
    const backend = backendOf(ana)
    const dish = { type: 'string', maxLength: 40 }
    const schema = { type: 'object', properties: { dish, price: { type: 'number' } }, required: ['dish'] }
    const menu = { schema, preview: '{{ dish }} for {{price}}{{nothing.here}}' }
    const customTypes = { menu, ticket: { schema: { type: 'object' }, sentBy: 'backend' as const } }
    const { policy } = await admin.setPolicy(backend, { messages: { customTypes } })
    expect(policy.messages.customTypes).toEqual(customTypes)
    expect((await chat.getPolicy(ana, {})).messages.customTypes).toEqual(customTypes)

    const payload = { dish: 'Pie', price: 7.5, extra: [1] }
    const { message } = await chat.sendMessage(ana, { conversationId, type: 'menu', payload, clientId: 'm' })
    expect(message).toMatchObject({ type: 'menu', payload, content: 'Pie for 7.5' })
    const worded = await chat.sendMessage(ana, { conversationId, type: 'menu', payload, content: 'Hungry?' })
    expect(worded.message.content).toBe('Hungry?')
    expect(await codeOf(chat.sendMessage(ana, { conversationId, type: 'ticket', payload: {} }))).toBe('invalid_input')
    const ticket = await chat.sendMessage(backend, { conversationId, as: 'ben', type: 'ticket', payload: {} })
    expect(ticket.message).toMatchObject({ type: 'ticket', payload: {}, content: '' })
    const { message: answer } = await chat.sendMessage(ben, { conversationId, content: 'Yes', replyTo: message.id })
    expect(answer.replyTo).toMatchObject({ type: 'menu', content: 'Pie for 7.5' })
    for (const [wrong, place] of [
      [{ payload: { price: 1 } }, { pointer: '/payload/dish', code: 'required' }],
      [{ payload: { dish: 1 } }, { pointer: '/payload/dish', code: 'type' }],
      [{}, { pointer: '/payload', code: 'required' }],
      [{ payload: { dish: 'Pie\u009b' } }, { pointer: '/payload/dish', code: 'controls' }],
      [{ payload: { dish: 'Pie', 'a/b': [{ c: '\u0007' }] } }, { pointer: '/payload/a~1b/0/c', code: 'controls' }],
      [{ payload: { dish: 'Pie', extra: { 'a\u001b': 1 } } }, { pointer: '/payload/extra', code: 'controls' }],
    ] as const)
      await expect(chat.sendMessage(ana, { conversationId, type: 'menu', ...wrong })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [place],
      })
    // a type that is gone takes nothing back
    await admin.setPolicy(backend, {})
    expect(await codeOf(chat.sendMessage(ana, { conversationId, type: 'menu', payload }))).toBe('invalid_input')
    expect(await chat.sendMessage(ana, { conversationId, type: 'menu', payload, clientId: 'm' })).toEqual({
      message,
      created: false,
    })
    for (const [name, type, pointer] of [
      ['text', menu, '/messages/customTypes/text'],
      [
        'menu',
        { schema: { type: 'object', properties: { a: { $ref: 'x' } } } },
        '/messages/customTypes/menu/schema/properties/a/$ref',
      ],
    ] as const)
      await expect(admin.setPolicy(backend, { messages: { customTypes: { [name]: type } } })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer }],
      })
  })

  test('a mention is a mention of those who are in the conversation, also when the text is edited', async () => {
    const { people, group, chat } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const conversationId = await group(ana, ben, joe)
    await chat.removeParticipant(ana, { conversationId, userId: 'joe' })
    const content = 'hello @[ben], @[joe], @[eve] and @[ana]'
    const { message } = await chat.sendMessage(ana, { conversationId, content, clientId: '1' })
    expect(message).toMatchObject({ content, mentions: ['ben', 'ana'] })
    expect((await chat.sendMessage(ana, { conversationId, content, clientId: '1' })).message).toEqual(message)
    const edited = await chat.editMessage(ana, { messageId: message.id, content: 'just @[ana] and @[joe]' })
    expect(edited.mentions).toEqual(['ana'])
    expect((await chat.getMessage(ben, { messageId: message.id })).mentions).toEqual(['ana'])
    expect((await chat.editMessage(ana, { messageId: message.id, content: 'nobody' })).mentions).toEqual([])
  })
})
