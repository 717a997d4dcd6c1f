import type { Actor, PolicySettings, SearchMessages } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('searching messages', (current) => {
  /** Reads the log to its end. */
  const index = async () => {
    for (let done = await current().indexEvents(500); done === 'contended' || done.count > 0; )
      done = await current().indexEvents(500)
  }
  /** What is there is made to be found anew. */
  const reindex = async () => {
    const { store, fillSearch } = current()
    await store.search.startAgain()
    for (let done = await fillSearch(500); done === 'contended' || done.count > 0; ) done = await fillSearch(500)
  }
  const found = async (who: Actor, q: string, more: Partial<SearchMessages> = {}) =>
    (await current().chat.searchMessages(who, { q, ...more })).data
  const contents = async (...args: Parameters<typeof found>) =>
    (await found(...args)).map(({ message }) => message.content)

  /** A group of three in a tenant of its own, and what was said there. */
  const groupWith = async (lines: readonly string[], settings: PolicySettings = {}) => {
    const { people, group, send, admin } = current()
    const those = people('ana', 'ben', 'joe', 'eve')
    await admin.setPolicy(backendOf(those.ana), settings)
    const id = await group(those.ana, those.ben, those.joe)
    const messages = []
    for (const line of lines) messages.push((await send(id, those.ana, line)).message)
    await index()
    return { ...those, id, messages }
  }

  test('from and to are moments, whatever offset they are said with', async () => {
    const { ana } = await groupWith(['The blue boat'])
    const at = '2026-01-01T00:00:00+23:00'
    expect([await contents(ana, 'boat', { from: at }), await contents(ana, 'boat', { to: at })]).toEqual([
      ['The blue boat'],
      [],
    ])
    for (const time of ['2026-12-31T23:59:60Z', '9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00Z'])
      expect(await codeOf(found(ana, 'boat', { to: time }))).toBe('invalid_input')
  })

  test('the newest first, with what they say now, where the words stand, and what their conversation is called', async () => {
    const { ana, ben, id, messages } = await groupWith(['The blue boat', 'no such thing', 'A boat, and a Boathouse'])
    await current().chat.addReaction(ben, { messageId: messages[0]!.id, emoji: '👍' })
    const hits = await found(ben, 'boat')
    expect(hits.map(({ message }) => [message.seq, message.content])).toEqual([
      [messages[2]!.seq, 'A boat, and a Boathouse'],
      [messages[0]!.seq, 'The blue boat'],
    ])
    expect(hits.map(({ highlights }) => highlights)).toEqual([
      [
        [2, 4],
        [14, 9],
      ],
      [[9, 4]],
    ])
    expect(hits[1]!.message.reactions).toEqual([{ emoji: '👍', userIds: ['ben'] }])
    expect(hits[0]!.conversation).toMatchObject({ id, kind: 'group', title: 'A group' })
    expect(await contents(ana, 'boat blue')).toEqual(['The blue boat'])
  })

  test.each([
    ['beginnings of the last word only', 'Plumber wanted', { 'wanted plumb': 1, 'plumb wanted': 0 }],
    ['phrases', 'good morning to a good day', { '"good day"': 1, '"good to"': 0, 'day good': 1 }],
    ['accents and case', 'Crème BRÛLÉE', { 'creme brulee': 1, CRÈME: 1 }],
    [
      'addresses and numbers',
      'call +49 170 12 or ana.b@example.com',
      { 'ana.b@example.com': 1, '+49 170': 1, '170 49': 1, '+170 49-1': 0 },
    ],
    ['Arabic', 'السَّلامُ عليكم', { السلام: 1, سلام: 0 }],
    ['Chinese', '我们明天见面', { 明天: 1, 天见: 1, 明: 1, 面: 1, 天明: 0 }],
    ['Thai', 'สวัสดีครับ', { ครับ: 1, สวัส: 1, ดีสวัส: 0 }],
    ['emoji', 'fine 👍🏽 then', { '👍': 1, '👎': 0 }],
    [
      'signs that a database would read',
      `it's 100% <b>o'clock</b> & !done | :*`,
      { "o'clock": 1, '& ! |': 0, ':* done': 1, '100%': 1, "'": 0, '\\': 0, '(done': 1 },
    ],
    ['half a quote', 'never closed', { '"never clo': 1 }],
  ])('finds %s', async (_, line, queries) => {
    const { ben } = await groupWith([line])
    const counts = await Promise.all(Object.keys(queries).map(async (q) => [q, (await found(ben, q)).length]))
    expect(Object.fromEntries(counts)).toEqual(queries)
  })

  test('other forms of a word in the language of the tenant', async () => {
    const { ben } = await groupWith(['She was running late', 'The run is off'], { search: { language: 'english' } })
    expect(await contents(ben, 'runs')).toEqual(['The run is off', 'She was running late'])
    expect(await contents(ben, '"runs"')).toEqual([])
    expect((await found(ben, 'runs'))[1]!.highlights).toEqual([[8, 7]])
    const other = await groupWith(['She was running late'])
    expect(await contents(other.ben, 'runs')).toEqual([])
  })

  test('what payloads say to people, and nothing of their ids', async () => {
    const { ana, ben, id, messages } = await groupWith(['see my room'])
    const { chat, asOwner } = current()
    const say = (type: string, payload: object) =>
      chat.sendMessage(ana, { conversationId: id, type, payload } as Parameters<typeof chat.sendMessage>[1])
    await say('contact', { name: 'Zoë Plumber', phones: ['+49 170 12'], userId: 'zoe77' })
    const { message } = await say('service_offer', { title: 'Kitchen plumbing', amount: 1250, currency: 'EUR' })
    await asOwner(`UPDATE messages SET type = 'room', content = '', payload = $2::text::jsonb WHERE id = $1`, [
      messages[0]!.id,
      JSON.stringify({ headline: 'Sea plumbago', photo: 'https://example.com/secret' }),
    ])
    await index()
    await reindex()
    const types = async (q: string) => (await found(ben, q)).map(({ message: { type } }) => type)
    expect([await types('plumb'), await types('170 12')]).toEqual([['service_offer', 'contact', 'room'], ['contact']])
    for (const q of ['secret', 'zoe77', 'EUR', '1250', 'pending']) expect([q, await types(q)]).toEqual([q, []])
    expect((await found(ben, 'kitchen'))[0]!.highlights).toEqual([])
    // what says something else now is not found by what it said
    await asOwner(`UPDATE messages SET payload = payload || '{"title": "Garden"}' WHERE id = $1`, [message.id])
    expect(await types('kitchen')).toEqual([])
    await reindex()
    expect([await types('kitchen'), await types('garden')]).toEqual([[], ['service_offer']])
  })

  describe('never finds what one may not read:', () => {
    test('of a conversation that one is not in, has left or was removed from', async () => {
      const { ana, ben, joe, eve, id } = await groupWith(['a secret'])
      const { chat } = current()
      expect([await contents(eve, 'secret'), await contents(ben, 'secret')]).toEqual([[], ['a secret']])
      await chat.removeParticipant(ben, { conversationId: id, userId: 'ben' })
      await chat.removeParticipant(ana, { conversationId: id, userId: 'joe' })
      expect([await contents(ben, 'secret'), await contents(joe, 'secret')]).toEqual([[], []])
      for (const who of [eve, ben, joe])
        expect(await codeOf(chat.searchMessages(who, { q: 'secret', conversationId: id }))).toBe('not_found')
      // who comes back sees what is said from then on
      await chat.addParticipant(ana, { conversationId: id, userId: 'ben' })
      expect([await contents(ben, 'secret'), await contents(ana, 'secret')]).toEqual([[], ['a secret']])
    })

    test('of before one joined, and what one has cleared', async () => {
      const { ana, ben, eve, id } = await groupWith(['word one'])
      const { chat, send, asOwner } = current()
      await chat.addParticipant(ana, { conversationId: id, userId: 'eve' })
      await send(id, ana, 'word two')
      await asOwner(
        `UPDATE participants SET cleared_before_seq = (SELECT last_seq FROM conversations WHERE id = $1)
         WHERE conversation_id = $1 AND user_id = 'ben'`,
        [id],
      )
      await send(id, ana, 'word three')
      await index()
      expect(await contents(eve, 'word')).toEqual(['word three', 'word two'])
      expect(await contents(ben, 'word')).toEqual(['word three'])
      expect(await contents(ana, 'word')).toHaveLength(3)
    })

    test('what one has deleted for oneself', async () => {
      const { ana, ben, messages } = await groupWith(['mine and yours'])
      await current().chat.deleteMessage(ben, { messageId: messages[0]!.id, for: 'me' })
      expect([await contents(ben, 'yours'), await contents(ana, 'yours')]).toEqual([[], ['mine and yours']])
    })

    test('what was deleted, and words that were edited away: from that moment, and the row is gone', async () => {
      const { ana, ben, id, messages } = await groupWith(['apple pear', 'apple plum'])
      const { chat, asOwner } = current()
      const rows = () => asOwner('SELECT seq FROM message_search WHERE conversation_id = $1', [id])
      expect(await rows()).toHaveLength(2)
      await chat.deleteMessage(ana, { messageId: messages[0]!.id })
      await chat.editMessage(ana, { messageId: messages[1]!.id, content: 'cherry plum' })
      expect([await contents(ben, 'apple'), await rows()]).toEqual([[], []])
      await index()
      expect([await contents(ben, 'apple'), await contents(ben, 'plum')]).toEqual([[], ['cherry plum']])
      await reindex()
      expect([await contents(ben, 'pear'), await contents(ben, 'apple'), await rows()]).toMatchObject([[], [], [{}]])
    })

    test('lines of the system’s, of other tenants, and of conversations that an admin is not in', async () => {
      const { ana, eve, id } = await groupWith(['budget'])
      const { chat } = current()
      await chat.addParticipant(ana, { conversationId: id, userId: 'eve' })
      await index()
      const page = await chat.listMessages(ana, { conversationId: id })
      expect(page.data.at(-1)).toMatchObject({ type: 'system' })
      expect(await contents(ana, page.data.at(-1)!.content)).toEqual([])
      const stranger: Actor = { ...ana, tenantId: current().people().tenantId }
      const admin: Actor = { ...eve, userId: 'admin', role: 'admin', hostRole: 'admin' }
      expect([await contents(stranger, 'budget'), await contents(admin, 'budget')]).toEqual([[], []])
    })
  })

  test('a block hides nothing that was said before it, as on the page', async () => {
    const { people, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'before the block' })
    await index()
    await chat.blockUser(ben, { userId: 'ana' })
    for (const who of [ana, ben]) {
      const page = await chat.listMessages(who, { conversationId: message.conversationId })
      expect(await contents(who, 'block')).toEqual(page.data.map(({ content }) => content))
    }
  })

  test('only what somebody wrote, in a conversation, about a context, of a type, between two times', async () => {
    const { people, group, send, host, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    await send(id, ana, 'word by ana')
    const { message } = await send(id, ben, 'word by ben')
    const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'customer' }))
    await host.upsertContexts(backendOf(ana), {
      contexts: ['7', '8'].map((of) => ({ type: 'booking', id: of, members })),
    })
    for (const of of ['7', '8'])
      await chat.sendMessage(ana, { context: { type: 'booking', id: of }, content: `word of ${of}` })
    await index()
    const about = { contextType: 'booking' }
    expect(await contents(ana, 'word', { conversationId: id })).toEqual(['word by ben', 'word by ana'])
    expect(await contents(ana, 'word', { senderId: 'ben' })).toEqual(['word by ben'])
    expect(await contents(ana, 'word', about)).toEqual(['word of 8', 'word of 7'])
    expect(await contents(ana, 'word', { ...about, contextId: '7' })).toEqual(['word of 7'])
    expect(await contents(ana, 'word', { ...about, contextId: '9' })).toEqual([])
    expect(await contents(ana, 'word', { type: 'text' })).toHaveLength(4)
    expect(await contents(ana, 'word', { type: 'location' })).toEqual([])
    // a time in whole milliseconds is cut off
    const { createdAt: from } = message
    const to = new Date(Date.parse(from) + 1).toISOString()
    expect(await contents(ana, 'word', { from, to })).toContain('word by ben')
    expect(await contents(ana, 'word', { to: from })).not.toContain('word by ben')
    expect(await contents(ana, 'word', { from: '2099-01-01T00:00:00Z' })).toEqual([])
    expect(await codeOf(chat.searchMessages(ana, { q: 'word', contextId: '7' }))).toBe('invalid_input')
    for (const cursor of ['x', 'W10', Buffer.from('[1,"x",1]').toString('base64url')])
      expect(await codeOf(chat.searchMessages(ana, { q: 'word', cursor }))).toBe('invalid_input')
  })

  test('about one context that has more conversations than are counted: those that one is in, and of no other context', async () => {
    const { people, host, chat, asOwner } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'customer' }))
    await host.upsertContexts(backendOf(ana), {
      contexts: ['busy', 'quiet'].map((of) => ({ type: 'booking', id: of, members })),
    })
    const say = async (of: string, content: string) =>
      (await chat.sendMessage(ana, { context: { type: 'booking', id: of }, content })).message.conversationId
    const first = await say('busy', 'word of all')
    await say('quiet', 'word of another')
    // as where each pair of members has its own
    const copy = async (table: string, of: string, own: Record<string, string>, from: string) => {
      const columns = await asOwner<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
        [table],
      )
      const values = columns.map(({ name }) => own[name] ?? `t.${name}`)
      await asOwner(
        `INSERT INTO ${table} (${columns.map(({ name }) => name)}) SELECT ${values} FROM ${table} t, ${from} WHERE t.${of} = $1`,
        [first],
      )
    }
    const copied = `(SELECT c.id, (c.metadata ->> 'copy')::int AS n FROM conversations c WHERE c.tenant_id = '${tenantId}' AND c.metadata ? 'copy') s`
    await copy(
      'conversations',
      'id',
      { id: 'gen_random_uuid()', context_key: `'copy ' || s.n`, metadata: `jsonb_build_object('copy', s.n)` },
      'generate_series(1, 330) s (n)',
    )
    await copy('participants', 'conversation_id', { conversation_id: 's.id' }, copied)
    await copy(
      'messages',
      'conversation_id',
      {
        ...{ id: 'gen_random_uuid()', client_id: 'gen_random_uuid()::text', conversation_id: 's.id' },
        created_at: `t.created_at - s.n * interval '1 hour'`,
      },
      copied,
    )
    await asOwner(
      `DELETE FROM participants p USING conversations c WHERE c.id = p.conversation_id AND c.tenant_id = $1
       AND p.user_id = 'ben' AND (c.metadata ->> 'copy')::int <= 10`,
      [tenantId],
    )
    await reindex()
    const places = async (who: Actor, more: Partial<SearchMessages>) => {
      const found: string[] = []
      for (let cursor: string | undefined; ; ) {
        const asked = { q: 'word', limit: 100, ...more, ...(cursor !== undefined && { cursor }) }
        const page = await chat.searchMessages(who, asked)
        found.push(...page.data.map(({ message }) => `${message.content} ${message.conversationId}`))
        if (!page.hasMore) return found
        cursor = page.nextCursor!
      }
    }
    const about = { contextType: 'booking', contextId: 'busy' }
    for (const [who, count] of [
      [ana, 331],
      [ben, 321],
    ] as const) {
      const found = await places(who, about)
      expect([who.userId, found.length, new Set(found).size]).toEqual([who.userId, count, count])
      expect(found.filter((one) => !one.startsWith('word of all'))).toEqual([])
      expect(await places(who, {})).toHaveLength(count + 1)
      expect(await contents(who, 'word', { ...about, contextId: 'quiet' })).toEqual(['word of another'])
    }
  })

  test('pages go through all that there is once, however much that is', async () => {
    const { ana, ben, id } = await groupWith([])
    const { asOwner, chat } = current()
    // more than is looked through without the tree of terms, over two years; what is common is common, and what is rare is old
    await asOwner(
      `INSERT INTO messages (conversation_id, seq, id, tenant_id, sender_id, type, content, client_id, body_hash, created_at)
       SELECT $1, c.last_seq + n, gen_random_uuid(), c.tenant_id, 'ana', 'text',
         CASE WHEN n % 7 = 0 THEN 'often ' WHEN n % 600 = 5 THEN 'seldom ' ELSE 'said ' END || n, 'c' || n, 'h', now() - (7000 - n) * interval '3 hours'
       FROM conversations c, generate_series(1, 7000) n WHERE c.id = $1`,
      [id],
    )
    await asOwner('UPDATE conversations SET last_seq = last_seq + 7000 WHERE id = $1', [id])
    await reindex()
    const expected = async (part: string) =>
      (
        await asOwner<{ seq: string }>(
          `SELECT seq FROM messages WHERE conversation_id = $1 AND content ~ $2 AND type = 'text' ORDER BY created_at DESC`,
          [id, part],
        )
      ).map(({ seq }) => Number(seq))
    const all = async (who: Actor, q: string, more: Partial<SearchMessages> = {}) => {
      const seqs: number[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await chat.searchMessages(who, { q, limit: 100, ...more, ...(cursor !== undefined && { cursor }) })
        seqs.push(...page.data.map(({ message }) => message.seq))
        if (!page.hasMore) return seqs
        cursor = page.nextCursor!
      }
    }
    const often = await expected('often')
    expect(often.length).toBeGreaterThan(700)
    expect(await all(ben, 'often')).toEqual(often)
    const seldom = await expected('seldom')
    expect([await all(ana, 'seldom'), await all(ana, 'seldom', { conversationId: id })]).toEqual([seldom, seldom])
    expect(await all(ana, 'often', { senderId: 'ben' })).toEqual([])
    expect(await all(ana, 'seldom', { senderId: 'ana', limit: 3 })).toEqual(seldom)
  })
})
