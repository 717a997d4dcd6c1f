import type { AuditEntry, Conversation, Message, Report, Stats, SyncResult } from '@parley/contracts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest, type TestRest } from '../stack/test-client.ts'
import { operationsOf } from './probes.ts'

const tenants = ['north', 'south'] as const
type Tenant = (typeof tenants)[number]
const other = { north: 'south', south: 'north' } as const
interface List<T> {
  data: T[]
}

/** One and the same story, told in each tenant by people of the same names, about the same booking. */
interface Story {
  group: Conversation
  direct: Conversation
  booking: Conversation
  messages: Message[]
  report: Report
  /** Every id that Parley gave. */
  ids: string[]
}

const sure = async <T>(call: ReturnType<TestRest['call']>): Promise<T> => {
  const { status, body } = await call
  if (status > 204) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body as T
}

/** What is asked for has to be said where there is no answer without. */
const QUERIES: Record<string, string> = {
  searchMessages: '?q=a',
  searchUsers: '?q=a',
  getPresence: '?userIds=ana&userIds=ben',
}

describeStacks('two tenants with the same names over %s', ({ stack, socket: connected }) => {
  const stories = {} as Record<Tenant, Story>
  const token = (tenant: Tenant, userId: string, role?: string) =>
    stack.token(userId, { tenant, name: `${userId} of the ${tenant}`, ...(role && { role }) })
  const as = (tenant: Tenant, userId: string, role?: string) => rest(stack, userId, token(tenant, userId, role)).call
  const admin = (tenant: Tenant) => as(tenant, 'moderator', 'admin')
  const backend = (tenant: Tenant) => as(tenant, 'backend', 'service')
  const socket = (tenant: Tenant, userId: string, gateway = 0, role?: string) =>
    connected(userId, { gateway, token: token(tenant, userId, role) })
  const putBooking = (tenant: Tenant, status: string) =>
    sure(
      backend(tenant)('PUT', '/contexts/booking/7', {
        ...{ title: `Booked in the ${tenant}`, status },
        members: ['ana', 'ben', 'joe'].map((userId) => ({ userId, role: 'client' })),
      }),
    )

  const tell = async (tenant: Tenant): Promise<Story> => {
    const ana = as(tenant, 'ana')
    const ben = as(tenant, 'ben')
    const content = `said in the ${tenant}`
    const create = (body: object) => sure<Conversation>(ana('POST', '/conversations', body))
    const say = (by: typeof ana, to: object) =>
      sure<Message>(by('POST', '/messages', { ...to, content, clientId: 'the same key' }))
    await putBooking(tenant, 'confirmed')
    const participants = [{ userId: 'ben' }, { userId: 'joe' }]
    const group = await create({ kind: 'group', title: 'The same title', participants, clientId: 'the same key' })
    const direct = await create({ kind: 'direct', participants: [{ userId: 'ben' }] })
    const booking = await sure<Conversation>(ana('POST', '/contexts/booking/7/conversation', {}))
    const messages = [
      await say(ben, { conversationId: group.id }),
      await say(ben, { conversationId: direct.id }),
      await say(ben, { context: { type: 'booking', id: '7' } }),
    ]
    const report = await sure<Report>(
      ana('POST', '/reports', {
        ...{ messageId: messages[0]!.id, reason: 'spam', clientId: 'the same key' },
        note: `reported in the ${tenant}`,
      }),
    )
    await sure(admin(tenant)('GET', `/admin/conversations/${group.id}`))
    await sure(backend(tenant)('PUT', '/users/joe', { email: `joe@${tenant}.example.com` }))
    const ids = [group.id, direct.id, booking.id, ...messages.map(({ id }) => id), report.id]
    return { group, direct, booking, messages, report, ids }
  }

  beforeAll(async () => {
    for (const tenant of tenants) stories[tenant] = await tell(tenant)
    // and something that the other one has none of
    await sure(as('north', 'ana')('POST', '/conversations', { kind: 'direct', participants: [{ userId: 'joe' }] }))
    await sure(as('north', 'ana')('PUT', '/users/joe/block'))
  })

  test('the same ids, keys and titles make different things', () => {
    const [one, two] = tenants.map((tenant) => stories[tenant].ids)
    expect(new Set([...one!, ...two!]).size).toBe(one!.length + two!.length)
    for (const tenant of tenants) {
      const { group, direct, booking, messages } = stories[tenant]
      expect([group.title, booking.context?.title]).toEqual(['The same title', `Booked in the ${tenant}`])
      expect(direct.participants.map(({ userId }) => userId).sort()).toEqual(['ana', 'ben'])
      expect(messages.map(({ sender, content }) => [sender.name, content])).toEqual(
        messages.map(() => [`ben of the ${tenant}`, `said in the ${tenant}`]),
      )
    }
  })

  test('whatever is read with the ids of either, by users, admins or the backend, holds nothing of the other', async () => {
    const reads = [...(await operationsOf(stack.restUrls[0]!))].filter(([, { method }]) => method === 'GET')
    expect(reads.length).toBeGreaterThan(20)
    const asking = tenants.flatMap((tenant) =>
      tenants.flatMap((theirs) =>
        ([['ana'], ['joe'], ['moderator', 'admin'], ['backend', 'service']] as const).map(([userId, role]) => ({
          tenant,
          theirs,
          userId,
          role,
        })),
      ),
    )
    let answered = 0
    // each of them one thing after the other, as they are limited by themselves
    const readAll = async ({ tenant, theirs, userId, role }: (typeof asking)[number]) => {
      const { group, direct, booking, messages } = stories[theirs]
      const targets = [group, direct, booking].map((conversation, i) => ({
        ...{ conversationId: conversation.id, messageId: messages[i]!.id },
        ...{ userId: ['joe', 'ben', 'ana'][i]!, type: 'booking', id: '7' },
      }))
      for (const [operationId, { path }] of reads)
        for (const target of path.includes('{') ? targets : targets.slice(0, 1)) {
          const named = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof target) => target[name])
          const url = `${named}${QUERIES[operationId] ?? ''}`
          const reply = await as(tenant, userId, role)('GET', url.replace('/v1', ''))
          const text = JSON.stringify(reply.body)
          const foreign = stories[other[tenant]].ids.filter((id) => text.includes(id))
          expect([operationId, foreign, text.includes(other[tenant])]).toEqual([operationId, [], false])
          if (reply.status === 200) answered++
          else expect([operationId, [403, 404].includes(reply.status)]).toEqual([operationId, true])
        }
    }
    await Promise.all(asking.map(readAll))
    expect(answered).toBeGreaterThan(100)
  })

  test('lists and counts are those of the own tenant', async () => {
    const have = { north: 4, south: 3 }
    for (const tenant of tenants) {
      const story = stories[tenant]
      const mine = (path: string) => sure<List<Conversation>>(as(tenant, 'ana')('GET', path))
      expect((await mine('/conversations?limit=100')).data).toHaveLength(have[tenant])
      expect((await mine('/conversations?contextType=booking&contextId=7')).data.map(({ id }) => id)).toEqual([
        story.booking.id,
      ])
      expect(await sure(as(tenant, 'ana')('GET', '/unread-count'))).toEqual({ unreadCount: 3 })
      expect(await sure(backend(tenant)('GET', '/users/ana/unread'))).toEqual({ unreadCount: 3 })
      const all = (filter: string) => sure<List<Conversation>>(admin(tenant)('GET', `/admin/conversations?${filter}`))
      expect((await all('limit=100')).data).toHaveLength(have[tenant])
      expect((await all('contextId=7')).data.map(({ id }) => id)).toEqual([story.booking.id])
      expect((await all('userId=joe')).data).toHaveLength(tenant === 'north' ? 3 : 2)
      const stats = await sure<Stats>(admin(tenant)('GET', '/admin/stats'))
      expect(stats).toMatchObject({
        conversations: { total: have[tenant], busy: 3 },
        messages: { total: 3, today: 3 },
        users: { total: 5, disabled: 0 },
        reports: { open: 1 },
      })
      expect((await sure<List<Report>>(admin(tenant)('GET', '/admin/reports'))).data).toMatchObject([
        { id: story.report.id, note: `reported in the ${tenant}` },
      ])
      const audit = await sure<List<AuditEntry>>(admin(tenant)('GET', `/admin/audit?target=${story.group.id}`))
      expect(audit.data.map(({ actorId }) => actorId)).toContain('moderator')
      const foreign = await sure<List<AuditEntry>>(
        admin(tenant)('GET', `/admin/audit?target=${stories[other[tenant]].group.id}&action=conversation.read`),
      )
      expect(foreign.data).toEqual([])
    }
  })

  test('users, contexts, blocks and rules are those of the own tenant', async () => {
    for (const tenant of tenants) {
      expect(await sure(admin(tenant)('GET', '/admin/users/joe'))).toMatchObject({ email: `joe@${tenant}.example.com` })
      expect(await sure(as(tenant, 'ana')('GET', '/users/ben'))).toMatchObject({ name: `ben of the ${tenant}` })
      expect(await sure(backend(tenant)('GET', '/contexts/booking/7'))).toMatchObject({
        title: `Booked in the ${tenant}`,
      })
    }
    const blocks = (tenant: Tenant) => sure<List<{ userId: string }>>(as(tenant, 'ana')('GET', '/blocks'))
    expect((await blocks('north')).data).toMatchObject([{ userId: 'joe' }])
    expect((await blocks('south')).data).toEqual([])
    const write = (tenant: Tenant) => as(tenant, 'joe')('POST', '/messages', { to: 'ana', content: 'hello' })
    expect((await write('north')).body.code).toBe('blocked')
    expect((await write('south')).status).toBe(201)
    await sure(admin('north')('PUT', '/admin/policy', { messages: { maxLength: 5 } }))
    const tooLong = (tenant: Tenant) =>
      as(tenant, 'ana')('POST', `/conversations/${stories[tenant].group.id}/messages`, { content: 'six by six' })
    await expect.poll(async () => (await tooLong('north')).status, { timeout: 10_000 }).toBe(422)
    expect((await tooLong('south')).status).toBe(201)
    await sure(admin('north')('PUT', '/admin/policy', {}))
    expect(await sure(admin('south')('GET', '/admin/policy'))).toMatchObject({ settings: {} })
  })

  test('a sync by either says of the other’s conversations that they are gone, and brings only the own ones', async () => {
    for (const tenant of tenants) {
      const { group, direct, booking } = stories[other[tenant]]
      const named = [group, direct, booking].map(({ id }) => id)
      const since = new Date(Date.now() - 3_600_000).toISOString()
      const cursors = named.map((conversationId, i) => ({ conversationId, cursor: [null, group.cursor, null][i] }))
      const result = await sure<SyncResult>(as(tenant, 'ana')('POST', '/sync', { cursors, since }))
      expect(result.gone.sort()).toEqual(named.sort())
      const own = stories[tenant].ids
      expect(result.conversations.map(({ conversation }) => conversation.id)).toEqual(
        expect.arrayContaining(own.slice(0, 3)),
      )
      expect(JSON.stringify(result.conversations)).not.toContain(other[tenant])
    }
  })

  test('whatever happens in one is heard in it alone', async () => {
    const sockets = (tenant: Tenant) =>
      Promise.all([socket(tenant, 'ana'), socket(tenant, 'ben', 1), socket(tenant, 'moderator', 1, 'admin')])
    const [north, south] = [await sockets('north'), await sockets('south')]
    const { group, direct } = stories.north
    const [ana, ben] = [as('north', 'ana'), as('north', 'ben')]
    for (const one of [...north, ...south]) await one.send('join_conversation', { conversationId: group.id })
    expect((await south[0]!.send('join_conversation', { conversationId: group.id })).ok).toBe(false)
    const said = await sure<Message>(ana('POST', `/conversations/${group.id}/messages`, { content: 'in the north' }))
    await sure(ana('PATCH', `/messages/${said.id}`, { content: 'still in the north' }))
    await sure(ana('DELETE', `/messages/${said.id}`))
    await sure(ben('PUT', `/conversations/${direct.id}/read`, { seq: 1 }))
    await north[0]!.send('typing_start', { conversationId: group.id })
    await sure(ana('PATCH', `/conversations/${group.id}`, { title: 'Another title of the north' }))
    await sure(ana('POST', `/conversations/${group.id}/participants`, { userId: 'zoe' }))
    await sure(ana('DELETE', `/conversations/${group.id}/participants/zoe`))
    await putBooking('north', 'cancelled')
    await sure(admin('north')('POST', '/admin/broadcasts', { content: 'to the north' }))
    await sure(ana('POST', '/conversations', { kind: 'group', title: 'New', participants: [{ userId: 'ben' }] }))
    const wanted = [
      ...['new_message', 'message_updated', 'user_typing', 'conversation_updated', 'participant_joined'],
      ...['participant_left', 'admin_broadcast', 'new_conversation'],
    ]
    await expect
      .poll(() => [...new Set(north[1]!.heard.map(({ event }) => event))])
      .toEqual(expect.arrayContaining(wanted))
    await new Promise((resolve) => setTimeout(resolve, 300))
    // what was said there before may be told just now to who has not read it
    const isOwn = (event: string, data: { conversationId?: string | null; kind?: string }) =>
      event === 'ready' ||
      (event === 'notification' &&
        // of reports it is known that there are some, and none was made in the north now
        (data.kind === 'report' || stories.south.ids.includes(`${data.conversationId}`)))
    const heardInTheSouth = south.map(({ heard }) => heard.filter(({ event, data }) => !isOwn(event, data)))
    expect(heardInTheSouth).toEqual([[], [], []])
    for (const { heard } of [...north, ...south]) expect(heard.filter(({ event }) => event === 'ready')).toHaveLength(1)
    expect(JSON.stringify(north.map(({ heard }) => heard))).not.toContain('south')
  })

  test('who is disabled in one goes on in the other, over the sockets that are open', async () => {
    const [inNorth, inSouth] = [await socket('north', 'joe', 1), await socket('south', 'joe', 1)]
    onTestFinished(async () => void (await admin('north')('DELETE', '/users/joe/disabled')))
    await sure(admin('north')('PUT', '/users/joe/disabled'))
    await expect.poll(() => inNorth.socket.connected).toBe(false)
    expect(inSouth.socket.connected).toBe(true)
    const write = (tenant: Tenant) =>
      as(tenant, 'joe')('POST', `/conversations/${stories[tenant].group.id}/messages`, { content: 'still here' })
    expect([(await write('north')).status, (await write('south')).status]).toEqual([403, 201])
    expect(await sure(admin('south')('GET', '/admin/users/joe'))).toMatchObject({ disabledAt: null })
    expect((await admin('south')('PUT', '/users/zoe/disabled')).status).toBe(404)
  })
})
