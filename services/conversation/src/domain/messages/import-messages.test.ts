import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('history from elsewhere', (current) => {
  test('brings in history once, in order, with its times, read by whoever had read everything', async () => {
    const { people, group, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const backend = backendOf(ana)
    const at = (n: number) => `2020-05-0${n}T10:00:00.000Z`
    const old = upTo(4).map((n) => ({
      senderId: n % 2 ? 'ana' : 'zoe',
      content: `old ${n}`,
      createdAt: at(n),
      clientId: `old-${n}`,
    }))
    const first = await host.importMessages(backend, { conversationId, messages: old.slice(0, 3) })
    expect(first.data.map(({ created }) => created)).toEqual([true, true, true])
    const second = await host.importMessages(backend, { conversationId, messages: old })
    expect(second.data.map(({ created }) => created)).toEqual([false, false, false, true])
    const { data } = await chat.listMessages(ben, { conversationId })
    expect(data.map(({ seq, content, createdAt, imported }) => [seq, content, createdAt, imported])).toEqual(
      upTo(4).map((n) => [n, `old ${n}`, at(n), true]),
    )
    expect(await chat.getUnreadCount(ben, { conversationId })).toEqual({ unreadCount: 0 })
    await chat.sendMessage(ana, { conversationId, content: 'new' })
    const refused = [
      [{ ...old[0]!, clientId: 'late' }, 'invalid_input'],
      [{ ...old[0]!, content: 'other words' }, 'key_reused'],
      [{ ...old[0]!, clientId: 'future', createdAt: '2999-01-01T00:00:00Z' }, 'invalid_input'],
    ] as const
    for (const [message, code] of refused)
      expect(await codeOf(host.importMessages(backend, { conversationId, messages: [message] }))).toBe(code)
    expect(await codeOf(host.importMessages(ana, { conversationId, messages: old }))).toBe('forbidden')
    expect((await chat.listMessages(ben, { conversationId })).data).toHaveLength(5)
  })

  test('brings in places, contacts, answers and mentions as well, and nothing that would be open again', async () => {
    const { people, group, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const conversationId = await group(ana, ben)
    const backend = backendOf(ana)
    const createdAt = '2020-05-01T10:00:00.000Z'
    const bring = async (...bodies: object[]) =>
      host.importMessages(backend, {
        conversationId,
        messages: bodies.map((body, i) => ({ senderId: 'ana', createdAt, clientId: `${i}`, ...body })),
      })
    const payload = { latitude: 1, longitude: 2 }
    const bodies = [{ content: 'hello @[ben] and @[zoe]' }, { type: 'location', payload }]
    const { data } = await bring(...bodies)
    expect(data.map(({ message }) => message)).toMatchObject([
      { content: 'hello @[ben] and @[zoe]', mentions: ['ben'], imported: true },
      { type: 'location', content: '', payload, imported: true },
    ])
    expect((await bring(...bodies)).data.map(({ created }) => created)).toEqual([false, false])
    expect(await codeOf(bring(bodies[0]!, { type: 'location', payload: { ...payload, latitude: 3 } }))).toBe(
      'key_reused',
    )
    const replyTo = data[1]!.message.id
    const answer = await bring({ clientId: 'answer', senderId: 'ben', content: 'There', replyTo })
    expect(answer.data[0]!.message.replyTo).toMatchObject({ id: replyTo, type: 'location', content: '📍 1 2' })
    const wrong: [object, string][] = [
      [{}, '/messages/0/content'],
      [{ type: 'location', payload: { latitude: 1 } }, '/messages/0/payload/longitude'],
      [{ type: 'service_offer', payload: { title: 'A', amount: 1, currency: 'EUR' } }, '/messages/0/type'],
      [{ type: 'system', content: 'x' }, '/messages/0/type'],
      [{ type: 'nobodys', content: 'x' }, '/messages/0/type'],
      [{ content: 'x', replyTo: conversationId }, '/messages/0/replyTo'],
    ]
    for (const [body, pointer] of wrong)
      await expect(bring({ clientId: 'wrong', ...body })).rejects.toMatchObject({ errors: [{ pointer }] })
    expect((await chat.listMessages(ben, { conversationId })).data).toHaveLength(3)
  })
})
