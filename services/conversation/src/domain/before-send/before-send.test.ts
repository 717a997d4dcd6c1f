import { type HookOutcome, MAX_HOOK_REASON, ParleyError } from '@parley/contracts'
import { expect, test } from 'vitest'
import { beforeSendScene, PATIENCE } from '../../../test/before-send-scene.ts'
import { codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import type { Store } from '../ports.ts'
import { createUseCases } from '../use-cases.ts'

const codeIn = (err: ParleyError) => err.code

describeUseCases('asking the host before something is sent', (current) => {
  const scene = (...hook: Parameters<typeof beforeSendScene> extends [unknown, ...infer Rest] ? Rest : never) =>
    beforeSendScene(current(), ...hook)

  test('where nobody is asked a message costs one append, and nothing else of the database, the worker or the order', async () => {
    const { world, host, ana, conversationId, setHook } = await scene(null)
    const calls: string[] = []
    const store: Store = new Proxy(world.store, {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          calls.push(String(name))
          return value.apply(target, args)
        }
      },
    })
    const { chat } = createUseCases({ store, newId: () => crypto.randomUUID(), hooks: host.hooks })
    const send = (content: string) => chat.sendMessage(ana, { conversationId, content, clientId: content })
    await send('the rules are read')
    calls.length = 0
    await send('two')
    expect(calls).toEqual(['append'])
    // an edit is one transaction, as it always was
    const { message } = await send('three')
    calls.length = 0
    await chat.editMessage(ana, { messageId: message.id, content: 'four' })
    expect(calls).toEqual(['standing', 'transaction'])
    expect(host.asked).toEqual([])
    // and what is counted would be seen
    await setHook({})
    const hooked = createUseCases({ store, newId: () => crypto.randomUUID(), hooks: host.hooks })
    await hooked.chat.sendMessage(ana, { conversationId, content: 'five' })
    calls.length = 0
    await hooked.chat.sendMessage(ana, { conversationId, content: 'six' })
    expect(calls).toEqual(['snapshot', 'append'])
    expect(host.asked).toHaveLength(2)
  })

  test('it sees who says what to whom, and is asked about nothing that is refused, and about no admin or backend', async () => {
    const { host, ana, ben, joe, boss, backend, chat, admin, conversationId, send } = await scene()
    await send('hello @[ben]', { clientId: 'k', silent: true })
    expect(host.asked).toEqual([
      {
        kind: 'message',
        action: null,
        conversation: {
          id: conversationId,
          kind: 'direct',
          context: null,
          title: null,
          participantIds: ['ana', 'ben'],
        },
        sender: { userId: 'ana', name: null },
        message: {
          ...{ id: null, clientId: 'k', type: 'text', content: 'hello @[ben]', payload: null, attachments: [] },
          ...{ replyTo: null, forwarded: false },
        },
      },
    ])
    expect(await codeOf(send('x', {}, joe))).toBe('not_found')
    await admin.joinConversation(boss, { conversationId })
    await send('I am here', {}, boss)
    await send('in her name', { as: 'ana' }, backend)
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await codeOf(send('are you there?'))).toBe('blocked')
    expect(host.asked).toHaveLength(1)
    await chat.unblockUser(ben, { userId: 'ana' })
    // what it could not have said is nothing to ask about either
    expect(await codeOf(send(' '))).toBe('invalid_input')
    await chat.sendMessage(ana, { to: 'joe', content: 'a first message' })
    expect(host.asked.map(({ message }) => message.content)).toEqual(['hello @[ben]', 'a first message'])
  })

  test('what it changes is what everybody reads, and says so; what it rejects says why; the same call again does not ask', async () => {
    const { host, ben, chat, conversationId, send, said, refusal, outcomes } = await scene()
    host.says = ({ message: { content } }) =>
      content.includes('555') ? { action: 'modify', content: 'call me at … @[ben]' } : { action: 'allow' }
    const first = await send('call me at 555', { clientId: 'k' })
    expect(first.message).toMatchObject({
      content: 'call me at … @[ben]',
      modified: true,
      mentions: ['ben'],
      clientId: 'k',
    })
    expect((await chat.listMessages(ben, { conversationId })).data).toMatchObject([
      { modified: true, mentions: ['ben'] },
    ])
    const again = await send('call me at 555', { clientId: 'k' })
    expect(again).toEqual({ ...first, created: false })
    expect(await codeOf(send('call me at 556', { clientId: 'k' }))).toBe('key_reused')
    expect(host.asked).toHaveLength(1)
    host.says = () => ({ action: 'reject', reason: '  No\u202E payments\n outside  ' })
    expect(await refusal(send('pay me there'))).toEqual(['rejected_by_host', 'No payments outside'])
    host.says = () => ({ action: 'reject', reason: 'x'.repeat(10_000) })
    expect((await refusal(send('pay me there')))[1]).toHaveLength(MAX_HOOK_REASON)
    host.says = () => ({ action: 'reject' })
    expect(await refusal(send('pay me there'))).toEqual(['rejected_by_host', 'This is not allowed here'])
    expect(await said()).toEqual(['ana: call me at … @[ben]'])
    expect(outcomes).toEqual(['modify', 'reject', 'reject', 'reject'])
  })

  test('no answer, or none that could be sent, is what the rules make of it', async () => {
    const { world, host, ana, conversationId, send, setHook, said, queue, outcomes } = await scene({
      onFailure: 'allow',
      deadlineMs: 100,
    })
    const failures: [string, () => HookOutcome | Promise<HookOutcome>][] = [
      ['failed', () => ({ action: 'failed', why: 'it answered 500' })],
      ['worker gone', () => Promise.reject(new ParleyError('unavailable', 'Nobody serves that'))],
      ['hangs', () => new Promise(() => {})],
      ['blank', () => ({ action: 'modify', content: ' ' })],
      ['too long', () => ({ action: 'modify', content: 'x'.repeat(2_001) })],
      ['controls', () => ({ action: 'modify', content: 'a\u0000b' })],
    ]
    for (const [name, says] of failures) {
      host.says = says
      await send(name)
    }
    const sent = failures.map(([name]) => `ana: ${name}`)
    expect(await said()).toEqual(sent)
    await setHook({ onFailure: 'reject', deadlineMs: 100 })
    for (const [, says] of failures) {
      host.says = says
      expect(await codeOf(send('closed', { clientId: 'closed' }))).toBe('unavailable')
    }
    expect(outcomes).toEqual(Array(2 * failures.length).fill('failed'))
    // it is checked again when it is sent again
    host.says = () => ({ action: 'allow' })
    await send('closed', { clientId: 'closed' })
    await setHook({ onFailure: 'hold', deadlineMs: 100 })
    for (const [name, says] of failures) {
      host.says = says
      expect(await codeOf(send(name))).toBe('held_for_review')
    }
    expect((await queue()).map(({ why }) => why)).toEqual(failures.map(() => 'no_answer'))
    expect(await said()).toEqual([...sent, 'ana: closed'])
    // without a worker nobody answers
    const { chat } = createUseCases({ store: world.store, newId: () => crypto.randomUUID() })
    expect(await codeOf(chat.sendMessage(ana, { conversationId, content: 'x' }))).toBe('held_for_review')
  })

  test('what one says stands in the order in which they said it, and others do not wait for a slow answer', async () => {
    const { host, ben, send, said, gate } = await scene()
    const slow = gate()
    host.says = async ({ message }) => {
      if (message.content === 'one') await slow.opened
      return { action: 'allow' }
    }
    const mine = [send('one'), send('two')]
    await expect.poll(() => host.asked.length, PATIENCE).toBe(2)
    await send('meanwhile', {}, ben)
    expect(await said()).toEqual(['ben: meanwhile'])
    slow.open()
    await Promise.all(mine)
    expect(await said()).toEqual(['ben: meanwhile', 'ana: one', 'ana: two'])
    // what it rejects does not hold up what comes after it
    host.says = ({ message }) => (message.content === 'three' ? { action: 'reject' } : { action: 'allow' })
    const [three, four] = [send('three'), send('four')]
    expect(await Promise.all([codeOf(three), codeOf(four)])).toEqual(['rejected_by_host', 'ok'])
  })

  test('however many wait for the host, others have their turns', async () => {
    const { host, ana, chat, send, gate } = await scene()
    const { message } = await send('one')
    const slow = gate()
    host.says = () => slow.opened.then(() => ({ action: 'allow' }))
    // one more than one user has turns
    const waiting = Array.from({ length: 5 }, (_, n) =>
      chat.editMessage(ana, { messageId: message.id, content: `${n}` }).catch(codeIn),
    )
    const more = send('more')
    await expect.poll(() => host.asked.length, PATIENCE).toBe(7)
    expect((await chat.listConversations(ana, {})).data).toHaveLength(1)
    slow.open()
    // those that meet at one row on a busy machine may be told to try again
    for (const code of await Promise.all(waiting)) if (typeof code === 'string') expect(code).toBe('unavailable')
    await more
  })

  test('an edit does not get round it, nor does what is said to an offer', async () => {
    const { host, ana, ben, chat, send, said, refusal, setHook } = await scene()
    const { message } = await send('harmless')
    const edit = (content: string, by = ana) => chat.editMessage(by, { messageId: message.id, content })
    host.says = () => ({ action: 'reject', reason: 'No numbers' })
    expect(await refusal(edit('call 555'))).toEqual(['rejected_by_host', 'No numbers'])
    expect(host.asked.at(-1)).toMatchObject({ kind: 'edit', message: { id: message.id, content: 'call 555' } })
    host.says = () => ({ action: 'modify', content: 'call …' })
    expect(await edit('call 555')).toMatchObject({ content: 'call …' })
    host.says = () => ({ action: 'hold' })
    expect(await codeOf(edit('call 556'))).toBe('rejected_by_host')
    host.says = () => ({ action: 'failed', why: 'gone' })
    expect(await codeOf(edit('call 557'))).toBe('unavailable')
    const before = host.asked.length
    expect(await codeOf(edit('mine', ben))).toBe('forbidden')
    await edit('call …')
    expect(host.asked).toHaveLength(before)
    await setHook({ onFailure: 'allow' })
    await edit('call 558')
    expect(await said()).toEqual(['ana: call 558'])

    // the same words are no change, and where there are none they stay so
    host.says = ({ message: { content } }) => ({ action: 'modify', content })
    const payload = { title: 'Lesson', amount: 5_000, currency: 'EUR' }
    const offer = await send('', { content: undefined, type: 'service_offer', payload })
    const act = (more: object) => chat.actOnMessage(ben, { messageId: offer.message.id, action: 'decline', ...more })
    host.says = () => ({ action: 'reject' })
    expect(await codeOf(act({ reason: 'call 555' }))).toBe('rejected_by_host')
    expect(host.asked.at(-1)).toMatchObject({ kind: 'action', action: 'decline', message: { content: 'call 555' } })
    expect(await codeOf(act({ action: 'counter', payload: { ...payload, title: 'call 555' } }))).toBe(
      'rejected_by_host',
    )
    expect(host.asked.at(-1)).toMatchObject({ action: 'counter', message: { payload: { title: 'call 555' } } })
    host.says = () => ({ action: 'modify', content: 'call …' })
    const asked = host.asked.length
    expect((await act({ reason: 'call 555' })).payload).toMatchObject({ status: 'declined' })
    expect(host.asked).toHaveLength(asked + 1)
    expect((await chat.getMessage(ben, { messageId: offer.message.id })).payload).toMatchObject({
      decision: { reason: 'call …' },
    })
  })

  test('it may be asked of some kinds of conversations alone, and is a webhook of the tenant’s', async () => {
    const { host, ana, chat, admin, backend, send, setHook, world } = await scene({ kinds: ['group'] })
    await send('directly')
    expect(host.asked).toEqual([])
    const groupId = await world.group(ana, { ...ana, userId: 'ben' })
    await chat.sendMessage(ana, { conversationId: groupId, content: 'to all' })
    expect(host.asked.map(({ message }) => message.content)).toEqual(['to all'])
    const err = await setHook({ webhookId: '01900000-0000-7000-8000-00000000dead' }).catch((refused) => refused)
    expect(err).toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer: '/moderation/preSendHook/webhookId', code: 'not_found' }],
    })
    expect((await admin.getPolicy(backend, {})).policy.moderation.preSendHook).toMatchObject({ kinds: ['group'] })
  })
})
