import { randomUUID } from 'node:crypto'
import type { Message, Notification, NotificationChange } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'

const DELAY_MS = 600

describeStacks(
  'who is away is told over %s',
  ({ stack, socket, people }) => {
    /** The notification worker, as a user. */
    const ask = async <T>(userId: string, method: string, path: string, body?: unknown) => {
      const response = await fetch(`${stack.notifierUrls[0]}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${stack.token(userId)}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as T }
    }
    const list = async (userId: string, query = '') =>
      (await ask<{ data: Notification[] }>(userId, 'GET', `/notifications${query}`)).body.data
    const write = async (userId: string, conversationId: string, content: string) =>
      (await rest(stack, userId).call<Message>('POST', `/conversations/${conversationId}/messages`, { content })).body

    /** However long it takes until something is written to them. */
    const withoutAdded = async (...userIds: string[]) => {
      for (const userId of userIds)
        await ask(userId, 'PUT', '/me/notification-preferences', { kinds: { added: false } })
    }

    test('once, over their sockets and in their list, of what is unread when the delay is over, and it is read with the messages', async () => {
      const [ana, ben, cleo] = people('ana', 'ben', 'cleo')
      await withoutAdded(ben, cleo)
      const { id } = await rest(stack, ana).group([ben, cleo], 'Kitchen')
      const ofBen = await socket(ben)
      const told = (one: typeof ofBen) => one.of<NotificationChange>('notification')
      await write(ana, id, 'hello')
      const last = await write(ana, id, `for @[${ben}]`)
      await rest(stack, cleo).call('PUT', `/conversations/${id}/read`, { seq: last.seq })
      await expect.poll(() => told(ofBen).length).toBeGreaterThan(0)
      await expect.poll(async () => (await list(ben)).map(({ kind, count }) => [kind, count])).toEqual([['mention', 2]])
      const [one] = await list(ben)
      expect(one).toMatchObject({
        ...{ conversationId: id, conversation: { title: 'Kitchen', kind: 'group' }, readAt: null },
        messages: [{ preview: 'hello' }, { messageId: last.id, senderId: ana }],
      })
      // a second look tells nobody again
      const next = await write(ana, id, 'more')
      await expect.poll(async () => (await list(cleo, '?unread=true')).map(({ count }) => count)).toEqual([1])
      await expect.poll(async () => (await list(ben)).map(({ id, count }) => [id, count])).toEqual([[one!.id, 3]])
      // read with the messages, on whichever device
      await rest(stack, ben).call('PUT', `/conversations/${id}/read`, { seq: next.seq })
      await expect
        .poll(() => told(ofBen).at(-1))
        .toMatchObject({ id: one!.id, readAt: expect.any(String), unreadCount: 0 })
      expect((await ask(ben, 'GET', '/notifications/unread-count')).body).toEqual({ unreadCount: 0 })
      expect(await list(ben, '?unread=true')).toEqual([])
    })

    test('not of what comes where they look at it, until they look away without having read it', async () => {
      const [ana, ben, cleo] = people('ana', 'ben', 'cleo')
      const { id } = await rest(stack, ana).group([ben, cleo])
      const looking = await socket(ben, { gateway: 1 })
      await looking.send('set_presence', { state: 'active', conversationId: id })
      const presence = async () => (await rest(stack, ana).call('GET', `/presence?userIds=${ben}`)).body
      await expect.poll(presence).toMatchObject({ data: [{ state: 'active' }] })
      await write(ana, id, 'hello')
      await expect.poll(async () => (await list(cleo)).length).toBe(1)
      expect(await list(ben)).toEqual([])
      await looking.send('set_presence', { state: 'away' })
      await expect.poll(async () => (await list(ben)).length, { timeout: 20_000 }).toBe(1)
    })

    test('not of what was deleted meanwhile, nor who was removed, has muted it, or is blocked', async () => {
      const [ana, ben, cleo, dan, eve, joe] = people('ana', 'ben', 'cleo', 'dan', 'eve', 'joe')
      const as = (userId: string) => rest(stack, userId)
      await withoutAdded(ben, cleo, dan, joe)
      const { id } = await as(ana).group([ben, cleo, dan, joe])
      const direct = await as(ana).direct(eve)
      await as(dan).call('PUT', `/conversations/${id}/mute`, { until: null })
      const gone = await write(ana, id, 'a secret')
      await write(ana, id, 'stays')
      await write(ana, direct.id, 'unwelcome')
      await as(ana).call('DELETE', `/messages/${gone.id}?for=everyone`)
      await as(ana).call('DELETE', `/conversations/${id}/participants/${cleo}`)
      await as(eve).call('PUT', `/users/${ana}/block`)
      // by then everybody was decided about
      await expect.poll(async () => (await list(ben)).length).toBe(1)
      await expect.poll(async () => (await list(joe)).length).toBe(1)
      expect((await list(ben)).map(({ messages }) => messages.map(({ preview }) => preview))).toEqual([['stays']])
      const others = await Promise.all([cleo, dan, eve, ana].map((userId) => list(userId)))
      expect(others).toEqual([[], [], [], []])
      // nobody marks what is another's
      const [mine] = await list(joe)
      const marked = await ask(ben, 'PUT', '/notifications/read', { ids: [mine!.id] })
      expect(marked).toMatchObject({ status: 200, body: { unreadCount: 1 } })
      expect(await list(joe)).toMatchObject([{ readAt: null }])
      expect((await ask(joe, 'PUT', '/notifications/read', { upTo: mine!.updatedAt })).body).toEqual({ unreadCount: 0 })
    })

    test('on their devices and by e-mail, and taken back when it is read; who has muted it gets nothing', async () => {
      const [ana, ben, cleo] = people('ana', 'ben', 'cleo')
      const emailOf = (userId: string) => `${userId}.${stack.restUrls.length}@example.com`
      const host = rest(stack, 'backend', stack.token('backend', { role: 'service' }))
      const users = [ben, cleo].map((userId) => ({ userId, email: emailOf(userId) }))
      expect((await host.call('PUT', '/users', { users })).status).toBe(200)
      for (const userId of [ben, cleo])
        expect(
          (
            await ask(userId, 'PUT', '/me/devices/phone', {
              channel: 'fcm',
              token: `token-${userId}-${'x'.repeat(40)}`,
            })
          ).status,
        ).toBe(200)
      await withoutAdded(ben, cleo)
      const { id } = await rest(stack, ana).group([ben, cleo], 'Kitchen')
      await rest(stack, cleo).call('PUT', `/conversations/${id}/mute`, { until: null })
      const last = await write(ana, id, 'see you at nine')
      interface Sunk {
        to: string
        content: { userId: string; withdraws?: boolean }
      }
      const sunk = async (userId: string) => {
        const response = await fetch(`${stack.notifierUrls[0]}/dev/sink.json`)
        const { emails, pushes } = (await response.json()) as { emails: Sunk[]; pushes: Sunk[] }
        const mine = (all: Sunk[]) => all.filter(({ content }) => content.userId === userId)
        return { emails: mine(emails), pushes: mine(pushes) }
      }
      await expect.poll(async () => (await sunk(ben)).emails.length, { timeout: 20_000 }).toBe(1)
      await expect.poll(async () => (await sunk(ben)).pushes.length, { timeout: 20_000 }).toBe(1)
      const got = await sunk(ben)
      expect(got.emails[0]!.to).toBe(emailOf(ben))
      for (const [one] of Object.values(got)) expect(JSON.stringify(one)).toContain('see you at nine')
      await rest(stack, ben).call('PUT', `/conversations/${id}/read`, { seq: last.seq })
      await expect.poll(async () => (await sunk(ben)).pushes[0]?.content.withdraws, { timeout: 20_000 }).toBe(true)
      expect((await sunk(ben)).emails).toHaveLength(1)
      expect((await sunk(cleo)).emails).toEqual([])
    })

    test('of what becomes of an offer, being let in, a changed context, a broadcast and a report; not of what is off, seen or undone', async () => {
      const [ana, ben, cleo, ada] = people('ana', 'ben', 'cleo', 'ada')
      const as = (userId: string) => rest(stack, userId)
      const host = rest(stack, 'backend', stack.token('backend', { role: 'service' }))
      const admin = rest(stack, ada, stack.token(ada, { role: 'admin' }))
      const phone = (userId: string) => ({ channel: 'fcm', token: `token-${userId}-${'x'.repeat(40)}` })
      for (const userId of [ana, ben, cleo, ada]) await ask(userId, 'PUT', '/me/devices/phone', phone(userId))
      await host.call('PUT', '/users', { users: [{ userId: ada, role: 'admin' }, { userId: ben }, { userId: cleo }] })
      await ask(cleo, 'PUT', '/me/notification-preferences', {
        kinds: { added: false, context: false, broadcast: false, transition: false },
      })
      const told = async (userId: string) => (await list(userId)).map(({ kind }) => kind).sort()
      const pushed = async (userId: string) => {
        const { pushes } = (await (await fetch(`${stack.notifierUrls[0]}/dev/sink.json`)).json()) as {
          pushes: { content: { userId: string; data: { kind: string }; title: string; body: string } }[]
        }
        return pushes.filter(({ content }) => content.userId === userId).map(({ content }) => content)
      }

      // let in: ben is told; cleo has turned it off, and who is out again by then has nothing to look at
      const { id } = await as(ana).group([ben, cleo, ada], 'Kitchen')
      await as(ana).call('DELETE', `/conversations/${id}/participants/${ada}`)
      // an offer is accepted: ana is told, ben who did it is not
      const direct = await as(ana).direct(ben)
      const payload = { title: 'Logo', amount: 25_000, currency: 'EUR' }
      const offered = await as(ana).call<Message>('POST', `/conversations/${direct.id}/messages`, {
        ...{ type: 'service_offer', payload },
      })
      const accepted = await as(ben).call('POST', `/messages/${offered.body.id}/actions/accept`, {})
      expect([offered.status, accepted.status]).toEqual([201, 200])
      await as(ben).call('PUT', `/conversations/${direct.id}/read`, { seq: offered.body.seq })
      // a context changes: both are told, cleo has turned it off
      const members = [ana, ben, cleo].map((userId) => ({ userId, role: 'member' }))
      const put = (status: string) => host.call('PUT', `/contexts/visit/${id}`, { title: 'Visit', status, members })
      await put('planned')
      const visit = (await as(ana).call<{ id: string }>('POST', `/contexts/visit/${id}/conversation`, {})).body
      expect(visit.id).toBeDefined()
      await put('moved')
      // a report that is decided at once, and one that waits
      const { body: left } = await admin.call<{ data: { id: string }[] }>('GET', '/admin/reports?status=open')
      for (const { id: old } of left.data) await admin.call('PATCH', `/admin/reports/${old}`, { status: 'dismissed' })
      const report = (of: object) => as(ben).call<{ id: string }>('POST', '/reports', { ...of, reason: 'spam' })
      const gone = await report({ messageId: offered.body.id })
      await admin.call('PATCH', `/admin/reports/${gone.body.id}`, { status: 'dismissed' })
      const open = await report({ userId: ana })
      await admin.call('POST', '/admin/broadcasts', { content: 'We are closed tomorrow' })

      await expect.poll(() => told(ben), { timeout: 20_000 }).toEqual(['added', 'broadcast', 'context'])
      await expect.poll(() => told(ana), { timeout: 20_000 }).toEqual(['broadcast', 'context', 'transition'])
      await expect.poll(() => told(ada), { timeout: 20_000 }).toEqual(['report'])
      const [transition] = (await list(ana)).filter(({ kind }) => kind === 'transition')
      expect(transition).toMatchObject({
        conversationId: direct.id,
        messages: [{ senderId: ben, preview: '💼 Logo · €250.00', moved: { action: 'accept', type: 'service_offer' } }],
      })
      for (const [userId, kinds] of [
        [ben, ['added', 'broadcast', 'context']],
        [ana, ['broadcast', 'context', 'transition']],
        [ada, ['report']],
      ] as const)
        await expect
          .poll(async () => (await pushed(userId)).map(({ data }) => data.kind).sort(), { timeout: 20_000 })
          .toEqual(kinds)
      const words = [...(await pushed(ana)), ...(await pushed(ben))].map(({ title, body }) => `${title} ${body}`).join()
      expect(words).toMatch(/Offer accepted: 💼 Logo/)
      expect(words).toMatch(/We are closed tomorrow/)
      expect(words).toMatch(/You were added: Kitchen/)
      // turned off, or their own
      expect(await told(cleo)).toEqual([])
      await admin.call('PATCH', `/admin/reports/${open.body.id}`, { status: 'resolved' })
      await expect.poll(() => list(ada, '?unread=true'), { timeout: 20_000 }).toEqual([])
    })

    test('what is no input for the list is refused with a code, and who is nobody gets in nowhere', async () => {
      const [ana] = people('ana')
      for (const [method, path, body] of [
        ['GET', '/notifications?limit=0'],
        ['GET', '/notifications?cursor=bm9uZQ'],
        ['GET', '/notifications?unread=maybe'],
        ['PUT', '/notifications/read', {}],
        ['PUT', '/notifications/read', { ids: ['x'] }],
        ['PUT', '/notifications/read', { upTo: 'yesterday' }],
        ['PUT', '/notifications/read', { ids: [], upTo: null }],
        ['PUT', '/notifications/read', { conversationId: 'x' }],
        ['PUT', '/notifications/read', { upTo: new Date(0).toISOString(), conversationId: randomUUID() }],
      ] as const)
        expect([path, await ask(ana, method, path, body)]).toMatchObject([
          path,
          { status: 422, body: { code: 'invalid_input' } },
        ])
      const open = await fetch(`${stack.notifierUrls[0]}/v1/notifications`)
      expect(open.status).toBe(401)
    })
  },
  { env: { NOTIFY_DELAY_MS: String(DELAY_MS) } },
)
