import { describe, expect, test } from 'vitest'
import { aMoment, type TestWorld, upTo, WIDE } from '../test-world.ts'

export function describeSync(current: () => TestWorld): void {
  describe('lists and sync', () => {
    test('the list goes on where the page ended, though all were active in the same moment', async () => {
      const { people, group, chat, asOwner } = current()
      const { ana, tenantId } = people('ana')
      const ids = []
      for (const _ of upTo(7)) ids.push(await group(ana))
      await asOwner(`UPDATE conversations SET last_message_at = '2026-03-01T00:00:00.000123Z' WHERE tenant_id = $1`, [
        tenantId,
      ])
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await chat.listConversations(ana, { limit: 2, ...(cursor && { cursor }) })
        seen.push(...page.data.map((c) => c.id))
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
      expect(seen).toEqual([...ids].sort().reverse())
    })

    test('the list shows the most recently active first, and filters by kind and status', async () => {
      const { people, group, chat, send, asOwner } = current()
      const { ana } = people('ana')
      const [one, two] = [await group(ana), await group(ana)]
      await aMoment()
      const { conversation } = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
      await aMoment()
      await send(one, ana, 'hello')
      await asOwner(`UPDATE conversations SET status = 'closed' WHERE id = $1`, [two])
      const ids = async (filter: object) => (await chat.listConversations(ana, filter)).data.map((c) => c.id)
      expect(await ids({})).toEqual([one, conversation.id, two])
      expect(await ids({ kind: 'group' })).toEqual([one, two])
      expect(await ids({ status: 'active' })).toEqual([one, conversation.id])
    })

    test('heads say where conversations stand, to those who are in them', async () => {
      const { people, group, send, store } = current()
      const { ana, ben } = people('ana', 'ben')
      const [one, two] = [await group(ana, ben), await group(ana)]
      await send(one, ana, 'one')
      await send(one, ana, 'two')
      const headsOf = async (who: typeof ana, limit: number) => (await store.reads.session(who, limit)).heads
      const head = { conversationId: one, seq: 2, rev: 1 }
      expect(await headsOf(ana, 10)).toEqual([head, { conversationId: two, seq: 0, rev: 1 }])
      expect(await headsOf(ben, 10)).toEqual([head])
      expect(await headsOf(ana, 1)).toEqual([head])
    })

    test('comparing names what differs and what is gone, and nothing else', async () => {
      const { people, group, send, store, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const [same, more, left] = [await group(ana, ben), await group(ana, ben), await group(ana, ben)]
      const points = [same, more, left].map((conversationId) => {
        return { conversationId, epoch: 1, seq: 0, rev: 1, privateCounter: 0 }
      })
      const compare = async (theirs = points) => {
        const { conversations, gone } = await store.reads.sync(ben, { points: theirs, since: undefined, bounds: WIDE })
        return { differing: conversations.map(({ conversation }) => conversation.id), gone }
      }
      expect(await compare()).toEqual({ differing: [], gone: [] })
      await send(more, ana, 'hello')
      await chat.removeParticipant(ben, { conversationId: left, userId: ben.userId })
      expect(await compare()).toEqual({ differing: [more], gone: [left] })
      const restored = points.map((point) => ({ ...point, epoch: 2 }))
      expect(await compare(restored)).toMatchObject({ differing: [same, more] })
    })

    test('a cursor of an earlier stay gets the present one from its beginning, and is told to forget the other', async () => {
      const { people, group, send, store, chat, withoutNotices } = current()
      const { ana, ben } = people('ana', 'ben')
      await withoutNotices(ana)
      const id = await group(ana, ben)
      await send(id, ana, 'first stay')
      const before = [{ conversationId: id, epoch: 1, seq: 1, rev: 1, privateCounter: 0 }]
      const sync = async (points = before) => {
        const { conversations } = await store.reads.sync(ben, { points, since: undefined, bounds: WIDE })
        return conversations.map(({ reset, messages }) => ({ reset, messages: messages.map((m) => m.content) }))
      }
      await send(id, ana, 'still there')
      expect(await sync()).toEqual([{ reset: false, messages: ['still there'] }])
      await chat.removeParticipant(ana, { conversationId: id, userId: ben.userId })
      await send(id, ana, 'without ben')
      const { participant } = await chat.addParticipant(ana, { conversationId: id, userId: ben.userId })
      expect(participant.userId).toBe('ben')
      expect(await sync()).toEqual([{ reset: true, messages: [] }])
      await send(id, ana, 'second stay')
      expect(await sync()).toEqual([{ reset: true, messages: ['second stay'] }])
      expect(await sync([{ ...before[0]!, seq: 3, rev: 3 }])).toEqual([{ reset: false, messages: ['second stay'] }])
    })

    test('what changed since a time is found, oldest change first, without those named already', async () => {
      const { people, group, send, store } = current()
      const { ana, tenantId } = people('ana')
      const [one, two, three] = [await group(ana), await group(ana), await group(ana)]
      await aMoment()
      const since = await store.snapshot(tenantId, ({ now }) => now())
      for (const id of [three, two, one]) {
        await aMoment()
        await send(id, ana, 'x')
      }
      const changed = async (except: string[], limit = 10) => {
        // up to date with those that are named
        const named = (await store.reads.session(ana, 10)).heads.filter((head) => except.includes(head.conversationId))
        const points = named.map((head) => ({ ...head, epoch: 1, privateCounter: 0 }))
        const answer = await store.reads.sync(ana, { points, since, bounds: { ...WIDE, conversations: limit } })
        return { ids: answer.conversations.map(({ conversation }) => conversation.id), hasMore: answer.hasMore }
      }
      expect(await changed([])).toEqual({ ids: [three, two, one], hasMore: false })
      expect(await changed([two])).toEqual({ ids: [three, one], hasMore: false })
      expect(await changed([], 2)).toEqual({ ids: [three, two], hasMore: true })
    })

    test('an answer is cut at its bytes, but never to nothing', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const ids = [await group(ana), await group(ana), await group(ana)]
      for (const id of ids) await send(id, ana, 'x'.repeat(1_500))
      const points = ids.map((conversationId) => ({ conversationId, epoch: 1, seq: 0, rev: 0, privateCounter: 0 }))
      const sizes = [1, 3_000, 100_000].map(async (bytes) => {
        const { conversations, hasMore } = await store.reads.sync(ana, {
          points,
          since: undefined,
          bounds: { ...WIDE, bytes },
        })
        return [conversations.length, hasMore]
      })
      expect(await Promise.all(sizes)).toEqual([
        [1, true],
        [expect.toSatisfy((count: number) => count === 1 || count === 2), true],
        [3, false],
      ])
    })

    test('an answer stays within its bytes as it is sent, and calling again brings the rest', async () => {
      const { people, send, store, chat } = current()
      const { ana } = people('ana')
      const participants = upTo(15).map((n) => ({ userId: `member-${n}` }))
      const ids: string[] = []
      for (const title of ['one', 'two', 'three', 'four']) {
        const { conversation } = await chat.createConversation(ana, { kind: 'group', title, participants })
        ids.push(conversation.id)
        await Promise.all(upTo(40).map((n) => send(conversation.id, ana, `hello there ${n}`)))
      }
      const bytes = 60_000
      let left = ids.map((conversationId) => ({ conversationId, epoch: 1, seq: 0, rev: 0, privateCounter: 0 }))
      const brought: string[] = []
      for (let more = true; more; ) {
        const answer = await store.reads.sync(ana, { points: left, since: undefined, bounds: { ...WIDE, bytes } })
        expect(Buffer.byteLength(JSON.stringify(answer.conversations))).toBeLessThan(bytes + 100)
        brought.push(...answer.conversations.map(({ conversation }) => conversation.id))
        left = left.filter(({ conversationId }) => !brought.includes(conversationId))
        more = answer.hasMore
      }
      expect(brought).toEqual(ids)
    })

    test('more changes than one answer takes come with the next ones, none is left out', async () => {
      const { people, group, send, store, chat } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      const sent = []
      for (const n of upTo(9)) sent.push((await send(id, ana, `${n} ${'x'.repeat(900)}`)).message)
      const from = (await store.reads.conversations(ana, [id]))[0]!
      for (const { id: messageId, content } of sent) await chat.editMessage(ana, { messageId, content: `${content}!` })
      for (const bounds of [
        { ...WIDE, changed: 4 },
        { ...WIDE, bytes: 4_000 },
      ]) {
        const seen = new Set<number>()
        let { cursor } = from
        let rounds = 0
        for (let more = true; more; rounds++) {
          const [epoch, seq, rev, privateCounter] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
          const point = { conversationId: id, epoch, seq, rev, privateCounter }
          const answer = await store.reads.sync(ana, { points: [point], since: undefined, bounds })
          for (const message of answer.conversations[0]!.changed) seen.add(message.seq)
          cursor = answer.conversations[0]!.conversation.cursor
          more = answer.hasMore
        }
        expect([...seen]).toEqual(upTo(9))
        expect(rounds).toBeGreaterThan(2)
      }
    })

    test('every answer is of one moment, while others write', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      const from = [{ conversationId: id, epoch: 1, seq: 0, rev: 0, privateCounter: 0 }]
      let writing = true
      const writers = upTo(4).map(async (writer) => {
        for (let n = 0; writing && n < 200; n++) await send(id, ana, `${writer}/${n}`)
      })
      for (let i = 0; i < 30; i++) {
        const { conversations } = await store.reads.sync(ana, { points: from, since: undefined, bounds: WIDE })
        const { conversation, messages } = conversations[0]!
        expect([conversation.lastMessage?.seq ?? 0, messages.at(-1)?.seq ?? 0]).toEqual([
          conversation.lastSeq,
          conversation.lastSeq,
        ])
      }
      writing = false
      await Promise.all(writers)
    })
  })
}
