import { randomUUID } from 'node:crypto'
import {
  type Conversation,
  EVENT_STREAM,
  type Me,
  type Message,
  type ScheduledMessage,
  type Stats,
  type SyncResult,
  subjects,
  type TenantPolicy,
  type TransitionedMessage,
} from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest, type TestSocket } from '../stack/test-client.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const contents = (messages: Message[]) => messages.map(({ content }) => content)

describeStacks('business over %s', ({ stack, socket: connected }) => {
  let tenants = 0

  /** A tenant of this test alone, and who acts in it. */
  const scene = () => {
    const tenant = `business-${++tenants}`
    const tokenOf = (userId: string, role = 'customer') => stack.token(userId, { role, tenant })
    const as = (userId: string, role?: string) => rest(stack, userId, tokenOf(userId, role))
    const socket = (userId: string, gateway = 0, role?: string, token = tokenOf(userId, role)) =>
      connected(userId, { gateway, token })
    return { tenant, tokenOf, as, socket, host: as('backend', 'service'), admin: as('mia', 'admin') }
  }
  const members = ['ana', 'ben'].map((userId) => ({ userId, role: 'party' }))

  test('a booking: the first message over a socket starts it, its end closes it live, with a mark, and history stays', async () => {
    const { host, as, socket } = scene()
    await host.call('PUT', '/admin/policy', {
      contexts: { booking: { conversation: 'one', starters: null, statuses: { done: { conversation: 'read_only' } } } },
    })
    const put = (version: number, status: string) =>
      host.call('PUT', '/contexts/booking/B-7', { title: 'Deep clean', status, version, members })
    expect((await put(1, 'confirmed')).status).toBe(201)
    const sockets = [await socket('ana', 0), await socket('ben', 1)] as const
    const sent = await sockets[0].send('send_message', { context: { type: 'booking', id: 'B-7' }, content: 'hello' })
    expect(sent).toMatchObject({ ok: true, data: { seq: 1 } })
    const { conversationId } = (sent as { data: Message }).data
    await expect
      .poll(() => sockets.map((one) => contents(one.messages(conversationId))))
      .toEqual([['hello'], ['hello']])
    expect(sockets[1].of<Conversation>('new_conversation')[0]).toMatchObject({ context: { title: 'Deep clean' } })
    expect((await put(2, 'done')).status).toBe(200)
    const mark = 'This conversation can only be read now'
    await expect
      .poll(() => sockets.map((one) => contents(one.messages(conversationId))))
      .toEqual([
        ['hello', mark],
        ['hello', mark],
      ])
    for (const one of sockets)
      expect(one.of<Conversation>('conversation_updated').at(-1)).toMatchObject({
        status: 'read_only',
        statusReason: 'done',
        context: { status: 'done' },
      })
    expect(await sockets[1].send('send_message', { conversationId, content: 'x' })).toMatchObject({
      error: { code: 'conversation_read_only' },
    })
    expect(contents(await as('ben').messages(conversationId))).toEqual(['hello', mark])
    // a late one changes nothing
    expect((await put(1, 'confirmed')).body).toMatchObject({ status: 'done', version: 2 })
  })

  test('an offer is countered over one gateway, accepted over another, completed by the host, and another one expires by itself', async () => {
    const { host, as, socket, tenant } = scene()
    const events = new Map<string, TransitionedMessage>()
    const consumer = {
      stream: EVENT_STREAM,
      name: randomUUID(),
      filter: subjects.event(tenant, 'message.transitioned'),
    }
    const stop = await stack.bus.consume(consumer, async ({ body }) => {
      const { id, data } = JSON.parse(Buffer.from(body).toString())
      events.set(id, data)
    })
    await host.call('PUT', '/contexts/booking/B-8', { members })
    const context = { type: 'booking', id: 'B-8' }
    const [ana, ben] = [await socket('ana', 0), await socket('ben', 1)]
    const offer = { title: 'Deep clean', amount: 9_900, currency: 'EUR' }
    const send = (payload: object) => ana.send('send_message', { context, type: 'service_offer', payload })
    const first = ((await send(offer)) as { data: Message }).data
    /** It expires soon, and was not past on a busy machine either. */
    const sendExpiring = async () => {
      for (let ms = 1_500; ; ms *= 2) {
        const reply = await send({ ...offer, expiresAt: new Date(Date.now() + ms).toISOString() })
        if (reply.ok) return reply.data as Message
      }
    }
    const second = await sendExpiring()
    const payload = { ...offer, amount: 8_900 }
    const better = { messageId: first.id, action: 'counter', payload, clientId: 'c1' }
    await expect
      .poll(() => ben.send('act_on_message', better))
      .toMatchObject({ ok: true, data: { payload: { status: 'superseded' } } })
    const { conversationId } = first
    const stateOf = (one: TestSocket, id: string) =>
      one
        .of<Message & { payload: { status: string } }>('message_updated')
        .filter((message) => message.id === id)
        .at(-1)?.payload.status
    const isOfBen = ({ senderId }: Message) => senderId === 'ben'
    await expect.poll(() => ana.messages(conversationId).some(isOfBen)).toBe(true)
    const counter = ana.messages(conversationId).find(isOfBen)!
    await expect
      .poll(() => as('ana').call('POST', `/messages/${counter.id}/actions/accept`, {}))
      .toMatchObject({ status: 200, body: { payload: { status: 'accepted', supersedes: first.id } } })
    await expect
      .poll(() => as('ben').call('POST', `/messages/${counter.id}/actions/withdraw`, {}))
      .toMatchObject({ status: 409, body: { code: 'already_decided' } })
    await expect
      .poll(() => host.call('PUT', `/messages/${counter.id}/state`, { status: 'completed' }))
      .toMatchObject({ status: 200 })
    const states = () => [ana, ben].flatMap((one) => [first.id, second.id, counter.id].map((id) => stateOf(one, id)))
    const ended = ['superseded', 'expired', 'completed']
    await expect.poll(states, { timeout: 20_000 }).toEqual([...ended, ...ended])
    const told = () => [...events.values()].map(({ action, to, by }) => `${action} ${to} ${by}`).sort()
    const all = ['accept accepted ana', 'complete completed backend', 'counter superseded ben', 'expire expired null']
    await expect.poll(told, { timeout: 10_000 }).toEqual(all)
    for (const event of events.values()) expect(event).toMatchObject({ context, message: { conversationId } })
    await stop()
  })

  test('a scheduled message goes out at its time; all sockets of its sender hear how it stands', async () => {
    const { as, socket } = scene()
    const [ana, ben] = [await socket('ana', 1), await socket('ben', 0)]
    /** As soon as the machine lets it be in the future when it is looked at. */
    const schedule = async (aheadMs: number): Promise<ScheduledMessage> => {
      const sendAt = new Date(Date.now() + aheadMs).toISOString()
      const body = { to: 'ben', content: 'in a moment', sendAt }
      const made = await as('ana').call<ScheduledMessage>('POST', '/scheduled-messages', body)
      return made.status === 201 ? made.body : schedule(aheadMs * 3)
    }
    const scheduled = await schedule(700)
    expect(contents(ben.messages())).toEqual([])
    await expect.poll(() => contents(ben.messages())).toEqual(['in a moment'])
    const [message] = ben.messages()
    expect(Date.parse(message!.createdAt)).toBeGreaterThanOrEqual(Date.parse(scheduled.sendAt))
    await expect
      .poll(() => ana.of<ScheduledMessage>('scheduled_message_updated'))
      .toMatchObject([
        { id: scheduled.id, status: 'scheduled' },
        { id: scheduled.id, status: 'sent', messageId: message!.id },
      ])
    expect(ben.of('scheduled_message_updated')).toEqual([])
  })

  test('a warranty runs out by itself', async () => {
    const { host, as, socket } = scene()
    const statuses = { sold: { conversation: 'closed', afterSeconds: 1, reason: 'warranty_over' } }
    await host.call('PUT', '/admin/policy', { contexts: { '*': { conversation: 'one', starters: null, statuses } } })
    await host.call('PUT', '/contexts/sale/1', { status: 'new', members })
    const { body } = await as('ana').call<Conversation>('POST', '/contexts/sale/1/conversation', {})
    const ben = await socket('ben', 1)
    await host.call('PUT', '/contexts/sale/1', { status: 'sold', members })
    await expect
      .poll(() => contents(ben.messages(body.id)), { timeout: 15_000 })
      .toEqual(['This conversation is closed'])
    const { body: after } = await as('ana').call<Conversation>('GET', '/contexts/sale/1/conversation')
    expect(after).toMatchObject({ status: 'closed', statusReason: 'warranty_over', closesAt: null })
  })

  test('contexts told in any order, by REST and durably, end in the same state; what is no context is left aside', async () => {
    const { tenant, host, as } = scene()
    const state = (version: number) => ({
      title: `version ${version}`,
      status: 'confirmed',
      version,
      members: version % 2 ? members : [...members, { userId: 'joe', role: `helper ${version}` }],
    })
    await host.call('PUT', '/contexts/booking/1', state(1))
    const { body } = await as('ana').call<Conversation>('POST', '/contexts/booking/1/conversation', {})
    const durably = (context: unknown, of = tenant) =>
      stack.bus.publishDurable([
        {
          subject: subjects.hostContext(of),
          id: randomUUID(),
          headers: {},
          body: Buffer.from(typeof context === 'string' ? context : JSON.stringify(context)),
        },
      ])
    await durably('not JSON')
    await durably({ type: 'booking', id: '1', members }, 'No_Tenant')
    await durably({ type: 'booking', id: '1', members: 'nobody' })
    await durably({ type: 'booking', id: '1', members: [members[0], members[0]], version: 99 })
    const versions = [5, 2, 8, 3, 7, 4, 6]
    await Promise.all(
      versions.map((version, i) =>
        i % 2
          ? host.call('PUT', '/contexts/booking/1', state(version))
          : durably({ type: 'booking', id: '1', ...state(version) }),
      ),
    )
    const now = async () => {
      const reply = await as('ana').call<Conversation>('GET', `/conversations/${body.id}`)
      return [reply.body.context?.title, reply.body.participants.map(({ userId, role }) => `${userId} ${role}`).sort()]
    }
    await expect.poll(now, { timeout: 15_000 }).toEqual(['version 8', ['ana party', 'ben party', 'joe helper 8']])
  })

  test('who was removed at 50 and let in again at 80 sees nothing of the time between, by any way', async () => {
    const { as, socket, admin } = scene()
    await admin.call('PUT', '/admin/policy', { groups: { notices: false } })
    const ana = as('ana')
    const ben = as('ben')
    const { id } = await ana.group(['ben'])
    const say = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) await ana.call('POST', `/conversations/${id}/messages`, { content: `m${n}` })
    }
    const device = await socket('ben', 1)
    await say(1, 50)
    await expect.poll(() => device.messages(id).length).toBe(50)
    const before = (await ben.call<Conversation>('GET', `/conversations/${id}`)).body
    const sync = async (cursor: string | null) =>
      (await ben.call<SyncResult>('POST', '/sync', { cursors: [{ conversationId: id, cursor }] })).body
    await ana.call('DELETE', `/conversations/${id}/participants/ben`)
    await say(51, 80)
    expect((await sync(before.cursor)).gone).toEqual([id])
    const asked = await device.send('sync', { cursors: [{ conversationId: id, cursor: null }] })
    expect(asked).toMatchObject({ ok: true, data: { conversations: [], gone: [id] } })
    await ana.call('POST', `/conversations/${id}/participants`, { userId: 'ben' })
    const empty = await ben.call<Conversation>('GET', `/conversations/${id}`)
    expect(empty.body).toMatchObject({ lastMessage: null, unreadCount: 0, lastSeq: 80 })
    expect((await sync(before.cursor)).conversations).toMatchObject([{ reset: true, messages: [], changed: [] }])
    // an old message is changed: not theirs to hear either
    const old = (await ana.messages(id))[60]!
    await ana.call('PATCH', `/messages/${old.id}`, { content: 'rewritten' })
    expect((await ben.call('GET', `/messages/${old.id}`)).status).toBe(404)
    await say(81, 83)
    const rest3 = ['m81', 'm82', 'm83']
    await expect.poll(() => contents(device.messages(id)).slice(50)).toEqual(rest3)
    expect(device.of('message_updated')).toEqual([])
    expect(contents(await ben.messages(id))).toEqual(rest3)
    for (const range of ['before=81', 'around=60', 'after=50', 'after=0', 'limit=100']) {
      const { body } = await ben.call<{ data: Message[] }>('GET', `/conversations/${id}/messages?${range}`)
      expect(body.data.every(({ seq }) => seq > 80)).toBe(true)
    }
    for (const cursor of [before.cursor, null])
      expect(contents((await sync(cursor)).conversations[0]!.messages)).toEqual(rest3)
    expect((await ben.call('GET', `/conversations/${id}/unread-count`)).body).toEqual({ unreadCount: 3 })
  })

  test('an admin listens in live without being seen, is in the log, and is told nothing after leaving', async () => {
    const { as, socket, admin } = scene()
    const { id } = await as('ana').group(['ben'])
    const say = (who: string, content: string) => as(who).call('POST', `/conversations/${id}/messages`, { content })
    await say('ana', 'before')
    const mia = await socket('mia', 1, 'admin')
    expect(await mia.send('join_conversation', { conversationId: id })).toMatchObject({
      ok: true,
      data: { id, lastMessage: { content: 'before' }, participantCount: 2 },
    })
    for (const n of upTo(10)) await say(n % 2 ? 'ana' : 'ben', `m${n}`)
    await expect.poll(() => contents(mia.messages(id))).toEqual(upTo(10).map((n) => `m${n}`))
    expect((await as('ben').call<Conversation>('GET', `/conversations/${id}`)).body.participantCount).toBe(2)
    expect(await mia.send('typing_start', { conversationId: id })).toMatchObject({ error: { code: 'not_found' } })
    expect(await mia.send('send_message', { conversationId: id, content: 'x' })).toMatchObject({
      error: { code: 'not_found' },
    })
    await mia.send('leave_conversation', { conversationId: id })
    await say('ana', 'alone again')
    await say('ana', 'really')
    await expect.poll(async () => (await as('ben').messages(id)).length).toBe(13)
    expect(mia.messages(id)).toHaveLength(10)
    const { body } = await admin.call<{ data: { action: string; target: string }[] }>('GET', '/admin/audit')
    expect(body.data[0]).toMatchObject({ action: 'conversation.observed', target: id, actorId: 'mia' })
    const eve = await socket('eve')
    expect(await eve.send('join_conversation', { conversationId: id })).toMatchObject({ error: { code: 'not_found' } })
  })

  test('whoever is an admin no more hears nothing more of what they listened in on', async () => {
    const { as, socket, host } = scene()
    const { id } = await as('ana').group(['ben'])
    const say = (content: string) => as('ana').call('POST', `/conversations/${id}/messages`, { content })
    const mia = await socket('mia', 1, 'admin')
    await mia.send('join_conversation', { conversationId: id })
    await say('one')
    await expect.poll(() => contents(mia.messages(id))).toEqual(['one'])
    await host.call('PUT', '/admin/policy', { roles: { admin: ['staff'] } })
    await expect.poll(() => mia.of('ready').length, { timeout: 10_000 }).toBe(2)
    await expect
      .poll(async () => (await mia.send('join_conversation', { conversationId: id })).ok, { timeout: 10_000 })
      .toBe(false)
    await say('two')
    await expect.poll(async () => (await as('ben').messages(id)).length).toBe(2)
    expect(contents(mia.messages(id))).toEqual(['one'])
  })

  test('an admin who joins is seen by all, and speaks', async () => {
    const { as, socket, admin } = scene()
    const { id } = await as('ana').direct('ben')
    const ben = await socket('ben', 1)
    expect((await admin.call('POST', `/admin/conversations/${id}/join`, {})).body).toMatchObject({ role: 'moderator' })
    const mia = await socket('mia', 0, 'admin')
    await mia.send('send_message', { conversationId: id, content: 'How can I help?' })
    await expect.poll(() => contents(ben.messages(id))).toEqual(['A moderator has joined', 'How can I help?'])
    expect(ben.of('participant_joined')).toMatchObject([{ participant: { userId: 'mia', role: 'moderator' } }])
  })

  test('whoever is disabled is shut out at once, on every gateway, and lets nobody in who looks like them', async () => {
    const { as, socket, host } = scene()
    const { id } = await as('ana').direct('ben')
    const sockets = [await socket('ben', 0), await socket('ben', 1)]
    expect((await host.call('PUT', '/users/ben/disabled')).status).toBe(204)
    await expect.poll(() => sockets.map(({ socket: one }) => one.connected), { timeout: 5_000 }).toEqual([false, false])
    await expect(socket('ben')).rejects.toMatchObject({ data: { code: 'forbidden' } })
    // the other replica hears of it
    await expect.poll(async () => (await as('ben').call('GET', '/conversations')).status).toBe(403)
    expect((await as('ben').call('POST', `/conversations/${id}/messages`, { content: 'x' })).status).toBe(403)
    await host.call('DELETE', '/users/ben/disabled')
    await socket('ben', 1)
    await expect.poll(async () => (await as('ben').call('GET', '/conversations')).status).toBe(200)
  })

  test("the host's word of a user holds against their token of before, by request and socket, and not against the next", async () => {
    const { tenant, socket, host } = scene()
    const tokenOf = (name: string) => stack.token('ana', { role: 'customer', tenant, name })
    const before = tokenOf('Ana')
    const me = async (token: string) => (await rest(stack, 'ana', token).call<Me>('GET', '/me')).body
    const both = async (token: string) => {
      const { of } = await socket('ana', 1, undefined, token)
      return [await me(token), await me(token), of<{ me: Me }>('ready')[0]!.me].map((one) => [one.name, one.hostRole])
    }
    const thrice = (...word: string[]) => [word, word, word]
    expect(await both(before)).toEqual(thrice('Ana', 'customer'))
    await host.call('PUT', '/users/ana', { name: 'Ana Ferreira', role: 'provider' })
    expect(await both(before)).toEqual(thrice('Ana Ferreira', 'provider'))
    // tokens say whole seconds
    const said = Math.floor(Date.now() / 1000)
    await expect.poll(() => Math.floor(Date.now() / 1000), { timeout: 3_000 }).toBeGreaterThan(said)
    expect(await both(tokenOf('Ana'))).toEqual(thrice('Ana', 'customer'))
    expect(await both(before)).toEqual(thrice('Ana', 'customer'))
  })

  test('a broadcast reaches whoever of the tenant is connected, and the statistics know how many', async () => {
    const { as, socket, admin } = scene()
    const { socket: elsewhere } = scene()
    const ours = [await socket('ana', 0), await socket('ben', 1), await socket('ben', 1)]
    const theirs = await elsewhere('ana', 1)
    expect((await admin.call('POST', '/admin/broadcasts', { content: 'back in five minutes' })).status).toBe(201)
    await expect
      .poll(() => ours.map((one) => one.of<{ content: string }>('admin_broadcast').map(({ content }) => content)))
      .toEqual(ours.map(() => ['back in five minutes']))
    expect(theirs.of('admin_broadcast')).toEqual([])
    // who was not there reads it later
    const later = await as('joe').call<{ data: { content: string }[] }>('GET', '/broadcasts')
    expect(later.body.data).toMatchObject([{ content: 'back in five minutes', link: null }])
    const online = async () => (await admin.call<Stats>('GET', '/admin/stats?days=1')).body.users.online
    await expect.poll(online, { timeout: 15_000 }).toBe(2)
  })

  test('who is renamed is called so at once by those who know them, on every gateway; strangers do not hear it', async () => {
    const { as, socket, host, tenant } = scene()
    const elsewhere = scene()
    const users = ['ana', 'ben'].map((userId) => ({ userId, name: `${userId} before` }))
    expect((await host.call('PUT', '/users', { users })).status).toBe(200)
    const { id } = await as('ana').group(['ben', 'joe'])
    await as('eve').group(['zoe'])
    await elsewhere.as('ana').group(['ben'])
    const known = [await socket('ana', 0), await socket('ana', 1), await socket('ben', 1), await socket('joe', 0)]
    const strangers = [await socket('eve', 0), await elsewhere.socket('ben', 1), await elsewhere.socket('ana', 0)]
    const names = (one: TestSocket) => one.of<{ userId: string; name: string }>('user_updated')
    const ana = { userId: 'ana', name: 'Ana Ferreira', avatarUrl: null }
    expect((await host.call('PUT', '/users/ana', { name: 'Ana Ferreira' })).status).toBe(200)
    for (const one of known) await expect.poll(() => names(one)).toEqual([ana])
    // what is loaded says the same
    const read = await as('ben').call<Conversation>('GET', `/conversations/${id}`)
    expect(read.body.participants.find(({ userId }) => userId === 'ana')?.name).toBe('Ana Ferreira')
    // nothing new, and then a token's word
    await host.call('PUT', '/users', { users: [{ userId: 'ana', name: 'Ana Ferreira' }, users[1]!] })
    const joe = { userId: 'joe', name: 'Joseph', avatarUrl: null }
    const token = stack.token('joe', { role: 'customer', tenant, name: 'Joseph' })
    expect((await rest(stack, 'joe', token).call('GET', '/me')).status).toBe(200)
    for (const one of known) await expect.poll(() => names(one)).toEqual([ana, joe])
    expect(strangers.map(names)).toEqual([[], [], []])
  })

  test('admins hear how many reports wait, on every gateway and soon after; nobody else does, and many at once are told once', async () => {
    const { as, socket, admin } = scene()
    const elsewhere = scene()
    const counts = (one: TestSocket) => one.of<{ open: number }>('reports_changed').map(({ open }) => open)
    const admins = [await socket('mia', 0, 'admin'), await socket('max', 1, 'admin')]
    const others = [await socket('ana', 0), await socket('ben', 1), await elsewhere.socket('mia', 0, 'admin')]
    const { id } = await as('ana').group(['ben'])
    const made = await Promise.all(
      upTo(20).map(async (n) => {
        const said = await as('ben').call<Message>('POST', `/conversations/${id}/messages`, { content: `m${n}` })
        return as('ana').call<{ id: string }>('POST', '/reports', { messageId: said.body.id, reason: 'spam' })
      }),
    )
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201))
    for (const one of admins) await expect.poll(() => counts(one).at(-1)).toBe(20)
    expect(counts(admins[0]!).length).toBeLessThan(20)
    const [first] = made
    await admin.call('PATCH', `/admin/reports/${first!.body.id}`, { status: 'dismissed' })
    for (const one of admins) await expect.poll(() => counts(one).at(-1)).toBe(19)
    expect((await admin.call('GET', '/admin/reports/count')).body).toEqual({ open: 19 })
    expect(others.flatMap(counts)).toEqual([])
  })

  test('policy is put as a preset with changes over it, is the same on every replica, and refuses what it does not know', async () => {
    const { admin, as } = scene()
    const put = await admin.call<TenantPolicy>('PUT', '/admin/policy', {
      preset: 'contracts',
      messages: { maxLength: 10 },
    })
    expect(put.body).toMatchObject({
      settings: { preset: 'contracts', messages: { maxLength: 10 } },
      policy: {
        preset: 'contracts',
        messages: { maxLength: 10, types: expect.arrayContaining(['text']) },
        conversations: { direct: [] },
      },
    })
    for (const _ of upTo(4)) expect((await admin.call('GET', '/admin/policy')).body).toEqual(put.body)
    for (const _ of upTo(2))
      await expect
        .poll(async () => (await as('ana').call('POST', '/messages', { to: 'ben', content: 'x' })).status)
        .toBe(403)
    const bad = [
      { preset: 'none' },
      { messages: { maxLength: 0 } },
      { messages: { longest: 1 } },
      { contexts: { Booking: {} } },
      { contexts: { '*': { conversation: 'of_parent', starters: null, statuses: {} } } },
      { roles: { admin: ['*'] } },
    ]
    for (const settings of bad) {
      const reply = await admin.call<{ code: string; errors: unknown[] }>('PUT', '/admin/policy', settings)
      expect([settings, reply.status, reply.body.code]).toEqual([settings, 422, 'invalid_input'])
    }
    expect((await admin.call('GET', '/admin/policy')).body).toEqual(put.body)
  })

  test('limits of a user, a conversation and the tenant hold over all replicas, say when to come back, and leave others alone', async () => {
    const minute = 60_000
    const rateLimits = {
      userMessages: { points: 5, durationMs: minute },
      conversationMessages: { points: 7, durationMs: minute },
      tenantMessages: { points: 12, durationMs: minute },
      userCalls: { points: 8, durationMs: minute },
    }
    const { as, admin, host, socket } = scene()
    const one = await as('ana').group(['ben', 'joe'])
    const two = await as('joe').group(['ana', 'kim'])
    await admin.call('PUT', '/admin/policy', { rateLimits })
    // every replica knows it by now
    await new Promise((resolve) => setTimeout(resolve, 300))
    const devices = new Map<string, TestSocket>()
    for (const [i, who] of ['ana', 'ben', 'joe', 'kim'].entries()) devices.set(who, await socket(who, i))
    const send = async (who: string, conversationId: string, times: number) => {
      const replies = await Promise.all(
        upTo(times).map((n) => devices.get(who)!.send('send_message', { conversationId, content: `m${n}` })),
      )
      for (const reply of replies)
        if (!reply.ok) {
          expect(reply.error.code).toBe('rate_limited')
          expect(reply.error.retryAfterMs).toBeGreaterThan(0)
          expect(reply.error.retryAfterMs).toBeLessThanOrEqual(minute)
        }
      return replies.filter(({ ok }) => ok).length
    }
    // their own five, of eight
    expect(await send('ana', one.id, 8)).toBe(5)
    // the conversation has two left, whoever writes
    expect((await send('ben', one.id, 2)) + (await send('joe', one.id, 2))).toBe(2)
    // another conversation has its own, but a user has not
    expect(await send('ana', two.id, 1)).toBe(0)
    const { status, headers, body } = await as('ana').call<{ code: string }>(
      'POST',
      `/conversations/${two.id}/messages`,
      {
        content: 'x',
      },
    )
    expect([status, body.code, Number(headers.get('retry-after')) > 0]).toEqual([429, 'rate_limited', true])
    // of the tenant's twelve messages some are left: a backend may use them up, in anybody's name
    const spoken = await Promise.all(
      upTo(12).map((n) => host.call('POST', `/conversations/${two.id}/messages`, { as: 'kim', content: `n${n}` })),
    )
    const accepted = spoken.filter((reply) => reply.status === 201).length
    expect(accepted).toBeGreaterThan(0)
    const { lastSeq: first } = (await admin.call<Conversation>('GET', `/admin/conversations/${one.id}`)).body
    expect(first + accepted).toBeLessThanOrEqual(12)
    // and calls that send nothing
    const calls = await Promise.all(upTo(12).map(() => as('kim').call('GET', '/conversations')))
    expect(calls.map((reply) => reply.status).sort()).toEqual([...upTo(8).map(() => 200), 429, 429, 429, 429])
    expect((await as('ben').call('GET', '/conversations')).status).toBe(200)
  })
})
