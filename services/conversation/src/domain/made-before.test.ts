import { randomUUID } from 'node:crypto'
import { type Actor, ParleyError, type SendMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../test/callers.ts'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { createUseCases } from './use-cases.ts'

const content = '0123456789'

describeUseCases('a repeat under the same key', (current) => {
  /** Two people, in a direct conversation, a group and that of a booking, with a message in each under the key k. */
  async function scene() {
    const { people, group, chat, host, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    const booking = { type: 'booking', id: '7', status: 'confirmed' }
    const members = [
      { userId: 'ana', role: 'customer' },
      { userId: 'ben', role: 'provider' },
    ]
    await admin.setPolicy(backend, {
      contexts: { booking: { conversation: 'per_pair', starters: null, statuses: {} } },
      blocking: { contexts: true },
    })
    await host.upsertContexts(backend, { contexts: [{ ...booking, version: 1, members }] })
    const groupId = await group(ben, ana)
    const forms: Record<string, SendMessage> = {
      to: { to: 'ben', content, clientId: 'k' },
      group: { conversationId: groupId, content, clientId: 'k' },
      context: { context: { type: 'booking', id: '7' }, content, clientId: 'k' },
      'context and to': { context: { type: 'booking', id: '7' }, to: 'ben', content, clientId: 'k2' },
    }
    const first: Record<string, Awaited<ReturnType<typeof chat.sendMessage>>> = {}
    for (const [form, input] of Object.entries(forms)) first[form] = await chat.sendMessage(ana, input)
    const repeats = async (through = chat, who: Actor = ana) => {
      for (const [form, input] of Object.entries(forms))
        expect([form, await through.sendMessage(who, input).catch((err) => err.code)]).toEqual([
          form,
          { ...first[form], created: false },
        ])
    }
    return { ...current(), ana, ben, backend, booking, members, groupId, forms, repeats }
  }

  test('is answered with the first result, whatever the policy says by now', async () => {
    const { admin, backend, repeats, chat, ana } = await scene()
    for (const messages of [{ maxLength: 5 }, { types: [] }]) {
      await admin.setPolicy(backend, { messages, conversations: { direct: [], group: [] } })
      await repeats()
      expect(await codeOf(chat.sendMessage(ana, { to: 'ben', content, clientId: 'new' }))).toBe('invalid_input')
    }
    await admin.setPolicy(backend, { contexts: {} })
    await repeats()
  })

  test('and whatever has become of the conversation, of the people in it and of the message', async () => {
    const { admin, backend, repeats, chat, ana, ben, groupId, host, booking, members, forms } = await scene()
    await chat.blockUser(ben, { userId: 'ana' })
    await repeats()
    await chat.removeParticipant(ben, { conversationId: groupId, userId: 'ana' })
    await repeats()
    await host.upsertContexts(backend, { contexts: [{ ...booking, version: 2, members: members.slice(1) }] })
    await new Promise((resolve) => setTimeout(resolve, 2_100)) // where it belongs is remembered for a moment
    await repeats()
    // another process, which remembers nothing
    await repeats(createUseCases({ store: current().store, newId: randomUUID }).chat)
    for (const { context, ...input } of [forms.context!, forms['context and to']!])
      expect(await codeOf(chat.sendMessage(ana, { ...input, context: context!, clientId: 'new' }))).toBe('not_found')
    const { message } = await chat.sendMessage(ana, forms.to!)
    await admin.setConversationStatus(backend, { conversationId: message.conversationId, status: 'closed' })
    await admin.setConversationStatus(backend, { conversationId: groupId, status: 'read_only' })
    await repeats()
  })

  test('as it was sent, though it was edited, reacted to and deleted since', async () => {
    const { repeats, chat, admin, backend, ana, ben, forms } = await scene()
    const { message } = await chat.sendMessage(ana, forms.to!)
    await chat.addReaction(ben, { messageId: message.id, emoji: '👍' })
    await chat.editMessage(ana, { messageId: message.id, content: 'other' })
    await admin.setPolicy(backend, { messages: { maxLength: 5 } })
    await repeats()
    await chat.deleteMessage(ana, { messageId: message.id })
    await repeats()
  })

  test('is the only one that gets through a rate limit, and not more often than messages would', async () => {
    const { store, repeats, ana, admin, backend, forms, groupId } = await scene()
    for (const limit of ['userMessages', 'conversationMessages'] as const) {
      const used = new Map<string, number>()
      await admin.setPolicy(backend, { rateLimits: { userMessages: null, [limit]: { points: 4, durationMs: 60_000 } } })
      const fresh = createUseCases({ store, newId: randomUUID, limit: limitOf(used) }).chat
      for (let i = 0; i < 20; i++) await codeOf(fresh.sendMessage(ana, { conversationId: groupId, content }))
      await repeats(fresh)
      expect(await codeOf(fresh.sendMessage(ana, { ...forms.group!, clientId: 'new' }))).toBe('rate_limited')
    }
  })

  test('tells whoever is disabled just that, and nobody what another body or another sender has sent', async () => {
    const { chat, admin, host, backend, ana, ben, forms, groupId } = await scene()
    await admin.setPolicy(backend, { messages: { maxLength: 5 } })
    expect(await codeOf(chat.sendMessage(ana, { ...forms.group!, content: `${content}0` }))).toBe('invalid_input')
    expect(await codeOf(chat.sendMessage(ben, { ...forms.group!, conversationId: groupId }))).toBe('invalid_input')
    expect(await codeOf(chat.sendMessage(ana, { ...forms.group!, as: 'ben' }))).toBe('invalid_input')
    await host.disableUser(backend, { userId: 'ana' })
    for (const input of Object.values(forms)) expect(await codeOf(chat.sendMessage(ana, input))).toBe('forbidden')
    const inHerName = { ...forms.group!, as: 'ana' }
    expect(await codeOf(chat.sendMessage(backend, inHerName))).toBe('invalid_input')
  })

  test('is none when it is malformed, though its key and all else are the same', async () => {
    const { chat, ana, backend, groupId } = await scene()
    const sent = { conversationId: groupId, content, clientId: 'k' }
    const context = { type: 'booking', id: '7' }
    const byTheSystem = { conversationId: groupId, type: 'system' as const, content, clientId: 'k' }
    await chat.sendMessage(backend, byTheSystem)
    const sends = [
      chat.sendMessage(ana, { ...sent, to: 'ben' }),
      chat.sendMessage(ana, { ...sent, context }),
      chat.sendMessage(ana, { ...sent, to: 'parley:x' }),
      chat.sendMessage(backend, { ...byTheSystem, as: 'ana' }),
    ]
    expect(await Promise.all(sends.map(codeOf))).toEqual(sends.map(() => 'invalid_input'))
    const group = { kind: 'group' as const, title: 't', participants: [{ userId: 'ben' }], clientId: 'k' }
    await chat.createConversation(ana, group)
    const twice = [{ userId: 'ben' }, { userId: 'ben' }]
    expect(await codeOf(chat.createConversation(ana, { ...group, participants: twice }))).toBe('invalid_input')
  })

  test('of a group or a report is answered so too', async () => {
    const { people, group, chat, admin, store, send } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    const shared = await group(ana, ben)
    const { message } = await send(shared, ben, 'buy now')
    const creation = {
      kind: 'group' as const,
      title: 'Friday',
      participants: [{ userId: 'ben' }, { userId: 'cem' }],
      clientId: 'g',
    }
    const direct = { kind: 'direct' as const, participants: [{ userId: 'ben' }], clientId: 'd' }
    const reporting = { messageId: message.id, reason: 'spam' as const, clientId: 'r' }
    const made = await chat.createConversation(ana, creation)
    const { conversation: withBen } = await chat.createConversation(ana, direct)
    const { report } = await chat.report(ana, reporting)
    await chat.removeParticipant(ana, { conversationId: shared, userId: 'ana' })
    await admin.setPolicy(backend, {
      groups: { maxParticipants: 2 },
      conversations: { group: [], direct: [] },
      rateLimits: { userCalls: { points: 3, durationMs: 60_000 } },
    })
    const used = new Map<string, number>()
    const limited = createUseCases({ store, newId: randomUUID, limit: limitOf(used) }).chat
    for (const { chat: through } of [{ chat }, { chat: limited }]) {
      for (let i = 0; i < 5; i++) await codeOf(through.getTotalUnreadCount(ana, {}))
      expect(await through.createConversation(ana, creation)).toEqual({ ...made, created: false })
      expect(await through.report(ana, reporting)).toEqual({ report, created: false })
      expect(await codeOf(through.createConversation(ana, { ...creation, title: 'Saturday' }))).not.toBe('ok')
      expect(await codeOf(through.createConversation(ben, creation))).not.toBe('ok')
    }
    expect(await codeOf(limited.createConversation(ana, { ...creation, clientId: 'new' }))).toBe('rate_limited')
    // that of two is found anyway, and what was never made under a key is no repeat
    expect((await chat.createConversation(ana, direct)).conversation.id).toBe(withBen.id)
    const limit = async (_: unknown, key: string) => {
      if (key.startsWith('calls:')) throw new ParleyError('rate_limited', 'Too much')
    }
    const full = createUseCases({ store, newId: randomUUID, limit }).chat
    expect(await codeOf(full.createConversation(ana, { ...direct, clientId: 'new' }))).toBe('rate_limited')
    // what it is by now is nothing for whoever has left it
    await chat.removeParticipant(ana, { conversationId: made.conversation.id, userId: 'ana' })
    expect(await codeOf(chat.createConversation(ana, creation))).toBe('forbidden')
  })
})

const limitOf =
  (used: Map<string, number>) =>
  async ({ points }: { points: number }, key: string) => {
    used.set(key, (used.get(key) ?? 0) + 1)
    if (used.get(key)! > points) throw new ParleyError('rate_limited', 'Too much')
  }
