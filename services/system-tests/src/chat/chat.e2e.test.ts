import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { FoundMessage, Message, MessageXray, OwnConversation, Page, SyncResult } from '@parley/contracts'
import { startTracing } from '@parley/tracing'
import { expect, test, vi } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { connect, rest } from '../stack/test-client.ts'
import { startTraceReceiver } from '../stack/trace-receiver.ts'

const seqs = (messages: Message[]) => messages.map((message) => message.seq)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describeStacks('two people talk over %s', ({ stack, socket, people }) => {
  test('a message sent on one gateway reaches every socket of every participant once, in seq order, on both', async () => {
    const [ana, ben] = people('ana', 'ben')
    const conversation = await rest(stack, ana).direct(ben)
    const sockets = await Promise.all([
      socket(ana, { gateway: 0 }),
      socket(ana, { gateway: 1 }),
      socket(ben, { gateway: 0 }),
      socket(ben, { gateway: 1 }),
    ])
    for (let i = 0; i < 40; i++) {
      const reply = await sockets[i % 4]!.send('send_message', {
        conversationId: conversation.id,
        content: `m${i + 1}`,
      })
      expect(reply).toMatchObject({ ok: true, data: { seq: i + 1, content: `m${i + 1}` } })
    }
    await expect
      .poll(() => sockets.map((one) => seqs(one.messages(conversation.id))))
      .toEqual(sockets.map(() => upTo(40)))
    // nothing comes late a second time
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(sockets.map((one) => one.messages(conversation.id).length)).toEqual([40, 40, 40, 40])
    expect((await rest(stack, ben).messages(conversation.id)).map((message) => message.content)).toEqual(
      upTo(40).map((n) => `m${n}`),
    )
  })

  test('an admin sees what has become of a message: told by which gateways, streamed, read, and none of its words', async () => {
    const [ana, ben, mod] = people('ana', 'ben', 'mod')
    const { id: conversationId } = await rest(stack, ana).direct(ben)
    const [sender, reader] = [await socket(ana, { gateway: 0 }), await socket(ben, { gateway: 1 })]
    const reply = await sender.send('send_message', { conversationId, content: 'words of mine' })
    const { id, seq } = (reply as { data: Message }).data
    await expect.poll(() => seqs(reader.messages(conversationId))).toEqual([seq])
    await reader.send('mark_read', { conversationId, seq })
    const look = async () => {
      const admin = rest(stack, mod, stack.token(mod, { role: 'admin' })).call
      const { status, body } = await admin<MessageXray>('GET', `/admin/messages/${id}/xray`)
      expect(status).toBe(200)
      return body
    }
    const knownOf = async (step: string) =>
      (await look()).steps.filter((one) => one.step === step && one.isKnown && one.at !== null)
    const told = await knownOf('told')
    expect(told).toHaveLength(stack.gatewayUrls.length)
    expect(new Set(told.map(({ who }) => who)).size).toBe(told.length)
    const [received] = await knownOf('received')
    expect(received?.who).toEqual(expect.any(String))
    // in one process nothing keeps events
    if (stack.natsUrl !== undefined) await expect.poll(() => knownOf('streamed')).toHaveLength(1)
    expect(await knownOf('read')).toMatchObject([{ who: ben, says: 'read' }])
    expect(JSON.stringify(await look())).not.toContain('words of mine')
  })

  test('a message is one trace from the socket to what other gateways emit; what is not sampled is sent nowhere', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id: conversationId } = await rest(stack, ana).direct(ben)
    const [sender, reader] = [await socket(ana, { gateway: 0 }), await socket(ben, { gateway: 1 })]
    const bySocket = (content: string) => sender.send('send_message', { conversationId, content })
    /** The body comes some time after the head, as over a slow line. */
    const byRest = async (content: string) => {
      const path = `/v1/conversations/${conversationId}/messages`
      const headers = { authorization: `Bearer ${stack.token(ana)}`, 'content-type': 'application/json' }
      const outgoing = request(stack.restUrls[0] + path, { method: 'POST', headers })
      outgoing.flushHeaders()
      await new Promise((resolve) => setTimeout(resolve, 50))
      outgoing.end(JSON.stringify({ content }))
      const [response] = await once(outgoing, 'response')
      response.resume()
    }
    const sendSome = async (
      share: number,
      contents: string[],
      send: (content: string) => Promise<unknown> = bySocket,
    ) => {
      await using receiver = await startTraceReceiver()
      const before = reader.messages(conversationId).length
      {
        const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: share }
        await using _tracing = await startTracing(settings, 'test')
        await Promise.all(contents.map(send))
        await expect.poll(() => reader.messages(conversationId).length).toBe(before + contents.length)
      }
      return receiver.spans
    }
    const spans = await sendSome(1, ['first words', 'second words', 'third words'])
    const named = (name: string) => spans.filter((span) => span.name === name)
    const roots = named('socket send_message')
    expect(roots).toHaveLength(3)
    for (const { traceId, spanId } of roots) {
      const one = (name: string) => named(name).find((span) => span.traceId === traceId)
      const call = one('parley.rpc.v1.chat.sendMessage')
      expect(call?.parentSpanId).toBe(spanId)
      const append = one('append')
      expect(append?.parentSpanId).toBe(call?.spanId)
      const emits = named('emit new_message').filter((span) => span.traceId === traceId)
      expect(emits).toHaveLength(stack.gatewayUrls.length)
      for (const emit of emits) expect(emit.parentSpanId).toBe(append?.spanId)
      // one statement for some of them: of one it is a part, and linked to the others
      const statements = named('SQL append_messages').flatMap((span) => [
        span.parentSpanId,
        ...(span.links ?? []).map((link) => link.spanId),
      ])
      expect(statements).toContain(append?.spanId)
    }
    expect(JSON.stringify(spans)).not.toContain('words')
    expect(await sendSome(0, ['no span', 'of these'])).toEqual([])
    const overRest = await sendSome(1, ['with a body'], byRest)
    const traceOf = (name: string) => overRest.find((span) => span.name === name)?.traceId
    const whole = traceOf('POST /v1/conversations/:conversationId/messages')
    expect(whole).toBeDefined()
    for (const name of ['append', 'SQL append_messages', 'emit new_message']) expect(traceOf(name)).toBe(whole)
  })

  test('a plain io(url), with its default transports, connects and hears', async () => {
    const [ana, ben] = people('ana', 'ben')
    const conversation = await rest(stack, ana).direct(ben)
    const polling = await socket(ben, { transports: ['polling'] })
    const plain = await socket(ben)
    await rest(stack, ana).call('POST', `/conversations/${conversation.id}/messages`, { content: 'over REST' })
    await expect
      .poll(() => [plain, polling].map((one) => one.messages().map((m) => m.content)))
      .toEqual([['over REST'], ['over REST']])
  })

  test('an outsider gets not_found by REST and by socket alike, and hears nothing', async () => {
    const [ana, ben, eve] = people('ana', 'ben', 'eve')
    const { id } = await rest(stack, ana).direct(ben)
    const sent = await rest(stack, ana).call<Message>('POST', `/conversations/${id}/messages`, { content: 'secret' })
    const outsider = await socket(eve)
    const attempts: [method: string, path: string, body?: unknown][] = [
      ['GET', `/conversations/${id}`],
      ['GET', `/conversations/${id}/messages`],
      ['GET', `/conversations/${id}/participants`],
      ['GET', `/conversations/${id}/unread-count`],
      ['GET', `/messages/${sent.body.id}`],
      ['POST', `/conversations/${id}/messages`, { content: 'let me in' }],
      ['POST', `/conversations/${id}/participants`, { userId: eve }],
      ['DELETE', `/conversations/${id}/participants/${ana}`],
      ['PUT', `/conversations/${id}/read`, { seq: 1 }],
      ['PATCH', `/messages/${sent.body.id}`, { content: 'changed' }],
      ['DELETE', `/messages/${sent.body.id}`],
    ]
    for (const [method, path, body] of attempts) {
      const reply = await rest(stack, eve).call(method, path, body)
      expect([method, path, reply.status, reply.body.code]).toEqual([method, path, 404, 'not_found'])
      expect(JSON.stringify(reply.body)).not.toContain('secret')
    }
    const events = [
      ['send_message', { conversationId: id, content: 'x' }],
      ['join_conversation', { conversationId: id }],
      ['typing_start', { conversationId: id }],
      ['mark_read', { conversationId: id, seq: 1 }],
      ['edit_message', { messageId: sent.body.id, content: 'x' }],
      ['delete_message', { messageId: sent.body.id }],
    ] as const
    for (const [event, input] of events)
      expect([event, await outsider.send(event, input)]).toMatchObject([
        event,
        { ok: false, error: { code: 'not_found' } },
      ])
    await rest(stack, ana).call('POST', `/conversations/${id}/messages`, { content: 'more' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(outsider.heard.filter((one) => one.event !== 'ready')).toEqual([])
  })

  test('the first message makes the conversation, and both sides are told of it before they hear the message', async () => {
    const [ana, ben] = people('ana', 'ben')
    const heardBy = await socket(ben, { gateway: 1 })
    const sender = await socket(ana)
    const replies = await Promise.all(upTo(5).map((n) => sender.send('send_message', { to: ben, content: `m${n}` })))
    expect(replies.map((reply) => reply.ok && reply.data.seq)).toEqual(upTo(5))
    await expect.poll(() => seqs(heardBy.messages())).toEqual(upTo(5))
    expect(heardBy.heard.map((one) => one.event)).toEqual([
      'ready',
      'new_conversation',
      ...upTo(5).map(() => 'new_message'),
    ])
  })

  test('edits and deletions come after their message, with the present state', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const reader = await socket(ben, { gateway: 1 })
    const writer = await socket(ana)
    const sent = await writer.send('send_message', { conversationId: id, content: 'frist' })
    if (!sent.ok) throw new Error(sent.error.message)
    const messageId = sent.data.id
    expect(await writer.send('edit_message', { messageId, content: 'first' })).toMatchObject({
      ok: true,
      data: { content: 'first', seq: 1 },
    })
    expect(await reader.send('edit_message', { messageId, content: 'mine' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    })
    await writer.send('delete_message', { messageId })
    await expect
      .poll(() => reader.heard.filter((one) => /message/.test(one.event)).map((one) => [one.event, one.data]))
      .toMatchObject([
        ['new_message', { content: 'frist', editedAt: null }],
        ['message_updated', { content: 'first', deletedAt: null }],
        ['message_updated', { content: '', deletedAt: expect.any(String) }],
      ])
    expect(await rest(stack, ben).call('GET', `/messages/${messageId}`)).toMatchObject({
      status: 200,
      body: { content: '', deletedAt: expect.any(String), seq: 1 },
    })
  })

  test('what somebody deletes for themself goes from their other devices, and stays with the others', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id: conversationId } = await rest(stack, ana).direct(ben)
    const path = `/conversations/${conversationId}/messages`
    const say = async (content: string) => (await rest(stack, ana).call<Message>('POST', path, { content })).body.id
    const [one, two] = [await say('one'), await say('two')]
    const phone = await socket(ben, { gateway: 1 })
    const laptop = await socket(ben)
    expect(await rest(stack, ben).call('DELETE', `/messages/${one}?for=me`)).toMatchObject({ status: 200 })
    expect(await laptop.send('delete_messages', { messageIds: [two], for: 'me' })).toMatchObject({
      data: { data: [{ messageId: two, error: null }] },
    })
    for (const device of [phone, laptop])
      await expect
        .poll(() => device.of('message_hidden'))
        .toEqual([one, two].map((messageId, i) => ({ conversationId, messageId, seq: i + 1 })))
    const pageOf = async (reader: string) =>
      (await rest(stack, reader).call<{ data: Message[] }>('GET', path)).body.data.map(({ content }) => content)
    expect([await pageOf(ben), await pageOf(ana)]).toEqual([[], ['one', 'two']])
  })

  test('reactions by REST and by socket are heard by everybody as the present state of their message', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const { body: sent } = await rest(stack, ana).call<Message>('POST', `/conversations/${id}/messages`, {
      content: 'x',
    })
    const reader = await socket(ana, { gateway: 1 })
    const other = await socket(ben)
    const thumb = `/messages/${sent.id}/reactions/${encodeURIComponent('👍')}`
    const there = [{ emoji: '👍', userIds: [ben] }]
    expect(await rest(stack, ben).call('PUT', thumb)).toMatchObject({ status: 200, body: { reactions: there } })
    expect(await other.send('add_reaction', { messageId: sent.id, emoji: '🎉' })).toMatchObject({ ok: true })
    expect(await other.send('remove_reaction', { messageId: sent.id, emoji: '🎉' })).toMatchObject({ ok: true })
    expect(await rest(stack, ben).call('DELETE', thumb)).toMatchObject({ status: 200, body: { reactions: [] } })
    await expect
      .poll(() => reader.of<Message>('message_updated').map(({ reactions }) => reactions))
      .toEqual([there, [...there, { emoji: '🎉', userIds: [ben] }], there, []])
    expect(await other.send('add_reaction', { messageId: sent.id, emoji: 'ok' })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', errors: [{ pointer: '/emoji' }] },
    })
  })

  test('what somebody does with a conversation for themself is on all of their devices, by REST and by socket, and on no other', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id: conversationId } = await rest(stack, ana).direct(ben)
    const here = await socket(ana, { gateway: 0 })
    const there = await socket(ana, { gateway: 1 })
    const other = await socket(ben, { gateway: 1 })
    await rest(stack, ben).call('POST', `/conversations/${conversationId}/messages`, { content: 'hello' })
    await expect.poll(() => [here, there].map((one) => one.messages(conversationId).length)).toEqual([1, 1])
    const path = `/conversations/${conversationId}`
    const byRest = async (method: string, url: string, body?: object) =>
      (await rest(stack, ana).call<OwnConversation>(method, `${path}${url}`, body)).body.me
    const bySocket = async (event: 'put_draft' | 'mute_conversation' | 'delete_conversation', more: object) => {
      // of the event's own input, which the name says
      const reply = await here.send(event, { conversationId, ...more } as never)
      return ((reply as { data?: OwnConversation }).data as OwnConversation).me
    }
    const said = [
      await byRest('PUT', '/pin'),
      await bySocket('mute_conversation', { until: null }),
      await bySocket('put_draft', { content: 'and so' }),
      await byRest('PUT', '/archive'),
      await byRest('DELETE', '/draft'),
      await bySocket('delete_conversation', {}),
    ]
    expect(said[3]).toMatchObject({ archivedAt: expect.any(String), pinnedAt: null, draft: { content: 'and so' } })
    expect(said[5]).toMatchObject({ archivedAt: null, clearedBeforeSeq: 1, mutedUntil: expect.stringMatching(/^9999/) })
    for (const device of [here, there])
      await expect.poll(() => device.of<OwnConversation>('conversation_state').map(({ me }) => me)).toEqual(said)
    expect((await rest(stack, ana).call<{ data: unknown[] }>('GET', '/conversations')).body.data).toEqual([])
    await rest(stack, ben).call('POST', `${path}/messages`, { content: 'are you there?' })
    await expect.poll(() => other.messages(conversationId).length).toBe(2)
    expect(other.of('conversation_state')).toEqual([])
    const { body } = await rest(stack, ana).call<{ data: unknown[] }>('GET', '/conversations?unread=true')
    expect(body.data).toMatchObject([{ id: conversationId, unreadCount: 1, me: { clearedAt: null } }])
  })

  test('unread counts, read receipts and the own state on another device agree', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const [phone, laptop, sender] = await Promise.all([socket(ben), socket(ben, { gateway: 1 }), socket(ana)])
    for (const n of upTo(3)) await sender.send('send_message', { conversationId: id, content: `m${n}` })
    const unread = async (who: string) =>
      (await rest(stack, who).call<{ unreadCount: number }>('GET', `/conversations/${id}/unread-count`)).body
        .unreadCount
    expect([await unread(ana), await unread(ben)]).toEqual([0, 3])
    expect(await phone.send('mark_delivered', { conversationId: id, seq: 1 })).toMatchObject({
      ok: true,
      data: { lastDeliveredSeq: 1 },
    })
    expect(await rest(stack, ben).call('PUT', `/conversations/${id}/delivered`, { seq: 3 })).toMatchObject({
      status: 200,
      body: { lastDeliveredSeq: 3 },
    })
    await expect
      .poll(() => sender.of('messages_delivered'))
      .toMatchObject([
        { userId: ben, seq: 1 },
        { userId: ben, seq: 3 },
      ])
    expect(await phone.send('mark_read', { conversationId: id, seq: 2 })).toMatchObject({
      ok: true,
      data: { lastReadSeq: 2, unreadCount: 1 },
    })
    // never back, and never beyond the end
    expect(await phone.send('mark_read', { conversationId: id, seq: 1 })).toMatchObject({ data: { lastReadSeq: 2 } })
    expect(await phone.send('mark_read', { conversationId: id, seq: 99 })).toMatchObject({
      data: { lastReadSeq: 3, unreadCount: 0 },
    })
    await expect
      .poll(() => sender.of('messages_read'))
      .toMatchObject([
        { userId: ben, seq: 2 },
        { userId: ben, seq: 3 },
      ])
    await expect
      .poll(() => laptop.of('conversation_state'))
      .toMatchObject([{ unreadCount: 1 }, { unreadCount: 0, me: { lastReadSeq: 3 } }])
    expect(sender.of('conversation_state')).toEqual([])
    expect(await rest(stack, ben).call('GET', '/unread-count')).toMatchObject({ body: { unreadCount: 0 } })
    // marked as unread on one device, and read one by one on another
    expect(await phone.send('mark_unread', { conversationId: id, seq: 2 })).toMatchObject({ data: { unreadCount: 2 } })
    await expect.poll(() => laptop.of('conversation_state').at(-1)).toMatchObject({ me: { unreadFrom: 2 } })
    const { body: page } = await rest(stack, ben).call<{ data: { id: string }[] }>(
      'GET',
      `/conversations/${id}/messages`,
    )
    const messageIds = page.data.map((message) => message.id)
    expect(await laptop.send('mark_messages_read', { messageIds: messageIds.slice(0, 2) })).toMatchObject({
      data: { data: [{ conversationId: id, lastReadSeq: 3, unreadCount: 0 }], notFound: [] },
    })
    await expect.poll(() => phone.of('conversation_state').at(-1)).toMatchObject({ me: { unreadFrom: null } })
    expect(await rest(stack, ana).call('GET', `/messages/${messageIds[0]}/receipts`)).toMatchObject({
      body: { data: [{ userId: ben, deliveredAt: expect.any(String), readAt: expect.any(String) }], readCount: 1 },
    })
  })

  test('whoever keeps receipts to themself is told of none', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const [one, other, sender] = await Promise.all([socket(ben), socket(ben, { gateway: 1 }), socket(ana)])
    expect(await rest(stack, ben).call('PATCH', '/me', { receipts: false })).toMatchObject({
      body: { receipts: false },
    })
    await sender.send('send_message', { conversationId: id, content: 'hello' })
    await one.send('mark_read', { conversationId: id, seq: 1 })
    await one.send('send_message', { conversationId: id, content: 'seen' })
    await sender.send('mark_read', { conversationId: id, seq: 2 })
    await one.send('send_message', { conversationId: id, content: 'what comes after all that' })
    for (const who of [sender, other]) await expect.poll(() => who.of('new_message')).toHaveLength(3)
    // each of the two hears of themself alone
    const readers = [sender, other].map((who) => who.of('messages_read').map(({ userId }) => userId))
    expect(readers).toEqual([[ana], [ben]])
  })

  test('a late joiner and a leaver see nothing across their line, live or by page', async () => {
    const [ana, ben, joe] = people('ana', 'ben', 'joe')
    const owner = rest(stack, ana)
    const { id } = await owner.group([ben])
    /** What people say; the system tells who comes and goes. */
    const said = (messages: Message[]) => messages.flatMap(({ type, content }) => (type === 'text' ? [content] : []))
    const say = (content: string) => owner.call('POST', `/conversations/${id}/messages`, { content })
    const joiner = await socket(joe, { gateway: 1 })
    const leaver = await socket(ben)
    await leaver.send('join_conversation', { conversationId: id })
    await say('before')
    expect((await owner.call('POST', `/conversations/${id}/participants`, { userId: joe })).status).toBe(201)
    await say('while both')
    expect((await owner.call('DELETE', `/conversations/${id}/participants/${ben}`)).status).toBe(204)
    await say('after')
    await expect.poll(() => said(joiner.messages(id))).toEqual(['while both', 'after'])
    await expect.poll(() => said(leaver.messages(id))).toEqual(['before', 'while both'])
    expect(leaver.of('participant_left')).toMatchObject([{ userId: ben }])
    expect(joiner.of('new_conversation')).toMatchObject([{ id, title: 'A group' }])
    expect(said(await rest(stack, joe).messages(id))).toEqual(['while both', 'after'])
    expect(await rest(stack, ben).call('GET', `/conversations/${id}/messages`)).toMatchObject({ status: 404 })
    // an edit of what the joiner may not see stays unheard
    const [first] = await owner.messages(id)
    await owner.call('PATCH', `/messages/${first!.id}`, { content: 'before, edited' })
    // and back again: what was said meanwhile stays hidden
    await owner.call('POST', `/conversations/${id}/participants`, { userId: ben })
    await say('welcome back')
    await expect.poll(() => said(leaver.messages(id))).toEqual(['before', 'while both', 'welcome back'])
    expect(said(await rest(stack, ben).messages(id))).toEqual(['welcome back'])
    expect(joiner.of('message_updated')).toEqual([])
  })

  test('typing reaches the others who have the conversation open, and nobody else', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const [typist, same, other, closed] = await Promise.all([
      socket(ana),
      socket(ana, { gateway: 1 }),
      socket(ben, { gateway: 1 }),
      socket(ben),
    ])
    for (const one of [typist, same, other]) await one.send('join_conversation', { conversationId: id })
    expect(await typist.send('typing_start', { conversationId: id })).toEqual({ ok: true, data: { everywhere: true } })
    await typist.send('typing_stop', { conversationId: id })
    await expect
      .poll(() => other.of('user_typing'))
      .toEqual([
        { conversationId: id, userId: ana, isTyping: true },
        { conversationId: id, userId: ana, isTyping: false },
      ])
    expect([...same.of('user_typing'), ...closed.of('user_typing'), ...typist.of('user_typing')]).toEqual([])
  })

  test('whoever may not write is not heard typing, and is told why', async () => {
    const [ana, ben] = people('ana', 'ben')
    const [owner, other] = [rest(stack, ana), rest(stack, ben)]
    const { id } = await owner.group([ben])
    const { id: direct } = await owner.direct(ben)
    const [typist, listener] = await Promise.all([socket(ben), socket(ana, { gateway: 1 })])
    for (const one of [typist, listener])
      for (const conversationId of [id, direct]) await one.send('join_conversation', { conversationId })
    const start = (conversationId: string) => typist.send('typing_start', { conversationId })
    const code = async (conversationId: string) => {
      const reply = await start(conversationId)
      return reply.ok ? 'ok' : reply.error.code
    }
    const heard = () =>
      listener.of('user_typing').map(({ conversationId, isTyping }) => [conversationId === id, isTyping])
    expect([await code(id), await code(direct)]).toEqual(['ok', 'ok'])
    await expect.poll(heard).toEqual([
      [true, true],
      [false, true],
    ])
    // the others hear that they have stopped as soon as they go on
    await owner.call('PATCH', `/conversations/${id}/participants/${ben}`, { role: 'observer' })
    await expect.poll(() => code(id)).toBe('forbidden')
    await owner.call('PUT', `/users/${ben}/block`)
    await expect.poll(() => code(direct)).toBe('blocked')
    await expect.poll(heard).toEqual([
      [true, true],
      [false, true],
      [true, false],
      [false, false],
    ])
    await owner.call('PATCH', `/conversations/${id}/participants/${ben}`, { role: 'member' })
    await expect.poll(() => code(id)).toBe('ok')
    await other.call('DELETE', `/conversations/${id}/participants/${ben}`)
    await expect.poll(() => code(id)).toBe('not_found')
    await owner.call('DELETE', `/users/${ben}/block`)
    await expect.poll(() => code(direct)).toBe('ok')
  })

  test('what was said is found a moment later, on any way and any process, and what was deleted is found no more', async () => {
    const [ana, ben] = people('ana', 'ben')
    const sender = rest(stack, ana)
    const { id } = await sender.direct(ben)
    await sender.call('POST', `/conversations/${id}/messages`, { content: 'The café is on the corner' })
    const { body } = await sender.call<Message>('POST', `/conversations/${id}/messages`, {
      content: 'no coffee, though',
    })
    const reader = rest(stack, ben)
    const found = async (q: string) =>
      (await reader.call<Page<FoundMessage>>('GET', `/messages/search?q=${encodeURIComponent(q)}`)).body.data
    await expect.poll(async () => (await found('coffee')).length, { timeout: 10_000 }).toBe(1)
    expect(await found('cafe corn')).toMatchObject([
      {
        message: { content: 'The café is on the corner', senderId: ana },
        highlights: [
          [4, 4],
          [19, 6],
        ],
        conversation: { id, kind: 'direct' },
      },
    ])
    const plain = await socket(ben, { gateway: 1 })
    expect(await plain.send('search_messages', { q: 'coffee' })).toMatchObject({
      ok: true,
      data: { data: [{ message: { id: body.id } }], hasMore: false },
    })
    await sender.call('DELETE', `/messages/${body.id}`)
    expect(await found('coffee')).toEqual([])
  })

  test('coming back costs one sync, which says exactly what changed', async () => {
    const [ana, ben] = people('ana', 'ben')
    const sender = rest(stack, ana)
    const { id } = await sender.direct(ben)
    const say = async (content: string) =>
      (await sender.call<Message>('POST', `/conversations/${id}/messages`, { content })).body
    const first = await say('one')
    const reader = rest(stack, ben)
    const { body: before } = await reader.call<{ cursor: string }>('GET', `/conversations/${id}`)
    const none = await reader.call<{ conversations: unknown[] }>('POST', '/sync', {
      cursors: [{ conversationId: id, cursor: before.cursor }],
    })
    expect(none.body.conversations).toEqual([])
    await say('two')
    await sender.call('PATCH', `/messages/${first.id}`, { content: 'one, edited' })
    const other = await rest(stack, ana).group([ben], 'new meanwhile')
    const { body } = await reader.call<Record<string, unknown>>('POST', '/sync', {
      cursors: [
        { conversationId: id, cursor: before.cursor },
        { conversationId: '01900000-0000-7000-8000-000000000000', cursor: null },
      ],
      since: new Date(Date.now() - 60_000).toISOString(),
    })
    expect(body).toMatchObject({
      conversations: [
        { conversation: { id }, messages: [{ content: 'two', seq: 2 }], changed: [{ content: 'one, edited', seq: 1 }] },
        { conversation: { id: other.id, title: 'new meanwhile' } },
      ],
      gone: ['01900000-0000-7000-8000-000000000000'],
      hasMore: false,
    })
  })

  test('a handshake that asks what was missed is answered in ready, and what is said from then on is heard', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const sender = await connect(stack, ana)
    const say = (content: string) =>
      sender.send('send_message', { conversationId: id, content, clientId: randomUUID() })
    await say('one')
    const { body: held } = await rest(stack, ben).call<{ cursor: string }>('GET', `/conversations/${id}`)
    await say('two')
    const cursors = [{ conversationId: id, cursor: held.cursor }]
    for (const transports of [['websocket'], ['polling']]) {
      // its words are told while the reader comes: it has each once, by `ready` or live, or it is to ask
      const meanwhile = say(`while somebody comes by ${transports}`)
      const reader = await connect(stack, ben, { gateway: 1, transports, sync: { cursors } })
      await meanwhile
      await say('afterwards')
      const [ready] = reader.of<{ sync?: SyncResult }>('ready')
      const missed = ready!.sync?.conversations.flatMap(({ messages }) => messages) ?? []
      if (ready!.sync) expect(missed[0]).toMatchObject({ content: 'two', seq: 2 })
      const lastSeq = (await rest(stack, ben).messages(id)).at(-1)!.seq
      await vi.waitFor(() => expect(reader.messages(id).at(-1)).toMatchObject({ seq: lastSeq }), 10_000)
      const known = [...new Set(seqs([...missed, ...reader.messages(id)]))]
      if (ready!.sync) expect(known).toEqual(Array.from({ length: lastSeq - 1 }, (_, i) => i + 2))
      reader.close()
    }
    const quiet = await connect(stack, ben, { gateway: 1, sync: { cursors } })
    expect(quiet.of<{ sync?: SyncResult }>('ready')[0]!.sync).toMatchObject({
      conversations: [
        { conversation: { id }, messages: expect.arrayContaining([expect.objectContaining({ content: 'two' })]) },
      ],
      ...{ gone: [], hasMore: false },
    })
    const wrong = { cursors: [{ conversationId: 'x', cursor: null }] }
    await expect(connect(stack, ben, { sync: wrong })).rejects.toMatchObject({ data: { code: 'invalid_input' } })
    for (const one of [sender, quiet]) one.close()
  })
})
