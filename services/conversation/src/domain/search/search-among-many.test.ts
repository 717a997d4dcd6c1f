import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { type TestWorld, upTo } from '../../../test/test-world.ts'

/** More conversations than are counted, and more messages than are looked through at once; ways to them are chosen by that. */
const SHARED = 330
const STRANGE = 60
const LENGTH = 14
const MEMBERS = 2_000

describeUseCases('searching among many conversations', (current) => {
  const reindex = async () => {
    const { store, fillSearch } = current()
    await store.search.startAgain()
    for (let done = await fillSearch(500); done === 'contended' || done.count > 0; ) done = await fillSearch(500)
  }
  const index = async () => {
    for (let done = await current().indexEvents(500); done === 'contended' || done.count > 0; )
      done = await current().indexEvents(500)
  }
  /** All that somebody finds, page by page. */
  const allOf = async (who: Actor, q: string) => {
    const found: string[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await current().chat.searchMessages(who, { q, limit: 100, ...(cursor !== undefined && { cursor }) })
      found.push(...page.data.map(({ message: { conversationId, seq } }) => `${conversationId} ${seq}`))
      if (!page.hasMore) return found
      cursor = page.nextCursor!
    }
  }
  /** What they may read with these words, as the tables have it. */
  const expected = async (who: Actor, pattern: string) =>
    (
      await current().asOwner<{ place: string }>(
        `SELECT concat(v.conversation_id, ' ', v.seq) AS place FROM visible_messages v
         WHERE v.tenant_id = $1 AND v.viewer_id = $2 AND v.content ~ $3 AND v.deleted_at IS NULL
         ORDER BY v.created_at DESC, v.conversation_id DESC, v.seq DESC`,
        [who.tenantId, who.userId, pattern],
      )
    ).map(({ place }) => place)

  test('whoever is in many, some, few or none finds what they may read, once and in order, whichever way is taken to it', async () => {
    const { people, chat, group, send } = current()
    const { ana, ben, eve, joe, dan, tenantId } = people('ana', 'ben', 'eve', 'joe', 'dan')
    const group7 = await group(ben, joe)
    await makeConversations(current(), tenantId)
    await reindex()
    const first = { ...ana, userId: 'u1' }
    const asked = [...['often', 'seldom', 'strange'], ...upTo(2).map((n) => `"here p${n}"`)]
    for (const who of [ana, eve, joe, dan, first])
      for (const q of asked) {
        const pattern = `\\m${q.replaceAll('"', '')}\\M`
        expect([who.userId, q, await allOf(who, q)]).toEqual([who.userId, q, await expected(who, pattern)])
      }
    const counts = await Promise.all([ana, eve, joe, dan, first].map(async (who) => (await allOf(who, 'often')).length))
    expect(counts).toEqual([462, 324, 3, 0, 1])

    // a conversation that somebody comes into, and is removed from
    await chat.addParticipant(ben, { conversationId: group7, userId: 'ana' })
    const { message } = await send(group7, ben, 'often and yesterday')
    await index()
    const place = `${group7} ${message.seq}`
    expect([(await allOf(ana, 'often'))[0], await allOf(ana, 'yesterday')]).toEqual([place, [place]])
    await chat.removeParticipant(ben, { conversationId: group7, userId: 'ana' })
    expect([(await allOf(ana, 'often')).includes(place), await allOf(ana, 'yesterday')]).toEqual([false, []])
    expect(await allOf(joe, 'yesterday')).toEqual([place])
  })
})

/**
 * Conversations of some weeks. Ana is in all but those of strangers; Eve in most of these, has left some and cleared others; Joe in
 * three; one has thousands of members. Every ninth was active all the time, others for some hours; the place of a few in lists is
 * not known yet.
 */
async function makeConversations({ asOwner }: TestWorld, tenantId: string): Promise<void> {
  await asOwner(
    `WITH numbered AS (SELECT gen_random_uuid() AS id, n, now() - n * interval '1 hour' AS at FROM generate_series(1, $2::integer) n),
     made AS (
       INSERT INTO conversations (id, tenant_id, kind, created_by, title, last_seq, last_message_at, listed_at, created_at, participant_count)
       SELECT id, $1, 'group', 'ana', 'n' || n, $3, at, CASE WHEN n % 10 > 0 THEN at - (50 + n % 10) * interval '1 minute' END, at, 2
       FROM numbered RETURNING id, title, listed_at),
     members AS (
       SELECT m.id, m.listed_at, substr(m.title, 2)::integer AS n FROM made m)
     INSERT INTO participants (conversation_id, user_id, tenant_id, role, listed_at, left_at, cleared_before_seq)
     SELECT m.id, u.id, $1, 'member', m.listed_at, CASE WHEN u.id = 'eve' AND m.n % 9 = 0 THEN now() END,
       CASE WHEN u.id = 'eve' AND m.n % 7 = 0 THEN 10 ELSE 0 END
     FROM members m, unnest(ARRAY['ana', 'eve', 'joe', 'zoe']) u (id)
     WHERE CASE u.id WHEN 'ana' THEN m.n <= $4 WHEN 'eve' THEN m.n <= $4 - 40 WHEN 'joe' THEN m.n IN (5, 100, 300) ELSE m.n > $4 END`,
    [tenantId, SHARED + STRANGE, LENGTH, SHARED],
  )
  await asOwner(
    `INSERT INTO participants (conversation_id, user_id, tenant_id, role, listed_at)
     SELECT c.id, 'u' || n, $1, 'member', c.listed_at FROM conversations c, generate_series(1, $2::integer) n
     WHERE c.tenant_id = $1 AND c.title = 'n33'`,
    [tenantId, MEMBERS],
  )
  await asOwner(
    `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
     SELECT c.id, s, gen_random_uuid(), $1, 'ana', 'text', concat_ws(' ',
         CASE WHEN k % 10 = 0 THEN 'often' ELSE 'said' END, 'here and p1 p2',
         (SELECT string_agg('here p' || p, ' ') FROM unnest(ARRAY[11, 17]) WITH ORDINALITY w (m, p) WHERE k % CASE WHEN c.n <= 60 THEN m ELSE 40 END = p),
         CASE WHEN k % 700 = 3 THEN 'seldom' END, CASE WHEN c.n > $4 THEN 'strange' ELSE 'known' END, k), 'c' || k, 'h',
       c.last_message_at - ($3 - s) * CASE WHEN c.n % 9 = 4 THEN interval '20 hours' ELSE interval '2 minutes' END
     FROM (SELECT x.*, substr(x.title, 2)::integer AS n FROM conversations x WHERE x.tenant_id = $1 AND x.title ~ '^n') c,
       generate_series(1, $2::integer) s, LATERAL (SELECT (c.n * $2 + s) % 10007 AS k) k`,
    [tenantId, LENGTH, LENGTH, SHARED],
  )
}
