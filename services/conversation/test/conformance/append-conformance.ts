import { describe, expect, test } from 'vitest'
import { readPage } from '../read-page.ts'
import { type TestWorld, upTo } from '../test-world.ts'

export function describeAppend(current: () => TestWorld): void {
  describe('sending', () => {
    test('messages are numbered 1..N without a gap, in the order in which they were sent', async () => {
      const { people, group, send, store } = current()
      const { ana, ben } = people('ana', 'ben')
      const [one, two] = [await group(ana, ben), await group(ben, ana)]
      const sent = await Promise.all(
        upTo(40).map((n) => send(n % 4 === 0 ? two : one, n % 2 === 0 ? ana : ben, `m${n}`)),
      )
      const seqsOf = (id: string) => sent.filter((s) => s.message.conversationId === id).map((s) => s.message.seq)
      expect(seqsOf(one)).toEqual(upTo(30))
      expect(seqsOf(two)).toEqual(upTo(10))
      const page = await readPage(store.reads, ana, one, { limit: 50 })
      expect(page).toEqual(sent.filter((s) => s.message.conversationId === one).map((s) => s.message))
    })

    test('the reply is what every later read shows, to the millisecond', async () => {
      const { people, group, send, chat } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      for (const n of upTo(12)) {
        const { message, created } = await send(id, ana, `m${n}`)
        expect(created).toBe(true)
        expect(await chat.getMessage(ana, { messageId: message.id })).toEqual(message)
      }
    })

    test('a repeat gets the first reply, also after the message was edited, deleted, and its sender removed', async () => {
      const { people, group, send, chat, withoutNotices } = current()
      const { ana, ben } = people('ana', 'ben')
      await withoutNotices(ana)
      const id = await group(ana, ben)
      const first = await send(id, ben, 'hello', { clientId: 'k' })
      const again = async () => {
        const { message, created } = await send(id, ben, 'hello', { clientId: 'k' })
        expect(created).toBe(false)
        expect(message).toEqual(first.message)
      }
      await again()
      await chat.editMessage(ben, { messageId: first.message.id, content: 'edited' })
      await again()
      await chat.deleteMessage(ben, { messageId: first.message.id })
      await again()
      await chat.removeParticipant(ana, { conversationId: id, userId: ben.userId })
      await again()
      expect((await chat.getConversation(ana, { conversationId: id })).lastSeq).toBe(1)
    })

    test('fifty repeats at once are one message', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      const replies = await Promise.all(upTo(50).map(() => send(id, ana, 'once', { clientId: 'k' })))
      expect(new Set(replies.map((r) => r.message.id)).size).toBe(1)
      expect(replies.filter((r) => r.created)).toHaveLength(1)
      const page = (await readPage(store.reads, ana, id, { limit: 50 })) ?? []
      expect(page.map((m) => m.id)).toEqual([replies[0]!.message.id])
    })

    test('the same clientId with another text is refused, at once or later, and stores nothing', async () => {
      const { people, group, send, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      const results = await Promise.allSettled([
        send(id, ana, 'one', { clientId: 'k' }),
        send(id, ana, 'two', { clientId: 'k' }),
      ])
      expect(results).toMatchObject([
        { status: 'fulfilled', value: { message: { content: 'one', seq: 1 } } },
        { status: 'rejected', reason: { code: 'key_reused' } },
      ])
      await expect(send(id, ana, 'three', { clientId: 'k' })).rejects.toMatchObject({ code: 'key_reused' })
      // keys are each sender's own
      expect(await send(id, ben, 'two', { clientId: 'k' })).toMatchObject({ created: true, message: { seq: 2 } })
      expect((await chat.getConversation(ana, { conversationId: id })).lastSeq).toBe(2)
    })

    test('each refusal says why, and the others of the batch are stored', async () => {
      const { people, group, send, asOwner } = current()
      const { ana, ben, eve, joe } = people('ana', 'ben', 'eve', 'joe')
      const foreigner = people('ana').ana
      const open = await group(ana, ben)
      const [closed, over, readOnly, left] = [
        await group(ana),
        await group(ana),
        await group(ana),
        await group(ana, joe),
      ]
      await asOwner(`UPDATE conversations SET status = 'closed' WHERE id = $1`, [closed])
      await asOwner(`UPDATE conversations SET closes_at = clock_timestamp() - interval '1 ms' WHERE id = $1`, [over])
      await asOwner(`UPDATE conversations SET status = 'read_only' WHERE id = $1`, [readOnly])
      await current().chat.removeParticipant(joe, { conversationId: left, userId: joe.userId })
      await asOwner(`UPDATE users SET disabled_at = now() WHERE tenant_id = $1 AND id = 'ben'`, [ana.tenantId])
      const results = await Promise.allSettled([
        send(open, ana, 'before'),
        send(open, eve, 'outsider'),
        send(open, foreigner, 'another tenant'),
        send('01900000-0000-7000-8000-000000000000', ana, 'nowhere'),
        send(left, joe, 'left'),
        send(closed, ana, 'closed'),
        send(over, ana, 'over'),
        send(readOnly, ana, 'read only'),
        send(open, ben, 'disabled'),
        send(left, ben, 'disabled, and no participant'),
        send(open, ana, 'after'),
      ])
      expect(results.map((r) => (r.status === 'fulfilled' ? r.value.message.seq : r.reason.code))).toEqual([
        ...[1, 'not_found', 'not_found', 'not_found', 'not_found'],
        ...['conversation_closed', 'conversation_closed', 'conversation_read_only', 'forbidden', 'forbidden', 2],
      ])
    })

    test('a message that the database cannot store is refused alone, and its batch of 200 goes through', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      const results = await Promise.allSettled(upTo(200).map((n) => send(id, ana, n === 77 ? 'a\u0000b' : `m${n}`)))
      const refused = results.flatMap((r, i) => (r.status === 'rejected' ? [[i + 1, r.reason.code]] : []))
      expect(refused).toEqual([[77, 'invalid_input']])
      const page = (await readPage(store.reads, ana, id, { limit: 300 })) ?? []
      expect(page.map((m) => m.seq)).toEqual(upTo(199))
      expect(page.map((m) => m.content)).toEqual(
        upTo(200)
          .filter((n) => n !== 77)
          .map((n) => `m${n}`),
      )
    })

    test('times never run backwards within a conversation, even when the clock does', async () => {
      const { people, group, send, asOwner } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await asOwner(`UPDATE conversations SET last_message_at = '2199-01-01T00:00:00Z' WHERE id = $1`, [id])
      const { message } = await send(id, ana, 'from the past')
      expect(message.createdAt).toBe('2199-01-01T00:00:00.000Z')
    })

    test('any text comes back as it was sent', async () => {
      const { people, group, send, chat } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      for (const content of [
        `'; DROP TABLE messages; --`,
        '{"a","b"}',
        '\\\\ \\n "',
        'NULL',
        '👩‍👩‍👧 العربية',
        '\n\t',
        '',
      ]) {
        const { message } = await send(id, ana, content)
        expect((await chat.getMessage(ana, { messageId: message.id })).content).toBe(content)
      }
    })

    test('what was committed is told once, with the head and who may hear it', async () => {
      const { people, group, send, committed } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      committed.length = 0
      const { message } = await send(id, ana, 'hello', { clientId: 'k' })
      await send(id, ana, 'hello', { clientId: 'k' })
      const live = { event: 'new_message', data: message, span: 1, aboutSeq: 1 }
      expect(committed).toMatchObject([
        { changes: [{ type: 'message.created', seq: 1, head: { seq: 1, rev: 1 }, live: [live] }], hints: [] },
        // the first reply was lost: gateways are told to look
        { eventId: 0, changes: [], hints: [{ head: { conversationId: id, seq: 1, rev: 1 } }] },
      ])
      const audience = committed[0]!.changes[0]!.live[0]!.audience
      expect({ ...audience, userIds: [...audience.userIds].sort() }).toEqual({ version: null, userIds: ['ana', 'ben'] })
    })
  })
}
