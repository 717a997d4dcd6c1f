import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../test/callers.ts'
import { describeUseCases } from '../../test/describe-use-cases.ts'

const BOM = '\ufeff'

describeUseCases('text that people see', (current) => {
  test('comes back as it was kept, whatever it begins with', async () => {
    const { people, group, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const metadata = { [`${BOM}key`]: `${BOM}value`, list: [`${BOM}x`] }
    await chat.updateConversation(ana, { conversationId, metadata })
    const { message } = await chat.sendMessage(ana, { conversationId, content: `${BOM}x` })
    const [listed] = (await chat.listMessages(ben, { conversationId })).data
    const synced = await chat.sync(ben, { cursors: [{ conversationId, cursor: null }] })
    const got = await chat.getMessage(ben, { messageId: message.id })
    expect([message, listed, got, synced.conversations[0]?.messages[0]].map((one) => one?.content)).toEqual(
      Array(4).fill(`${BOM}x`),
    )
    expect((await chat.getConversation(ben, { conversationId })).metadata).toEqual(metadata)
    const contexts = [{ type: 'booking', id: '1', members: [], metadata }]
    await host.upsertContexts(backendOf(ana), { contexts })
    expect((await host.getContext(backendOf(ana), { type: 'booking', id: '1' })).metadata).toEqual(metadata)
  })

  test('a reply of one who is written to under an id that begins with a mark of encoding goes to nobody else', async () => {
    const { people, chat } = current()
    const { ben } = people('ben')
    // kept from former releases, when ids were less strict
    const { message } = await chat.sendMessage(ben, { to: `${BOM}ana`, content: 'hello' })
    const { participants } = await chat.getConversation(ben, { conversationId: message.conversationId })
    expect(participants.map(({ userId }) => userId).sort()).toEqual(['ben', `${BOM}ana`].sort())
    const page = await chat.listParticipants(ben, { conversationId: message.conversationId })
    expect(page.data.map(({ userId }) => userId)).toContain(`${BOM}ana`)
  })

  test('a message of which nothing is seen, or that holds controls, is refused, also as an edit, a note or an import', async () => {
    const { people, group, chat, host, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const { message } = await chat.sendMessage(ana, { conversationId, content: 'x' })
    const mod: Actor = { ...ana, userId: 'mod', role: 'admin', hostRole: 'admin' }
    for (const content of ['\u200b', ' \n', '\u3164\u2060', 'a\u009b', '\u202e\u202c']) {
      const refused = [
        chat.sendMessage(ana, { conversationId, content }),
        chat.editMessage(ana, { messageId: message.id, content }),
        chat.report(ben, { messageId: message.id, reason: 'spam', note: content }),
        admin.broadcast(mod, { content }),
        host.importMessages(backendOf(ana), {
          conversationId,
          messages: [{ senderId: 'ben', content, createdAt: new Date().toISOString(), clientId: 'k' }],
        }),
      ]
      expect(await Promise.all(refused.map(codeOf))).toEqual(Array(5).fill('invalid_input'))
    }
  })

  test('a message is kept in one form, and its repeat with the same bytes is the same message', async () => {
    const { people, group, chat } = current()
    const { ana } = people('ana')
    const conversationId = await group(ana)
    const send = (content: string) => chat.sendMessage(ana, { conversationId, content, clientId: 'k' })
    const first = await send('cafe\u0301\r\nsecond')
    expect(first.message.content).toBe('café\nsecond')
    expect(await send('cafe\u0301\r\nsecond')).toMatchObject({ created: false, message: { id: first.message.id } })
  })

  test('titles and names are one line; a title of which nothing is seen is refused, a name is none', async () => {
    const { people, chat, host } = current()
    const { ana } = people('ana')
    const participants = [{ userId: 'ben' }]
    const create = (title: string) => chat.createConversation(ana, { kind: 'group', participants, title })
    const { conversation } = await chat.createConversation(ana, {
      kind: 'group',
      participants,
      title: ' a\n\u202eb\u200b ',
    })
    expect(conversation.title).toBe('a b')
    expect(await codeOf(create('   '))).toBe('invalid_input')
    const rename = (title: string) => chat.updateConversation(ana, { conversationId: conversation.id, title })
    expect((await rename('c\u2028d')).title).toBe('c d')
    expect(await codeOf(rename('\u200b'))).toBe('invalid_input')
    const backend = backendOf(ana)
    const { data } = await host.upsertUsers(backend, {
      users: [
        { userId: 'ben', name: 'Ben\n\u202e' },
        { userId: 'eve', name: '\u3164' },
      ],
    })
    expect(data.map(({ user }) => user.name)).toEqual(['Ben', null])
    const members = [
      { userId: 'joe', role: 'client', name: '\u2067Joe\n' },
      { userId: 'zoe', role: 'client', name: ' \u200b' },
    ]
    const contexts = [{ type: 'booking', id: '1', title: 'Cut\nand dry', members }]
    const [stored] = (await host.upsertContexts(backend, { contexts })).data
    expect(stored?.context.title).toBe('Cut and dry')
    const names = ['joe', 'zoe'].map(async (userId) => (await host.getUser(backend, { userId })).name)
    expect(await Promise.all(names)).toEqual(['Joe', null])
  })

  test('times that the format allows and the database does not read are read all the same', async () => {
    const { people, group, chat, host } = current()
    const { ana } = people('ana')
    const conversationId = await group(ana)
    const now = new Date(Date.now() - 5_000).toISOString().replace('Z', `${'0'.repeat(200)}Z`)
    const messages = [{ senderId: 'ana', content: 'x', createdAt: now, clientId: 'k' }]
    await host.importMessages(backendOf(ana), { conversationId, messages })
    expect(await codeOf(chat.sync(ana, { cursors: [], since: now }))).toBe('ok')
  })
})
