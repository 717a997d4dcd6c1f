import { randomUUID } from 'node:crypto'
import type { Actor, PolicySettings } from '@parley/contracts'
import { describe, expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('searching users', (current) => {
  /** A tenant with these names; who has none is only mentioned. */
  const tenantOf = async (names: Record<string, string | null>, settings: PolicySettings = {}) => {
    const { people, admin, host, chat } = current()
    const { ana } = people('ana')
    await admin.setPolicy(backendOf(ana), settings)
    const users = Object.entries(names).map(([userId, name]) => ({ userId, name }))
    for (let i = 0; i < users.length; i += 100)
      await host.upsertUsers(backendOf(ana), { users: users.slice(i, i + 100) })
    const find = async (q: string, who: Actor = ana) =>
      (await chat.searchUsers(who, { q })).data.map(({ userId }) => userId)
    return { ana, find }
  }

  test.each([
    ['a beginning of a word, whatever its case', 'fer', ['anaf', 'ferd']],
    ['accents, on either side', 'jose', ['jose']],
    ['accents in what is asked', 'Féŕ', ['anaf', 'ferd']],
    ['several words in any order', 'sou ANA', ['anasouza']],
    ['letters that have no accent to take off', 'lukasz', ['lukasz']],
    ['capitals beyond Latin', 'влад', ['vlad']],
    ['vowel points of Hebrew', 'שלום', ['shalom']],
    ['what stands behind a hyphen or an apostrophe', 'brien', ['obrien']],
    ['whoever has no name, by their id', 'unn', ['unnamed']],
    ['nothing inside a word', 'erreira', []],
    ['no signs that a database would read', '_%', []],
    ['a Greek name in capitals, which have one letter for two small ones', 'ΓΙΏΡΓΟΣ', ['giorgos']],
    ['it with the letter of the middle of words', 'γιώργοσ', ['giorgos']],
    ['a name of nothing but signs', '%_', ['signs']],
    ['a name of a picture', '😀', ['smile']],
    ['nothing for one word of two', 'ana nobody', []],
  ])('finds %s', async (_, q, expected) => {
    const { find } = await tenantOf({
      anaf: 'Ana Ferreira',
      anasouza: 'Ana Maria de Souza',
      ferd: 'Ferdinand',
      giorgos: 'Γιώργος',
      jose: 'José Ângelo',
      lukasz: 'Łukasz',
      obrien: "Pat O'Brien-Smith",
      signs: '%_ \\',
      smile: '😀',
      shalom: 'שָׁלוֹם כהן',
      unnamed: null,
      vlad: 'ВЛАДИМИР',
    })
    expect((await find(q)).sort()).toEqual(expected)
  })

  test('a new name is found, and the old one is not', async () => {
    const { host, chat } = current()
    const { ana, find } = await tenantOf({ ben: 'Benjamin' })
    await host.upsertUsers(backendOf(ana), { users: [{ userId: 'ben', name: 'Caspar' }] })
    expect([await find('benj'), await find('casp')]).toEqual([[], ['ben']])
    // by a token as well
    await chat.getMe({ ...ana, userId: 'dan', name: 'Daniel' }, {})
    expect(await find('dan')).toEqual(['dan'])
  })

  test('pages go through all of them once, in the order of their names', async () => {
    const { chat } = current()
    const names = Array.from({ length: 45 }, (_, i) => `Ana Anabel ${String(i).padStart(2, '0')} "é𝒳"`)
    const { ana } = await tenantOf(Object.fromEntries(names.map((name) => [`${name} ${'𝒳'.repeat(100)}`, name])))
    const seen: (string | null)[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await chat.searchUsers(ana, { q: 'ana', limit: 10, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.data.map(({ name }) => name))
      if (!page.hasMore) break
      cursor = page.nextCursor!
      expect(cursor.length).toBeLessThanOrEqual(2048)
    }
    expect(seen).toEqual(names)
  })

  test('more names than one question looks through are gone through page by page', async () => {
    const { chat, asOwner } = current()
    const { ana } = await tenantOf({ last: 'Maria Zuse' })
    await asOwner(
      `INSERT INTO users (tenant_id, id, name) SELECT '${ana.tenantId}', 'm' || i, 'Maria Abc' FROM generate_series(1, 2500) i`,
    )
    const first = await chat.searchUsers(ana, { q: 'maria z' })
    expect(first).toMatchObject({ data: [], hasMore: true })
    const second = await chat.searchUsers(ana, { q: 'maria z', cursor: first.nextCursor! })
    expect(second).toMatchObject({ data: [{ userId: 'last' }], hasMore: false })
  })

  test('who is disabled is found by admins and the backend only', async () => {
    const { host } = current()
    const { ana, find } = await tenantOf({ ben: 'Ben' })
    await host.disableUser(backendOf(ana), { userId: 'ben' })
    expect(await find('ben')).toEqual([])
    expect(await find('ben', { ...ana, userId: 'mod', role: 'admin', hostRole: 'admin' })).toEqual(['ben'])
    expect(await find('ben', backendOf(ana))).toEqual(['ben'])
  })

  test('another tenant is another world', async () => {
    const { people } = current()
    const { find } = await tenantOf({ ben: 'Ben' })
    expect(await find('ben', people('eve').eve)).toEqual([])
  })

  describe('where the rules show only whom one has to do with', () => {
    test('a search finds those whom one is in a conversation with now, and a look-up likewise', async () => {
      const { group, chat } = current()
      const { ana, find } = await tenantOf(
        { ben: 'Ben', bella: 'Bella Ben', gone: 'Benno' },
        { users: { visible: 'shared' } },
      )
      const ben = { ...ana, userId: 'ben' }
      const gone = { ...ana, userId: 'gone' }
      const conversationId = await group(ana, ben, gone)
      await chat.removeParticipant(ana, { conversationId, userId: 'gone' })
      expect(await find('ben')).toEqual(['ben'])
      expect(await find('ben', gone)).toEqual([])
      expect(await find('ben', { ...ana, userId: 'mod', role: 'admin', hostRole: 'admin' })).toHaveLength(3)
      expect(await codeOf(chat.getUser(ana, { userId: 'bella' }))).toBe('not_found')
    })
  })

  test('whom everybody may find everybody may look up', async () => {
    const { chat, host } = current()
    const { ana } = await tenantOf({ ben: 'Ben' })
    expect(await chat.getUser(ana, { userId: 'ben' })).toMatchObject({ name: 'Ben' })
    await host.disableUser(backendOf(ana), { userId: 'ben' })
    expect(await codeOf(chat.getUser(ana, { userId: 'ben' }))).toBe('not_found')
  })

  test.each(['bm90IG91cnM', Buffer.from('["a\\u0000","b"]').toString('base64url')])(
    'a cursor that was not made here is refused: %s',
    async (cursor) => {
      const { people, chat } = current()
      expect(await codeOf(chat.searchUsers(people('ana').ana, { q: 'a', cursor }))).toBe('invalid_input')
    },
  )
})

describeUseCases('ids that nobody has', (current) => {
  const strict = async () => {
    const { people, admin, host } = current()
    const { ana } = people('ana')
    await admin.setPolicy(backendOf(ana), { users: { mustExist: true } })
    await host.upsertUsers(backendOf(ana), { users: [{ userId: 'ana' }, { userId: 'ben' }] })
    return ana
  }
  const missing = (pointer: string) => ({ code: 'not_found', errors: [{ pointer, code: 'unknown' }] })

  test('are not invited, let in or written to, and are nobody afterwards', async () => {
    const { chat, host } = current()
    const ana = await strict()
    const someone = { userId: 'bne' }
    const create = (kind: 'group' | 'direct', ...ids: string[]) =>
      chat.createConversation(ana, { kind, participants: ids.map((userId) => ({ userId })) })
    await expect(create('group', 'ana', 'ben', 'bne')).rejects.toMatchObject(missing('/participants/2/userId'))
    await expect(create('direct', 'bne')).rejects.toMatchObject(missing('/participants/0/userId'))
    await expect(chat.sendMessage(ana, { to: 'bne', content: 'hello' })).rejects.toMatchObject(missing('/to'))
    const { conversation } = await create('group', 'ben')
    await expect(chat.addParticipant(ana, { conversationId: conversation.id, ...someone })).rejects.toMatchObject(
      missing('/userId'),
    )
    expect(await codeOf(host.getUser(backendOf(ana), someone))).toBe('not_found')
    // whoever has a token has logged in
    await chat.getMe({ ...ana, ...someone }, {})
    expect(await codeOf(chat.sendMessage(ana, { to: 'bne', content: 'hello' }))).toBe('ok')
  })

  test('are refused as who may not be written to, where not everybody may be', async () => {
    const { chat, admin } = current()
    const ana = await strict()
    await admin.setPolicy(backendOf(ana), { conversations: { direct: [{ from: '*', to: 'provider' }] } })
    const codes = ['ben', 'bne'].map((to) => codeOf(chat.sendMessage(ana, { to, content: 'hello' })))
    expect(await Promise.all(codes)).toEqual(['forbidden', 'forbidden'])
  })

  test('are taken from the backend, whose word makes them, and as members of a context', async () => {
    const { chat, host } = current()
    const ana = await strict()
    const backend = backendOf(ana)
    const participants = [{ userId: 'new' }]
    expect(await codeOf(chat.createConversation(backend, { kind: 'group', participants }))).toBe('ok')
    const members = ['ana', 'newer'].map((userId) => ({ userId, role: 'customer' }))
    await host.upsertContexts(backend, { contexts: [{ type: 'booking', id: randomUUID(), members }] })
    expect(await codeOf(chat.sendMessage(ana, { to: 'newer', content: 'hello' }))).toBe('ok')
  })
})
