import type { Conversation, Page } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { aMoment } from '../../../test/test-world.ts'

describeUseCases('the list of conversations', (current) => {
  test('has the order of what people write: what becomes of a conversation leaves its place', async () => {
    const { people, group, chat, host, admin } = current()
    const { ana, ben, mia } = people('ana', 'ben', 'mia')
    const backend = backendOf(ana)
    const moderator = { ...mia, role: 'admin' as const }
    const context = { type: 'booking', id: '1' }
    const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'member' }))
    const statuses = { done: { conversation: 'read_only' as const } }
    await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses } } })
    await host.upsertContexts(backend, { contexts: [{ ...context, members }] })
    const about = (await chat.openContextConversation(ana, context)).conversation.id
    const ids = [about, await group(ana, ben), await group(ana, ben), await group(ana, ben)]
    for (const conversationId of ids) {
      await chat.sendMessage(ben, { conversationId, content: 'hello' })
      await aMoment()
    }
    const [oldest, old, newer, newest] = ids as [string, string, string, string]
    const order = async () => {
      const mine = await chat.listConversations(ana, {})
      const all = await admin.listAllConversations(moderator, {})
      const { conversations } = await chat.sync(ana, { cursors: [], since: '2020-01-01T00:00:00Z' })
      const synced = conversations.map(({ conversation }) => conversation)
      synced.sort((a, b) => (a.activityAt < b.activityAt ? 1 : -1))
      const lists = [mine.data, all.data, synced].map((list) => list.map(({ id }) => id))
      const told = mine.data.map(({ activityAt }) => activityAt)
      expect(told).toEqual([...told].sort().reverse())
      expect([lists[1], lists[2]]).toEqual([lists[0], lists[0]])
      return lists[0]
    }
    const before = [newest, newer, old, oldest]
    expect(await order()).toEqual(before)
    await admin.setConversationStatus(moderator, { conversationId: old, status: 'closed' })
    expect(await order()).toEqual(before)
    await admin.setConversationStatus(moderator, { conversationId: old, status: 'active' })
    await chat.updateConversation(ana, { conversationId: old, title: 'Another title' })
    await chat.addParticipant(ana, { conversationId: newer, userId: 'mia' })
    await chat.removeParticipant(ana, { conversationId: newer, userId: 'mia' })
    await admin.joinConversation(moderator, { conversationId: old })
    await chat.markRead(ana, { conversationId: old, seq: 99 })
    await host.upsertContexts(backend, { contexts: [{ ...context, members, status: 'done', title: 'Over' }] })
    expect(await order()).toEqual(before)
    // page by page as well
    const first = await chat.listConversations(ana, { limit: 2 })
    const second = await chat.listConversations(ana, { limit: 2, cursor: first.nextCursor! })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(before)
    expect(second.data.at(-1)?.lastMessage).toMatchObject({ type: 'system', payload: { status: 'read_only' } })
    // what the host says as the system is something to read
    await chat.sendMessage(backend, { conversationId: oldest, type: 'system', content: 'Refunded' })
    await aMoment()
    await chat.sendMessage(ben, { conversationId: old, content: 'again' })
    expect(await order()).toEqual([old, oldest, newest, newer])
  })
})

/** What the list is made of, as a model of it. */
interface Row {
  id: string
  activity: number
  pinned: number
  archived: boolean
  unread: boolean
  kind: string
}

const HOUR = 3_600_000

describeUseCases('a list of many conversations', (current) => {
  /** Numbers that look as if by chance, the same ones each time. */
  const chance = (seed: number) => () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }

  /** So many of ana's, each with a message of ben's at a time of its own. */
  const many = async (count: number, timeOf: (n: number) => number) => {
    const world = current()
    const { people, chat, asOwner } = world
    const { ana, ben, tenantId } = people('ana', 'ben')
    await world.withoutNotices(ana)
    await chat.getMe(ana, {})
    await chat.getMe(ben, {})
    const rows: Row[] = []
    const direct = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
    for (let n = 0; n < count; n++) {
      const id = n === 0 ? direct.conversation.id : await world.group(ben, ana)
      await chat.sendMessage(ben, { conversationId: id, content: 'hello' })
      rows.push({
        ...{ id, activity: timeOf(n), pinned: 0, archived: false, unread: true },
        kind: n === 0 ? 'direct' : 'group',
      })
    }
    const move = async (row: Row, activity: number) => {
      row.activity = activity
      await asOwner('UPDATE conversations SET last_message_at = $2 WHERE id = $1', [row.id, new Date(activity)])
    }
    for (const row of rows) await move(row, row.activity)
    const pages = (filter: object, limit: number, between?: () => Promise<void>) =>
      pagesOf((cursor) => chat.listConversations(ana, { ...filter, limit, ...cursor }), limit, between)
    return { ...world, ana, ben, tenantId, rows, move, pages }
  }
  /** The ids of all pages. */
  const pagesOf = async (
    load: (cursor: { cursor?: string }) => Promise<Page<Conversation>>,
    limit: number,
    between = async () => {},
  ) => {
    const found: string[] = []
    let cursor: string | null = null
    do {
      const page: Page<Conversation> = await load(cursor === null ? {} : { cursor })
      expect(page.data.length).toBeLessThanOrEqual(limit)
      expect(page.hasMore).toBe(page.nextCursor !== null)
      found.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
      await between()
    } while (cursor !== null)
    return found
  }
  const inOrder = (rows: Row[]) =>
    [...rows]
      .sort((a, b) => b.pinned - a.pinned || b.activity - a.activity || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id)

  test('equals a recount, whatever moves, is pinned, archived or read, page by page', async () => {
    const next = chance(7)
    const base = Date.parse('2026-05-01T00:00:00Z')
    const { ana, chat, admin, rows, move, pages, asOwner, tenantId, fillListPlaces } = await many(
      20,
      () => base + Math.floor(next() * 2 * HOUR),
    )
    const pick = () => rows[Math.floor(next() * rows.length)]!
    const moderator = { ...ana, role: 'admin' as const }
    const ofTenant = (filter: object, limit: number) =>
      pagesOf((cursor) => admin.listAllConversations(moderator, { ...filter, limit, ...cursor }), limit)
    for (let step = 0; step < 60; step++) {
      const row = pick()
      const { id: conversationId } = row
      const what = Math.floor(next() * 5)
      // within the hour, beyond it, and back, as what is imported does
      if (what === 0) await move(row, row.activity + Math.floor((next() * 2 - 0.5) * HOUR))
      if (what === 1) {
        const { me } = await chat.archiveConversation(ana, { conversationId })
        Object.assign(row, { archived: me.archivedAt !== null, pinned: 0 })
      }
      if (what === 2) {
        await chat.unarchiveConversation(ana, { conversationId })
        row.archived = false
      }
      if (what === 3 && rows.filter(({ pinned }) => pinned > 0).length < 5) {
        await chat.unpinConversation(ana, { conversationId })
        await chat.pinConversation(ana, { conversationId })
        Object.assign(row, { pinned: step + 1, archived: false })
      }
      if (what === 4) {
        await chat.markRead(ana, { conversationId, seq: 9 })
        row.unread = false
      }
      // what moves later comes back
      if (what === 0) row.archived = (await chat.getConversation(ana, { conversationId })).me.archivedAt !== null
      // the places of some are not known, as of those who were there before there were any
      if (step === 20)
        for (const [table, id] of [
          ['participants', 'conversation_id'],
          ['conversations', 'id'],
        ])
          await asOwner(`UPDATE ${table} SET listed_at = NULL WHERE tenant_id = $1 AND ${id} = ANY ($2)`, [
            tenantId,
            rows.slice(0, 12).map((row) => row.id),
          ])
      if (step === 30) expect(await fillListPlaces()).toBeGreaterThan(0)
      if (step % 10 !== 9 && step !== 20) continue
      const shown = rows.filter(({ archived }) => !archived)
      expect([step, await pages({}, 100)]).toEqual([step, inOrder(shown)])
      expect([step, await pages({}, 1 + Math.floor(next() * 6))]).toEqual([step, inOrder(shown)])
      const all = rows.map((row) => ({ ...row, pinned: 0 }))
      const groups = all.filter(({ kind }) => kind === 'group')
      expect([step, await ofTenant({}, 1 + Math.floor(next() * 6))]).toEqual([step, inOrder(all)])
      expect([step, await ofTenant({ kind: 'group' }, 3)]).toEqual([step, inOrder(groups)])
      expect([step, await ofTenant({ userId: 'ana', status: 'active' }, 7)]).toEqual([step, inOrder(all)])
      expect([step, await ofTenant({ status: 'closed' }, 7)]).toEqual([step, []])
      const kept = rows.filter(({ archived }) => archived)
      expect([step, await pages({ archived: true }, 3)]).toEqual([step, inOrder(kept)])
      const unread = shown.filter((one) => one.unread && one.kind === 'group')
      expect([step, await pages({ unread: true, kind: 'group' }, 4)]).toEqual([step, inOrder(unread)])
    }
    const wrong = await asOwner(
      `SELECT p.listed_at, coalesce(c.last_message_at, c.created_at) FROM participants p JOIN conversations c ON c.id = p.conversation_id
       WHERE p.tenant_id = $1 AND (coalesce(c.last_message_at, c.created_at) - p.listed_at) NOT BETWEEN '0' AND interval '1 hour'`,
      [tenantId],
    )
    expect(wrong).toEqual([])
  })

  test('is read page by page while messages arrive: what stays where it is comes once', async () => {
    const base = Date.parse('2026-05-01T00:00:00Z')
    const { rows, move, pages } = await many(12, (n) => base - n * 20 * 60_000)
    // what stands further down moves to the top, after it was read or before
    const moving = [rows[11]!, rows[2]!, rows[7]!]
    const staying = rows.filter((row) => !moving.includes(row))
    const left = [...moving]
    const found = await pages({}, 2, async () => {
      const row = left.shift()
      if (row) await move(row, base + HOUR)
    })
    expect(found.filter((id) => staying.some((row) => row.id === id))).toEqual(inOrder(staying))
    expect(new Set(found).size).toBe(found.length)
  })

  test('is searched by words of titles, of what it is about, and of names, whatever the accents', async () => {
    const { people, chat, host, admin } = current()
    const { ana, ben } = people('ana', 'ben')
    const backend = backendOf(ana)
    await host.upsertUsers(backend, {
      users: [
        { userId: 'ben', name: 'Benoît Durand' },
        { userId: 'ana', name: 'Ana Ferreira' },
      ],
    })
    await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses: {} } } })
    const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'member' }))
    await host.upsertContexts(backend, {
      contexts: [{ type: 'booking', id: '1', title: 'Wedding in São Paulo', members }],
    })
    const direct = (await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] }))
      .conversation
    const long = 'One two three four five six seven eight nine kitchen'
    const kitchen = (await chat.createConversation(ana, { kind: 'group', title: long, participants: [] })).conversation
    const about = (await chat.openContextConversation(ana, { type: 'booking', id: '1' })).conversation
    const found = async (q: string, more = {}) =>
      (await chat.listConversations(ana, { q, ...more })).data.map(({ id }) => id)
    expect(await found('benoit')).toEqual([about.id, direct.id])
    expect(await found('DUR ben')).toEqual([about.id, direct.id])
    expect(await found('wedding durand')).toEqual([about.id])
    expect(await found('sao')).toEqual([about.id])
    expect(await found('Kitch')).toEqual([kitchen.id])
    expect(await found('benoit', { kind: 'direct' })).toEqual([direct.id])
    // not the middles of words, nobody's own name, nothing that is a pattern, and nothing of what was archived
    for (const q of ['itchen', 'Ferreira', '%', 'd_r', 'benoit two']) expect([q, await found(q)]).toEqual([q, []])
    // in the middle of a word of the title, and at the beginning of a name
    const { id } = (
      await chat.createConversation(ana, { kind: 'group', title: 'Reuben', participants: [{ userId: 'ben' }] })
    ).conversation
    expect(await found('ben')).toContain(id)
    await chat.removeParticipant(ana, { conversationId: id, userId: 'ana' })
    await chat.archiveConversation(ana, { conversationId: direct.id })
    expect([await found('benoit'), await found('benoit', { archived: true })]).toEqual([[about.id], [direct.id]])
    expect((await chat.listConversations(ben, { q: 'ana' })).data).toHaveLength(2)
    for (const q of [' ', '\u200b'])
      await expect(chat.listConversations(ana, { q })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('the conversations of one context are found wherever they stand', async () => {
    const { people, group, chat, host, admin, asOwner } = current()
    const { ana } = people('ana', 'ben')
    const backend = backendOf(ana)
    await admin.setPolicy(backend, { contexts: { '*': { conversation: 'one', starters: null, statuses: {} } } })
    await host.upsertContexts(backend, {
      contexts: [{ type: 'booking', id: '1', members: [{ userId: 'ana', role: 'member' }] }],
    })
    const { id } = (await chat.openContextConversation(ana, { type: 'booking', id: '1' })).conversation
    await asOwner("UPDATE conversations SET last_message_at = '2020-01-01' WHERE id = $1", [id])
    await group(ana)
    for (const filter of [{ contextType: 'booking', contextId: '1' }, { contextType: 'booking' }, { contextId: '1' }])
      expect((await chat.listConversations(ana, filter)).data.map((one) => one.id)).toEqual([id])
    expect((await chat.listConversations(ana, { contextType: 'booking', contextId: '2' })).data).toEqual([])
  })
})
