import { randomUUID } from 'node:crypto'
import { type Actor, ParleyError, type SendMessage } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('messages with attachments', (current) => {
  const scene = async () => {
    const world = current()
    const { ana, ben, joe } = world.people('ana', 'ben', 'joe')
    await world.withoutNotices(ana)
    const conversationId = await world.group(ana, ben)
    world.committed.length = 0
    world.storage.calls.length = 0
    return {
      ...world,
      ...{ ana, ben, joe, conversationId, backend: backendOf(ana) },
      upload: (more?: object, who: Actor = ana, into = conversationId) => world.storage.upload(who, into, more),
      send: async (body: Partial<SendMessage>, who: Actor = ana) =>
        world.chat.sendMessage(who, { conversationId, ...body }),
      /** What is refused, and where. */
      refusal: (call: Promise<unknown>) =>
        call.then(
          () => 'sent',
          (err: ParleyError) => `${err.code} ${err.errors?.map(({ pointer, code }) => `${pointer} ${code}`) ?? ''}`,
        ),
    }
  }

  test('they are in the message wherever it is read, and a plain text asks nobody for any', async () => {
    const { ana, ben, chat, admin, backend, upload, send, storage, committed, conversationId, store } = await scene()
    await send({ content: 'plain' })
    expect(storage.calls).toEqual([])
    const attachments = [upload(), upload({ name: 'plan.pdf', kind: 'file', mime: 'application/pdf' })]
    const body = { content: 'look', attachments: attachments.map(({ id }) => id), clientId: 'k' }
    const { message, created } = await send(body)
    expect([created, message.type, message.attachments]).toEqual([true, 'text', attachments])
    const { clientId: _, ...shown } = message
    expect(committed.at(-1)!.changes.map(({ data, live }) => [data, live[0]!.data])).toEqual([[shown, shown]])
    expect((await chat.listMessages(ben, { conversationId })).data.at(-1)).toEqual(shown)
    expect(await chat.getMessage(ben, { messageId: message.id })).toEqual(shown)
    expect((await chat.getConversation(ben, { conversationId })).lastMessage).toEqual(shown)
    expect((await chat.listConversations(ben, {})).data[0]!.lastMessage).toEqual(shown)
    expect(
      (await chat.sync(ben, { cursors: [{ conversationId, cursor: null }] })).conversations[0]!.messages.at(-1),
    ).toEqual(shown)
    expect((await admin.inspectMessages(backend, { conversationId })).data.at(-1)).toEqual(shown)
    expect(await store.snapshot(ana.tenantId, ({ messages }) => messages.range(conversationId, 1, 1))).toEqual([shown])
    const answer = await send({ content: 'nice', replyTo: message.id }, ben)
    expect(answer.message.replyTo!.content).toBe('🖼️ look')
    // a repeat is answered as the first one was, and is not claimed again; with other files it is another message
    storage.calls.length = 0
    expect(await send(body)).toEqual({ message, created: false })
    expect(await codeOf(send({ ...body, attachments: [attachments[0]!.id] }))).toBe('key_reused')
    expect(storage.calls).toEqual([])
  })

  test('the type may be left out, and otherwise is what is attached', async () => {
    const { upload, send, refusal, chat, ben, conversationId, admin, backend, storage } = await scene()
    const file = (kind: string) => upload({ kind }).id
    const typeOf = async (attachments: string[]) => (await send({ attachments })).message.type
    expect(await typeOf([file('image'), file('image')])).toBe('image')
    expect(await typeOf([file('video')])).toBe('video')
    expect(await typeOf([file('audio')])).toBe('audio')
    expect(await typeOf([file('file')])).toBe('file')
    expect(await typeOf([file('image'), file('video')])).toBe('file')
    expect((await send({ type: 'image', attachments: [file('file'), file('image')] })).message.type).toBe('image')
    expect((await send({ type: 'file', attachments: [file('video')] })).message.type).toBe('file')
    const video = file('video')
    expect(await refusal(send({ type: 'image', attachments: [video] }))).toBe('invalid_input /attachments kind')
    await expect.poll(() => storage.ownerOf(video)).toBeUndefined()
    const { data } = await chat.listMessages(ben, { conversationId, limit: 1 })
    expect(data[0]).toMatchObject({ type: 'file', content: '', attachments: [{ kind: 'video' }] })
    await admin.setPolicy(backend, { messages: { types: ['text', 'video'] } })
    expect(await refusal(send({ attachments: [file('image')] }))).toBe('invalid_input /type policy')
    expect(await refusal(send({ attachments: [video] }))).toBe('sent')
  })

  test('what cannot be attached is refused at its place', async () => {
    const { ana, ben, upload, send, refusal, admin, backend, storage, conversationId, group, store } = await scene()
    const [one, two] = [upload().id, upload().id]
    await admin.setPolicy(backend, { attachments: { maxCount: 2 } })
    const place = async (body: Partial<SendMessage>) => refusal(send(body))
    expect(await place({ type: 'image', content: 'x' })).toBe('invalid_input /attachments required')
    expect(await place({ attachments: [one, 'a'] })).toBe('invalid_input /attachments/1 format')
    expect(await place({ attachments: [one, two, one] })).toBe('invalid_input /attachments/2 uniqueItems')
    expect(await place({ attachments: [one, two, upload().id] })).toBe('invalid_input /attachments/2 maxItems')
    const location = { type: 'location', payload: { latitude: 1, longitude: 2 } }
    expect(await place({ ...location, attachments: [one] })).toBe('invalid_input /attachments kind')
    expect(await place({ type: 'text', attachments: [one] })).toBe('invalid_input /content required')
    expect(storage.calls).toEqual([])
    // of nobody, of somebody else, of another conversation
    const others = [randomUUID(), upload({}, ben).id, upload({}, ana, await group(ana)).id]
    for (const id of others)
      expect(await place({ attachments: [one, id] })).toBe('invalid_input /attachments/1 not_found')
    expect(storage.ownerOf(one)).toBeUndefined()
    storage.isDown = true
    expect(await place({ attachments: [one] })).toBe('unavailable ')
    storage.isDown = false
    expect(await place({ attachments: [one] })).toBe('sent')
    const without = createUseCases({ store, newId: randomUUID }).chat
    expect(await refusal(without.sendMessage(ana, { conversationId, attachments: [two] }))).toBe(
      'invalid_input /attachments storage_unavailable',
    )
  })

  test('of two messages that want the same file one has it, and one that is refused lets it go', async () => {
    const { ana, ben, joe, upload, send, storage, chat, conversationId } = await scene()
    const { id } = upload()
    const both = await Promise.all(['a', 'b'].map((clientId) => codeOf(send({ attachments: [id], clientId }))))
    expect(both.sort()).toEqual(['invalid_input', 'ok'])
    const mine = upload()
    await chat.sendMessage(ana, { to: 'joe', content: 'hello' })
    await chat.blockUser(joe, { userId: 'ana' })
    const direct = (await chat.listConversations(ana, { kind: 'direct' })).data[0]!.id
    const blocked = upload({}, ana, direct)
    expect(await codeOf(chat.sendMessage(ana, { to: 'joe', attachments: [blocked.id] }))).toBe('blocked')
    await expect.poll(() => storage.ownerOf(blocked.id)).toBeUndefined()
    await chat.unblockUser(joe, { userId: 'ana' })
    expect((await chat.sendMessage(ana, { to: 'joe', attachments: [blocked.id] })).message.attachments).toEqual([
      blocked,
    ])
    // nobody knows whether it was sent: it stays the message's, which finds it when it is sent again
    storage.onClaimed = () => {
      throw new ParleyError('unavailable', 'The answer is lost')
    }
    expect(await codeOf(send({ attachments: [mine.id], clientId: 'lost' }))).toBe('unavailable')
    storage.onClaimed = () => {}
    expect(storage.ownerOf(mine.id)).toBe('lost')
    const again = () => send({ attachments: [mine.id], clientId: 'lost' })
    expect([(await again()).created, (await again()).created]).toEqual([true, false])
    const { data } = await chat.listMessages(ben, { conversationId })
    expect(data.filter(({ attachments }) => attachments.some((one) => one.id === mine.id))).toHaveLength(1)
  })

  test('the storage service is told what was written with files, and of a text with a link where it is to get a card', async () => {
    const { authority } = current()
    const { ana, admin, upload, send, storage, chat, conversationId } = await scene()
    const told = async (call: Promise<unknown>) => {
      storage.calls.length = 0
      await call
      return storage.calls.includes('messageWritten')
    }
    const file = upload().id
    expect(await told(send({ attachments: [file], clientId: 'once' }))).toBe(true)
    expect(await told(send({ attachments: [file], clientId: 'once' }))).toBe(false)
    const link = { content: 'see https://shop.example/flat' }
    expect(await told(send(link))).toBe(false)
    await admin.setPolicy({ ...ana, role: 'admin' }, { attachments: { linkPreviews: true } })
    expect([await told(send(link)), await told(send({ content: 'no link' }))]).toEqual([true, false])
    const { message } = await send(link)
    const edit = (content: string) => told(chat.editMessage(ana, { messageId: message.id, content }))
    // where there is no card yet, it is of the new words; the one that is there stays with its link, and goes with it
    expect([await edit('https://shop.example/flat?'), await edit('no link')]).toEqual([true, false])
    const { rev } = await chat.editMessage(ana, { messageId: message.id, content: link.content })
    const preview = { url: 'https://shop.example/flat', title: 'Flat', description: null, siteName: null, image: null }
    await authority.linkPreviewed(backendOf(ana), { messageId: message.id, rev, preview })
    expect([await edit('now https://shop.example/flat'), await edit('no link')]).toEqual([false, true])
    const [sent] = (await chat.listMessages(ana, { conversationId })).data.filter((one) => one.attachments.length > 0)
    const passOn = { messageId: sent!.id, conversationIds: [conversationId] }
    expect(await told(chat.forwardMessage(ana, passOn))).toBe(true)
  })

  test('what one sends stands in its order, though files have to be claimed first', async () => {
    const { upload, send, storage, chat, ben, conversationId } = await scene()
    let answer = () => {}
    storage.onClaimed = () => new Promise<void>((resolve) => (answer = resolve))
    const picture = send({ attachments: [upload().id] })
    await expect.poll(() => storage.calls).toEqual(['claimAttachments'])
    const after = send({ content: 'after it' })
    await send({ content: 'of somebody else' }, ben)
    storage.onClaimed = () => {}
    answer()
    await Promise.all([picture, after])
    const { data } = await chat.listMessages(ben, { conversationId })
    expect(data.map(({ type, content }) => content || type)).toEqual(['of somebody else', 'image', 'after it'])
  })

  test('a caption is edited and taken away; a text is not', async () => {
    const { ana, ben, upload, send, chat, refusal } = await scene()
    const { message } = await send({ attachments: [upload().id] })
    const edit = (content: string, messageId = message.id) => chat.editMessage(ana, { messageId, content })
    expect(await edit('the harbour')).toMatchObject({ content: 'the harbour', attachments: message.attachments })
    expect(await edit('')).toMatchObject({ content: '', attachments: message.attachments })
    expect((await chat.getMessage(ben, { messageId: message.id })).editedAt).not.toBeNull()
    const { message: plain } = await send({ content: 'plain' })
    expect(await refusal(edit('', plain.id))).toBe('invalid_input /content required')
  })

  test('deleted for everyone, they are gone at once, and a report keeps their names', async () => {
    const { ana, ben, chat, admin, backend, upload, send, committed, indexEvents, fillSearch, storage } = await scene()
    const file = upload({ name: 'Quotation harbour.pdf', kind: 'file' })
    const body = { attachments: [file.id], clientId: 'gone' }
    const { message } = await send(body)
    const answer = await send({ content: 'fine', replyTo: message.id }, ben)
    expect(answer.message.replyTo!.content).toBe('📎 Quotation harbour.pdf')
    await chat.report(ben, { messageId: message.id, reason: 'fraud' })
    const index = async () => {
      while ((await fillSearch(500)) === 'contended' || (await indexEvents(500)) === 'contended');
    }
    const found = async () => (await chat.searchMessages(ben, { q: 'quotation' })).data.map((one) => one.message.id)
    await index()
    expect(await found()).toEqual([message.id])
    await chat.deleteMessage(ana, { messageId: message.id })
    const event = committed.at(-1)!.changes[0]!
    expect(event).toMatchObject({ type: 'message.deleted', data: { attachments: [], deletedAttachments: [file.id] } })
    expect(JSON.stringify(event)).not.toMatch(/quotation/i)
    await index()
    expect(await found()).toEqual([])
    expect((await chat.getMessage(ben, { messageId: answer.message.id })).replyTo!.content).toBe('')
    const [kept] = (await admin.listReports(backend, {})).data
    expect(kept!.message).toMatchObject({ attachmentNames: ['Quotation harbour.pdf'] })
    expect(JSON.stringify(kept)).not.toContain(file.id)
    // a repeat of the send is answered without asking for what is gone
    storage.isDown = true
    expect(await send(body)).toMatchObject({ created: false, message: { id: message.id, attachments: [] } })
    storage.isDown = false
  })

  test('passed on, each message has copies of its own; what is imported has none', async () => {
    const { ana, ben, joe, chat, host, backend, group, upload, send, storage, conversationId } = await scene()
    const { message } = await send({ content: 'look', attachments: [upload().id, upload().id] })
    const to = [await group(ben, joe), await group(ben), await group(joe, ana)]
    const call = { messageId: message.id, conversationIds: to, clientId: 'f' }
    const { data } = await chat.forwardMessage(ben, call)
    expect(data.map(({ error }) => error?.code ?? null)).toEqual([null, null, 'not_found'])
    const ids = data.flatMap((one) => one.message?.attachments.map(({ id }) => id) ?? [])
    expect(new Set([...ids, ...message.attachments.map(({ id }) => id)]).size).toBe(6)
    expect((await chat.listMessages(joe, { conversationId: to[0]! })).data.at(-1)!.attachments).toEqual(
      data[0]!.message!.attachments,
    )
    expect((await chat.forwardMessage(ben, call)).data.slice(0, 2)).toEqual(data.slice(0, 2))
    await expect.poll(() => storage.calls).toContain('releaseAttachments')
    const imported = { type: 'image', senderId: 'ana', createdAt: new Date().toISOString(), clientId: 'i' }
    await expect(host.importMessages(backend, { conversationId, messages: [imported] })).rejects.toMatchObject({
      errors: [{ pointer: '/messages/0/attachments', code: 'required' }],
    })
  })

  test('what waits for its time keeps its files until then', async () => {
    const { ana, ben, chat, upload, storage, asOwner, runJobs, conversationId, refusal } = await scene()
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const [first, second] = [upload(), upload()]
    const schedule = (body: object) => chat.scheduleMessage(ana, { conversationId, sendAt, ...body })
    const { scheduled } = await schedule({ attachments: [first.id], clientId: 's' })
    expect(storage.ownerOf(first.id)).toBe(scheduled.id)
    expect(await schedule({ attachments: [first.id], clientId: 's' })).toEqual({ scheduled, created: false })
    expect(await refusal(schedule({ attachments: [first.id] }))).toBe('invalid_input /attachments/0 not_found')
    const nowhere = { conversationId: undefined, to: 'ben', attachments: [second.id] }
    expect(await refusal(schedule(nowhere))).toBe('invalid_input /conversationId required')
    // others instead; where those are not to be had, it has the ones that it had
    const change = (attachments: string[]) =>
      chat.updateScheduledMessage(ana, { scheduledMessageId: scheduled.id, attachments })
    expect(await refusal(change([randomUUID()]))).toBe('invalid_input /attachments/0 not_found')
    expect(storage.ownerOf(first.id)).toBe(scheduled.id)
    await change([second.id])
    expect([storage.ownerOf(first.id), storage.ownerOf(second.id)]).toEqual([undefined, scheduled.id])
    await asOwner('UPDATE jobs SET run_at = clock_timestamp() WHERE key = $1', [scheduled.id])
    await runJobs()
    expect((await chat.listMessages(ben, { conversationId })).data.at(-1)!.attachments).toEqual([second])
    const cancelled = await schedule({ attachments: [first.id] })
    await chat.cancelScheduledMessage(ana, { scheduledMessageId: cancelled.scheduled.id })
    await expect.poll(() => storage.ownerOf(first.id)).toBeUndefined()
  })
})
