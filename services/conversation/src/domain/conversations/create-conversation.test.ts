import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf, patiently } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { actor } from '../../../test/test-world.ts'

describeUseCases('conversations', (current) => {
  test('two people have one direct conversation, however often and from whichever side it is asked for', async () => {
    const { people, chat } = current()
    const { tenantId, ana } = people('ana')
    const strange = ['a:b', 'a', 'b:c', `o'neil`, '"', '["a","b"]', 'a b', 'a\\', 'ä', '%_', '🙂']
    const ids = await Promise.all(
      strange.map(async (name) => {
        const other = actor(tenantId, name)
        const made = await Promise.all([
          patiently(() => chat.createConversation(ana, { kind: 'direct', participants: [{ userId: name }] })),
          patiently(() => chat.createConversation(other, { kind: 'direct', participants: [{ userId: ana.userId }] })),
        ])
        expect(new Set(made.map((m) => m.conversation.id)).size).toBe(1)
        // none, when a busy machine made it and answered only the repeat
        expect(made.filter((m) => m.created).length).toBeLessThanOrEqual(1)
        expect(made[0]!.conversation.participants.map((p) => p.userId).sort()).toEqual([ana.userId, name].sort())
        return made[0]!.conversation.id
      }),
    )
    expect(new Set(ids).size).toBe(strange.length)
  })

  test.each([
    ['with two others', { participants: [{ userId: 'ben' }, { userId: 'joe' }] }],
    ['with somebody twice', { participants: [{ userId: 'ben' }, { userId: 'ben' }] }],
    ["with one of Parley's own", { participants: [{ userId: 'ben' }, { userId: 'parley:x' }] }],
    ['with nobody else', { participants: [{ userId: 'ana' }] }],
    ['with a title', { title: 'x' }],
    ['with too much metadata', { metadata: { x: 'y'.repeat(9_000) } }],
  ])('a direct one %s is refused, under any key, though the two have one', async (_, wrong) => {
    const { people, chat } = current()
    const { ana } = people('ana')
    const right = { kind: 'direct' as const, participants: [{ userId: 'ben' }], clientId: 'k' }
    await chat.createConversation(ana, right)
    const { clientId, ...keyless } = right
    for (const call of [right, { ...right, clientId: 'new' }, keyless])
      expect(await codeOf(chat.createConversation(ana, { ...call, ...wrong }))).toBe('invalid_input')
    expect(await codeOf(chat.createConversation(ana, right))).toBe('ok')
  })

  test('the same pair of names in another tenant is another pair', async () => {
    const { people, chat } = current()
    const [here, there] = [people('ana'), people('ana')]
    const direct = (who: typeof here.ana) =>
      chat.createConversation(who, { kind: 'direct', participants: [{ userId: 'ben' }] })
    const [one, two] = [await direct(here.ana), await direct(there.ana)]
    expect(one.conversation.id).not.toBe(two.conversation.id)
    await expect(chat.getConversation(there.ana, { conversationId: one.conversation.id })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('no more people than the policy allows, and only those create groups who may', async () => {
    const { people, chat, admin } = current()
    const { ana } = people('ana')
    await admin.setPolicy(backendOf(ana), {
      groups: { maxParticipants: 3 },
      conversations: { group: ['staff'], direct: [{ from: 'staff', to: '*' }] },
    })
    const staff = { ...ana, hostRole: 'staff' }
    const create = (who: Actor, ...ids: string[]) =>
      codeOf(
        chat.createConversation(who, { kind: 'group', title: 't', participants: ids.map((userId) => ({ userId })) }),
      )
    expect(await create({ ...ana, hostRole: 'customer' }, 'b')).toBe('forbidden')
    expect([await create(staff, 'b', 'c'), await create(staff, 'b', 'c', 'd')]).toEqual(['ok', 'invalid_input'])
    expect(await codeOf(chat.sendMessage({ ...ana, hostRole: 'customer' }, { to: 'b', content: 'x' }))).toBe(
      'forbidden',
    )
    const { message } = await chat.sendMessage(staff, { to: 'b', content: 'hello' })
    const answer = { ...ana, userId: 'b', hostRole: 'customer' }
    expect(await codeOf(chat.sendMessage(answer, { to: 'ana', content: 'I may answer' }))).toBe('ok')
    expect(await codeOf(chat.sendMessage(answer, { conversationId: message.conversationId, content: 'x' }))).toBe('ok')
  })

  test('title, picture and metadata are changed one by one, and told', async () => {
    const { people, group, chat, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    committed.length = 0
    const pictureUrl = 'https://pictures.example/1.png'
    await chat.updateConversation(ana, { conversationId, pictureUrl })
    await chat.updateConversation(ana, { conversationId, metadata: { stand: 14 } })
    expect(await chat.getConversation(ben, { conversationId })).toMatchObject({
      title: 'A group',
      pictureUrl,
      metadata: { stand: 14 },
    })
    expect(committed.flatMap(({ changes }) => changes.flatMap(({ type, live }) => [type, live[0]!.event]))).toEqual([
      'conversation.updated',
      'conversation_updated',
      'conversation.updated',
      'conversation_updated',
    ])
  })
})
