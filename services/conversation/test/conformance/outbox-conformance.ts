import { describe, expect, test } from 'vitest'
import { type TestWorld, upTo } from '../test-world.ts'

export function describeOutbox(current: () => TestWorld): void {
  describe('the outbox', () => {
    const waiting = () =>
      current().asOwner<{ event_id: number }>('SELECT event_id::int FROM outbox WHERE parked_at IS NULL ORDER BY 1')
    const empty = () => current().asOwner('DELETE FROM outbox')
    const endLeases = () => current().asOwner(`UPDATE outbox SET claimed_until = clock_timestamp() - interval '1 ms'`)

    test('an acknowledged event leaves with the next batch, the others wait', async () => {
      const { people, group, send, store, committed } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await empty()
      committed.length = 0
      await send(id, ana, 'one')
      await send(id, ana, 'two')
      const [one, two] = committed.map((batch) => batch.eventId)
      expect(await waiting()).toEqual([{ event_id: one }, { event_id: two }])
      store.acknowledged(one!)
      await send(id, ana, 'three')
      expect(await waiting()).toEqual([{ event_id: two }, { event_id: committed[2]!.eventId }])
      await store.outbox.acknowledge([two!])
      expect(await waiting()).toHaveLength(1)
    })

    test('a claim takes what is old enough, for as long as its lease', async () => {
      const { people, group, send, store } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await empty()
      await Promise.all(upTo(3).map((n) => send(id, ana, `m${n}`)))
      expect(await store.outbox.claim(60_000)).toEqual([])
      const [claimed] = await store.outbox.claim(-1_000)
      expect(claimed!.changes.map((change) => change?.seq)).toEqual(upTo(3))
      expect(await store.outbox.claim(-1_000)).toEqual([])
      await endLeases()
      expect((await store.outbox.claim(-1_000)).map((c) => c.eventId)).toEqual([claimed!.eventId])
    })

    test('a relayed event tells the present state: deleted words do not come back', async () => {
      const { people, group, send, store, chat } = current()
      const { ana, ben } = people('ana', 'ben')
      const id = await group(ana, ben)
      await empty()
      const { message } = await send(id, ana, 'secret')
      await chat.editMessage(ana, { messageId: message.id, content: 'still secret' })
      await chat.deleteMessage(ana, { messageId: message.id })
      await chat.markRead(ben, { conversationId: id, seq: 1 })
      const changes = (await store.outbox.claim(-1_000)).flatMap((claimed) => claimed.changes)
      expect(JSON.stringify(changes)).not.toContain('secret')
      expect(changes).toMatchObject([
        { type: 'message.created', seq: 1, rev: 1, data: { content: '', deletedAt: expect.any(String) } },
        { type: 'message.updated', seq: 1, rev: 2, data: { content: '' } },
        { type: 'message.deleted', seq: 1, rev: 3, data: { content: '' } },
        { type: 'messages.read', seq: 1, rev: 4, data: { userId: 'ben', seq: 1 }, head: { seq: 1, rev: 4 } },
      ])
    })

    test('what became of an offer is told again as it was, each step, with the offer as it is now', async () => {
      const { people, store, chat, host } = current()
      const { ana } = people('ana', 'ben')
      const backend = { ...ana, userId: 'backend', role: 'service' as const }
      const about = { type: 'booking', id: 'B-7' }
      const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'party' }))
      await host.upsertContexts(backend, { contexts: [{ ...about, members }] })
      const payload = { title: 'Deep clean', amount: 9_900, currency: 'EUR' }
      const { message } = await chat.sendMessage(ana, { context: about, type: 'service_offer', payload })
      await empty()
      const messageId = message.id
      await chat.actOnMessage({ ...ana, userId: 'ben' }, { messageId, action: 'accept', reason: 'gladly' })
      await host.setMessageState(backend, { messageId, status: 'completed' })
      const changes = (await store.outbox.claim(-1_000)).flatMap((claimed) => claimed.changes)
      const now = { message: { id: messageId, payload: { status: 'completed' } }, context: about }
      expect(changes.filter((change) => change?.type === 'message.transitioned')).toMatchObject([
        { seq: 1, data: { ...now, action: 'accept', from: 'pending', to: 'accepted', by: 'ben', reason: 'gladly' } },
        {
          seq: 1,
          data: { ...now, action: 'complete', from: 'accepted', to: 'completed', by: 'backend', party: 'host' },
        },
      ])
    })

    test('who came into a conversation is told of it again', async () => {
      const { people, group, store, chat } = current()
      const { ana, joe } = people('ana', 'joe')
      const id = await group(ana)
      await empty()
      await chat.addParticipant(ana, { conversationId: id, userId: joe.userId })
      const [claimed] = await store.outbox.claim(-1_000)
      expect(claimed!.changes).toMatchObject([
        {
          type: 'participant.joined',
          data: { userId: 'joe' },
          live: [{ event: 'new_conversation', audience: { version: null, userIds: ['joe'] } }],
        },
      ])
    })

    test('an event that is refused five times goes aside, and the others flow', async () => {
      const { people, group, send, store, committed } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await empty()
      committed.length = 0
      await send(id, ana, 'poison')
      await send(id, ana, 'fine')
      const [poison, fine] = committed.map((batch) => batch.eventId)
      const refusals = []
      for (const _ of upTo(5)) refusals.push(await store.outbox.refuse(poison!))
      expect(refusals).toEqual([false, false, false, false, true])
      expect((await store.outbox.claim(-1_000)).map((c) => c.eventId)).toEqual([fine])
      expect(await store.outbox.refuse(-1)).toBe(false)
    })

    test('a replay queues everything since a time again, also what was parked or acknowledged', async () => {
      const { people, group, send, store, committed, asOwner } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      await empty()
      await asOwner(`UPDATE events SET at = at - interval '1 hour'`)
      committed.length = 0
      await Promise.all([send(id, ana, 'a'), send(id, ana, 'b')])
      await send(id, ana, 'c')
      const [one, two] = committed.map((batch) => batch.eventId)
      await store.outbox.acknowledge([one!])
      for (const _ of upTo(5)) await store.outbox.refuse(two!)
      expect(await store.outbox.replay(new Date(Date.now() - 60_000))).toBe(2)
      const claimed = await store.outbox.claim(-1_000)
      expect(claimed.map((c) => [c.eventId, c.changes.map((change) => change?.seq)])).toEqual([
        [one, [1, 2]],
        [two, [3]],
      ])
      await asOwner('DELETE FROM events WHERE id = $1', [one])
      await endLeases()
      // its time is over: nothing to tell, and nothing in the way of the others
      expect((await store.outbox.claim(-1_000))[0]).toEqual({ eventId: one, changes: [] })
    })

    test('day partitions are made ahead and dropped after seven days, and without them nothing is lost', async () => {
      const { people, group, send, store, asOwner } = current()
      const { ana } = people('ana')
      const id = await group(ana)
      const partitions = async () =>
        (
          await asOwner<{ day: string }>(
            `SELECT right(relname, 8) AS day FROM pg_inherits JOIN pg_class ON oid = inhrelid
             WHERE inhparent = 'events'::regclass AND relname ~ '^events_[0-9]{8}$' ORDER BY 1`,
          )
        ).map((row) => row.day)
      const day = (offset: number) =>
        new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
      await asOwner('TRUNCATE events, outbox')
      for (const made of await partitions()) await asOwner(`DROP TABLE events_${made}`)
      await send(id, ana, 'before any maintenance')
      const inDefault = () => asOwner('SELECT type FROM events_default')
      expect(await inDefault()).toHaveLength(1)
      // today's events are in the default partition already: its partition has to do without, the next days' not
      await store.outbox.maintain()
      expect(await partitions()).toEqual([day(1), day(2), day(3)])
      await send(id, ana, 'still there')
      expect(await inDefault()).toHaveLength(2)
      await asOwner('TRUNCATE events, outbox')
      const old = `${new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10)}`
      await asOwner(
        `CREATE TABLE events_${old.replaceAll('-', '')} PARTITION OF events FOR VALUES FROM ('${old}') TO ('${old}T23:59:59Z')`,
      )
      await store.outbox.maintain()
      await store.outbox.maintain()
      expect(await partitions()).toEqual([day(0), day(1), day(2), day(3)])
      await send(id, ana, 'at its place')
      expect(await inDefault()).toEqual([])
      const claimed = await store.outbox.claim(-1_000)
      expect(claimed.flatMap((c) => c.changes.map((change) => change?.seq))).toEqual([3])
    })
  })
}
