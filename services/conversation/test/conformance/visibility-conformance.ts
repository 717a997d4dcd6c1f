import { describe, expect, test } from 'vitest'
import { patiently } from '../callers.ts'
import { readPage } from '../read-page.ts'
import { type TestWorld, upTo, WIDE } from '../test-world.ts'

export function describeVisibility(current: () => TestWorld): void {
  describe('what a person sees', () => {
    /** What all ways of reading show this viewer: page, changes, preview, unread count. */
    const viewOf = async (viewer: { tenantId: string; userId: string }, id: string) => {
      const { asOwner, store } = current()
      const { reads, snapshot } = store
      const [conversation] = await reads.conversations(viewer, [id])
      // a cursor of the beginning of this stay
      const [stay] = await asOwner<{ rev: number }>(
        'SELECT joined_rev::int AS rev FROM participants WHERE conversation_id = $1 AND user_id = $2',
        [id, viewer.userId],
      )
      const everything = [{ conversationId: id, epoch: 1, seq: 1_000, rev: stay!.rev, privateCounter: 0 }]
      const { conversations } = await reads.sync(viewer, { points: everything, since: undefined, bounds: WIDE })
      return {
        page: (await readPage(reads, viewer, id, { limit: 100 }))?.map((m) => m.content) ?? [],
        after: (await readPage(reads, viewer, id, { after: 0, limit: 100 }))?.map((m) => m.content) ?? [],
        changed: conversations.flatMap(({ changed }) => changed.map((m) => m.content)),
        last: conversation?.lastMessage?.content ?? null,
        unread: await snapshot(viewer.tenantId, ({ conversations }) => conversations.unreadCount(viewer.userId, id)),
      }
    }

    test('nothing from before they joined, nothing after they left, and nothing of the time between on return', async () => {
      const { people, group, send, chat, withoutNotices } = current()
      const { ana, ben, joe } = people('ana', 'ben', 'joe')
      await withoutNotices(ana)
      const id = await group(ana, ben)
      const { message: first } = await send(id, ana, 'before')
      await chat.addParticipant(ana, { conversationId: id, userId: joe.userId })
      const { message: second } = await send(id, ana, 'both')
      for (const { id: messageId, content } of [first, second])
        await chat.editMessage(ana, { messageId, content: `${content}, edited` })
      expect(await viewOf(joe, id)).toEqual({
        page: ['both, edited'],
        after: ['both, edited'],
        changed: ['both, edited'],
        last: 'both, edited',
        unread: 1,
      })
      await chat.removeParticipant(ana, { conversationId: id, userId: ben.userId })
      await send(id, ana, 'without ben')
      expect(await viewOf(ben, id)).toEqual({ page: [], after: [], changed: [], last: null, unread: null })
      await expect(chat.getMessage(ben, { messageId: first.id })).rejects.toMatchObject({ code: 'not_found' })
      await chat.addParticipant(ana, { conversationId: id, userId: ben.userId })
      expect(await viewOf(ben, id)).toEqual({ page: [], after: [], changed: [], last: null, unread: 0 })
      await send(id, ana, 'welcome back')
      expect(await viewOf(ben, id)).toEqual({
        page: ['welcome back'],
        after: ['welcome back'],
        changed: [],
        last: 'welcome back',
        unread: 1,
      })
      expect((await viewOf(ana, id)).page).toEqual(['before, edited', 'both, edited', 'without ben', 'welcome back'])
    })

    test('pages go both ways and meet without a gap or a repeat', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await Promise.all(upTo(25).map((n) => send(id, ana, `m${n}`)))
      const page = async (range: { before?: number; after?: number }) =>
        (await readPage(store.reads, ana, id, { ...range, limit: 10 }))?.map((m) => m.seq)
      expect(await page({})).toEqual(upTo(25).slice(15))
      expect(await page({ before: 16 })).toEqual(upTo(15).slice(5))
      expect(await page({ before: 6 })).toEqual(upTo(5))
      expect(await page({ after: 20 })).toEqual([21, 22, 23, 24, 25])
      expect(await page({ after: 0 })).toEqual(upTo(10))
    })

    test('an edit keeps what stood before, a deletion keeps the place and takes all words', async () => {
      const { people, group, send, chat, asOwner } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      const { message } = await send(id, ana, 'frist')
      await send(id, ana, 'next')
      const messageId = message.id
      expect(await chat.editMessage(ana, { messageId, content: 'first' })).toMatchObject({
        content: 'first',
        seq: 1,
        rev: 2,
        editedAt: expect.any(String),
      })
      expect(await chat.deleteMessage(ana, { messageId })).toMatchObject({
        content: '',
        seq: 1,
        rev: 3,
        deletedAt: expect.any(String),
      })
      const { data } = await chat.listMessages(ben, { conversationId: id })
      expect(data.map((m) => [m.seq, m.content, m.deletedAt !== null])).toEqual([
        [1, '', true],
        [2, 'next', false],
      ])
      expect(
        await asOwner('SELECT content, edited_by, rev::int FROM message_edits WHERE message_id = $1 ORDER BY rev', [
          messageId,
        ]),
      ).toEqual([
        { content: '', edited_by: 'ana', rev: 2 },
        { content: '', edited_by: 'ana', rev: 3 },
      ])
    })

    test('every other change takes the next revision, whatever its kind', async () => {
      const { people, group, send, chat, asOwner, withoutNotices } = current()
      const { ana, ben, joe } = people('ana', 'ben', 'joe')
      await withoutNotices(ana)
      const id = await group(ana, ben) // 1
      const sent = await Promise.all(upTo(4).map((n) => send(id, ana, `m${n}`)))
      const at = (n: number) => sent[n]!.message.id
      await Promise.all([
        patiently(() => chat.editMessage(ana, { messageId: at(0), content: 'a' })),
        patiently(() => chat.deleteMessage(ana, { messageId: at(1) })),
        patiently(() => chat.addParticipant(ana, { conversationId: id, userId: joe.userId })),
        patiently(() => chat.markRead(ben, { conversationId: id, seq: 3 })),
        patiently(() => chat.editMessage(ana, { messageId: at(2), content: 'b' })),
        patiently(() => send(id, ana, 'more')),
      ])
      await chat.removeParticipant(joe, { conversationId: id, userId: joe.userId })
      const told = await asOwner<{ rev: number }>(
        `SELECT r.rev::int FROM events e, unnest(e.conversation_ids, e.revs) AS r (id, rev)
         WHERE r.id = $1 AND e.type <> 'message.created' ORDER BY r.rev`,
        [id],
      )
      expect(told.map((row) => row.rev)).toEqual(upTo(7))
      expect(await chat.getConversation(ana, { conversationId: id })).toMatchObject({ lastSeq: 5, rev: 7 })
    })
  })
}
