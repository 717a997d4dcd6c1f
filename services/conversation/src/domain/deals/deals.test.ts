import type { ActOnMessage, Actor, Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { both, contextScene, members } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

const offer = { title: 'Logo', amount: 25_000, currency: 'EUR' }
const at = (hour: number) => `2099-05-04T${hour}:00:00+02:00`
const times = [10, 14].map((hour) => ({ start: at(hour), timeZone: 'Europe/Berlin' }))
const booking = { title: 'First lesson', requestedFor: times }
const payloadOf = ({ payload }: Message) => payload as Record<string, unknown>

describeUseCases('offers and booking requests', (current) => {
  /** Ana and Ben, who talk to each other alone, and what Ana makes there. */
  const scene = async () => {
    const world = current()
    const { ana, ben, eve, tenantId } = world.people('ana', 'ben', 'eve')
    const { message: first } = await world.chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    const { conversationId } = first
    const make = async (type: string, payload: object, who: Actor = ana) =>
      (await world.chat.sendMessage(who, { conversationId, type, payload: { ...payload } })).message
    const act = (who: Actor, { id: messageId }: Message, action: ActOnMessage['action'], more: object = {}) =>
      world.chat.actOnMessage(who, { messageId, action, ...more })
    const lines = async () =>
      (await world.chat.listMessages(ana, { conversationId, limit: 50 })).data
        .filter(({ type }) => type === 'system')
        .map(({ content }) => content)
    return { ...world, ana, ben, eve, tenantId, backend: backendOf(ana), conversationId, make, act, lines }
  }

  test('the other side accepts an offer: its state is the server’s, and everybody and the host hear of it once', async () => {
    const { chat, committed, ana, ben, make, act, lines, conversationId } = await scene()
    const sent = await make('service_offer', offer)
    expect(payloadOf(sent)).toEqual({ ...offer, status: 'pending' })
    expect(await codeOf(make('service_offer', { ...offer, status: 'accepted' }))).toBe('invalid_input')
    const { cursor, rev } = await chat.getConversation(ben, { conversationId })
    committed.length = 0
    const accepted = await act(ben, sent, 'accept', { reason: 'gladly' })
    const decision = { action: 'accept', by: 'ben', party: 'recipient', reason: 'gladly', at: expect.any(String) }
    expect(payloadOf(accepted)).toEqual({ ...offer, status: 'accepted', decision })
    expect(accepted.rev).toBe(rev + 1)
    expect(await act(ben, sent, 'accept')).toEqual(accepted)
    const changes = committed.flatMap((batch) => batch.changes)
    expect(changes).toMatchObject([
      {
        type: 'message.transitioned',
        seq: sent.seq,
        rev: rev + 1,
        data: { message: accepted, action: 'accept', from: 'pending', to: 'accepted', by: 'ben', reason: 'gladly' },
        live: [{ event: 'message_updated', span: 1, aboutSeq: sent.seq, data: accepted }],
      },
      { type: 'message.created', seq: sent.seq + 1, data: { type: 'system', content: 'ben accepted the offer' } },
    ])
    expect(await lines()).toEqual(['ben accepted the offer'])
    // whoever was away finds it, and it is nothing unread
    const { conversations } = await chat.sync(ben, { cursors: [{ conversationId, cursor }] })
    expect(conversations).toMatchObject([{ changed: [accepted], messages: [{ type: 'system' }] }])
    expect(await chat.getMessage(ana, { messageId: sent.id })).toEqual(accepted)
    expect((await chat.getUnreadCount(ana, { conversationId })).unreadCount).toBe(0)
  })

  test('each side does what is theirs, what was decided stays, and other messages cannot be decided', async () => {
    const { chat, ana, ben, eve, make, act, conversationId, lines } = await scene()
    const sent = await make('service_offer', offer)
    expect(await codeOf(act(ana, sent, 'accept'))).toBe('forbidden')
    expect(await codeOf(act(ben, sent, 'withdraw'))).toBe('forbidden')
    expect(await codeOf(act(eve, sent, 'accept'))).toBe('not_found')
    expect(await codeOf(act(ben, sent, 'confirm'))).toBe('invalid_input')
    expect(await codeOf(act(ben, sent, 'decline', { payload: offer }))).toBe('invalid_input')
    expect(await codeOf(act(ben, sent, 'decline', { chosen: times[0] }))).toBe('invalid_input')
    expect(payloadOf(await act(ana, sent, 'withdraw')).status).toBe('withdrawn')
    expect(await codeOf(act(ben, sent, 'accept'))).toBe('already_decided')
    expect(payloadOf(await act(ana, sent, 'withdraw')).status).toBe('withdrawn')
    const { message: text } = await chat.sendMessage(ana, { conversationId, content: 'x' })
    expect(await codeOf(act(ben, text, 'accept'))).toBe('invalid_input')
    expect(await codeOf(chat.editMessage(ana, { messageId: sent.id, content: 'cheaper' }))).toBe('forbidden')
    expect(await lines()).toEqual(['ana withdrew the offer'])
  })

  test('a booking request is confirmed for one of its times, and cancelled by either side', async () => {
    const { chat, ana, ben, make, act, lines, committed, conversationId } = await scene()
    const sent = await make('booking_request', booking)
    expect(await codeOf(act(ben, sent, 'confirm'))).toBe('invalid_input')
    for (const chosen of [
      { ...times[0]!, start: at(11) },
      { ...times[0]!, timeZone: 'Europe/Paris' },
    ])
      expect(await codeOf(act(ben, sent, 'confirm', { chosen }))).toBe('invalid_input')
    committed.length = 0
    const confirmed = await act(ben, sent, 'confirm', { chosen: times[1] })
    expect(payloadOf(confirmed)).toMatchObject({ status: 'confirmed', requestedFor: times, chosen: times[1] })
    expect(committed[0]!.changes[0]!.data).toMatchObject({ chosen: times[1], by: 'ben', party: 'recipient' })
    expect(await act(ben, sent, 'confirm', { chosen: times[1] })).toEqual(confirmed)
    expect(await codeOf(act(ben, sent, 'confirm', { chosen: times[0] }))).toBe('already_decided')
    const cancelled = await act(ana, sent, 'cancel', { reason: 'ill' })
    expect(payloadOf(cancelled)).toMatchObject({ status: 'cancelled', chosen: times[1], decision: { reason: 'ill' } })
    expect(await codeOf(act(ben, sent, 'cancel'))).toBe('already_decided')
    expect(await lines()).toEqual(['ben confirmed the booking', 'ana cancelled the booking'])
    // what was decided is something new in the conversation
    const { activityAt } = await chat.getConversation(ana, { conversationId })
    expect(Date.parse(activityAt)).toBeGreaterThanOrEqual(
      Date.parse((payloadOf(cancelled).decision as { at: string }).at),
    )
    const single = await make('booking_request', { ...booking, requestedFor: [times[0]] })
    expect(payloadOf(await act(ben, single, 'confirm')).chosen).toEqual(times[0])
    const passed = { start: '2020-01-01T10:00:00Z', timeZone: 'Europe/Berlin' }
    const late = await make('booking_request', { ...booking, requestedFor: [passed, times[0]] })
    expect(await codeOf(act(ben, late, 'confirm', { chosen: passed }))).toBe('invalid_input')
    expect(payloadOf(await act(ben, late, 'confirm', { chosen: times[0] })).status).toBe('confirmed')
  })

  test('a counter-offer counts as a message into its conversation', async () => {
    const { store, admin, backend, ben, conversationId, make } = await scene()
    const sent = await make('service_offer', offer)
    await admin.setPolicy(backend, { rateLimits: { conversationMessages: { points: 1, durationMs: 60_000 } } })
    const counted: string[] = []
    const { chat } = createUseCases({
      store,
      newId: () => crypto.randomUUID(),
      limit: async (_, key) => void counted.push(key),
    })
    await chat.actOnMessage(ben, { messageId: sent.id, action: 'counter', payload: { ...offer } })
    expect(counted).toContain(`conversation:${ben.tenantId}:${conversationId}`)
  })

  test('a counter-offer leaves the former behind in the same commit, and is repeated as it was made', async () => {
    const { chat, admin, backend, committed, ana, ben, make, act, lines, conversationId } = await scene()
    const sent = await make('service_offer', offer)
    await make('service_offer', offer)
    const other = { ...offer, amount: 20_000 }
    expect(await codeOf(act(ben, sent, 'counter'))).toBe('invalid_input')
    await admin.setPolicy(backend, { messages: { types: ['text'] } })
    expect(await codeOf(act(ben, sent, 'counter', { payload: other }))).toBe('invalid_input')
    await admin.setPolicy(backend, {})
    expect(await codeOf(act(ben, sent, 'counter', { payload: { ...other, currency: 'QQQ' } }))).toBe('invalid_input')
    committed.length = 0
    const left = await act(ben, sent, 'counter', { payload: other, clientId: 'c1' })
    const { status, supersededBy } = payloadOf(left)
    expect(status).toBe('superseded')
    const made = await chat.getMessage(ana, { messageId: supersededBy as string })
    expect(made).toMatchObject({ senderId: 'ben', type: 'service_offer', payload: { ...other, supersedes: sent.id } })
    expect(payloadOf(made).status).toBe('pending')
    expect(committed.flatMap(({ changes }) => changes)).toMatchObject([
      { type: 'message.transitioned', data: { action: 'counter', supersededBy: made.id } },
      { type: 'message.created', data: { type: 'system' } },
      { type: 'message.created', data: made, live: [{ event: 'new_message' }] },
    ])
    // whoever answers has read what they answer
    expect((await chat.getUnreadCount(ben, { conversationId })).unreadCount).toBe(0)
    const again = { payload: { currency: 'EUR', amount: 20_000, title: 'Logo' }, clientId: 'c1' }
    expect(await act(ben, sent, 'counter', again)).toEqual(left)
    expect(await codeOf(act(ben, sent, 'counter', { payload: offer, clientId: 'c1' }))).toBe('already_decided')
    expect(await codeOf(act(ben, made, 'accept'))).toBe('forbidden')
    // its maker may make it better
    const better = await act(ben, made, 'counter', { payload: { ...other, amount: 21_000 } })
    expect(await codeOf(act(ana, better, 'accept'))).toBe('already_decided')
    expect(await lines()).toEqual(['ben made another offer', 'ben made another offer'])
    const last = await chat.getMessage(ana, { messageId: payloadOf(better).supersededBy as string })
    expect(await codeOf(act(ana, last, 'counter', { payload: offer, clientId: 'c1' }))).toBe('ok')
    expect(
      await codeOf(act(ana, await make('service_offer', offer, ben), 'counter', { payload: offer, clientId: 'c1' })),
    ).toBe('key_reused')
  })

  test('what nobody decides in time expires once, by the database’s clock, whoever finds it', async () => {
    const { chat, asOwner, runJobs, jobs: handlers, ana, ben, tenantId, make, act, lines, committed } = await scene()
    const soon = new Date(Date.now() + 3_600_000).toISOString()
    for (const expiresAt of ['2020-01-01T00:00:00Z', new Date(Date.now() - 1_000).toISOString()])
      expect(await codeOf(make('service_offer', { ...offer, expiresAt }))).toBe('invalid_input')
    const [found, late, decided] = [
      await make('service_offer', { ...offer, expiresAt: soon }),
      await make('service_offer', { ...offer, expiresAt: soon }),
      await make('service_offer', { ...offer, expiresAt: soon }),
    ]
    const jobs = () => asOwner(`SELECT key FROM jobs WHERE tenant_id = $1 ORDER BY due_at, id`, [tenantId])
    expect(await jobs()).toHaveLength(3)
    await act(ben, decided, 'accept')
    expect(await jobs()).toEqual([{ key: found.id }, { key: late.id }])
    const due = () => asOwner(`UPDATE jobs SET run_at = now() WHERE tenant_id = $1 AND key = $2`, [tenantId, found.id])
    await due()
    await runJobs()
    expect((await chat.getMessage(ana, { messageId: found.id })).payload).toMatchObject({ status: 'pending' })
    await asOwner(
      `UPDATE messages SET payload = payload || '{"expiresAt": "2020-01-01T00:00:00Z"}' WHERE id = ANY ($1::uuid[])`,
      [[found.id, late.id, decided.id]],
    )
    committed.length = 0
    await due()
    await runJobs()
    // at least once is how jobs are done
    for (const { id: key } of [found, decided])
      await handlers.expire_message(
        { tenantId, key, dueAt: soon, payload: {}, attempt: 1 },
        { signal: new AbortController().signal },
      )
    expect(await codeOf(act(ben, late, 'accept'))).toBe('already_decided')
    const status = async (one: Message) => payloadOf(await chat.getMessage(ana, { messageId: one.id })).status
    expect([await status(found), await status(late), await status(decided)]).toEqual(['expired', 'expired', 'accepted'])
    expect(
      committed.flatMap(({ changes }) => changes).filter(({ type }) => type === 'message.transitioned'),
    ).toMatchObject(
      [found, late].map(({ id }) => ({ data: { message: { id }, action: 'expire', by: null, party: 'clock' } })),
    )
    expect(await lines()).toEqual(['ben accepted the offer', 'The offer has expired', 'The offer has expired'])
    expect(await jobs()).toEqual([])
  })

  test('the policy says how long they wait, and a booking request waits no longer than for its last time', async () => {
    const { admin, chat, backend, ana, ben, make, conversationId, tenantId, asOwner } = await scene()
    await admin.setPolicy(backend, { offers: { expireAfterSeconds: 3_600, bookingsExpireAfterSeconds: null } })
    const body = { conversationId, type: 'service_offer', payload: { ...offer }, clientId: 'k' }
    const { message } = await chat.sendMessage(ana, body)
    const expiresAt = payloadOf(message).expiresAt as string
    expect(Date.parse(expiresAt) - Date.parse(message.createdAt)).toBeGreaterThan(3_590_000)
    // an offset that RFC 3339 has, and the database has not: of what is sent, and of what is offered instead
    const far = { ...offer, expiresAt: '2099-01-01T00:00:00+23:00' }
    const { id: messageId } = await make('service_offer', far)
    await chat.actOnMessage(ben, { messageId, action: 'counter', payload: { ...far } })
    const due = await asOwner(`SELECT DISTINCT due_at FROM jobs WHERE tenant_id = $1 AND due_at > '2098-01-01'`, [
      tenantId,
    ])
    expect(due).toEqual([{ due_at: new Date('2098-12-31T01:00:00Z') }])
    // a repeat is told of the time that holds
    expect((await chat.sendMessage(ana, body)).message.payload).toEqual(message.payload)
    expect(payloadOf(await make('booking_request', booking)).expiresAt).toBe(new Date(at(14)).toISOString())
    // whoever sends it may let it wait for less, and not for longer
    const sooner = new Date(Date.parse(at(14)) - 3_600_000).toISOString()
    expect(payloadOf(await make('booking_request', { ...booking, expiresAt: sooner })).expiresAt).toBe(sooner)
    const beyond = { ...booking, expiresAt: '2100-01-01T00:00:00Z' }
    expect(payloadOf(await make('booking_request', beyond)).expiresAt).toBe(new Date(at(14)).toISOString())
    const past = [{ ...times[0]!, start: '2020-01-01T10:00:00Z' }]
    expect(await codeOf(make('booking_request', { ...booking, requestedFor: past }))).toBe('invalid_input')
  })

  test('the host completes what was agreed and refuses what was not, wherever the conversation stands', async () => {
    const { chat, host, admin, backend, ana, ben, make, act, conversationId, lines } = await scene()
    const set = (one: Message, status: 'completed' | 'refused', by = backend) =>
      host.setMessageState(by, { messageId: one.id, status, reason: 'payment' })
    const [first, second] = [await make('service_offer', offer), await make('booking_request', booking)]
    expect(await codeOf(set(first, 'completed', ana))).toBe('forbidden')
    expect(await codeOf(set(first, 'completed'))).toBe('already_decided')
    await act(ben, first, 'accept')
    await admin.setConversationStatus(backend, { conversationId, status: 'closed' })
    expect(await codeOf(act(ben, second, 'decline'))).toBe('conversation_closed')
    const completed = await set(first, 'completed')
    expect(payloadOf(completed)).toMatchObject({ status: 'completed', decision: { by: null, party: 'host' } })
    expect(await set(first, 'completed')).toEqual(completed)
    expect(await codeOf(set(first, 'refused'))).toBe('already_decided')
    expect(payloadOf(await set(second, 'refused')).status).toBe('refused')
    // a repeat is answered though the conversation has ended
    expect(await codeOf(act(ben, first, 'accept'))).toBe('ok')
    expect(
      await codeOf(
        set({ ...first, id: (await chat.listMessages(ana, { conversationId, limit: 1 })).data[0]!.id }, 'refused'),
      ),
    ).toBe('invalid_input')
    expect((await lines()).slice(0, 1)).toEqual(['ben accepted the offer'])
    expect((await lines()).slice(-2)).toEqual(['The offer is completed', 'The booking was refused'])
  })

  test('a backend acts as somebody or for itself, and an admin where the policy says so, audited', async () => {
    const { chat, admin, backend, ana, ben, make, act } = await scene()
    const boss: Actor = { ...ana, userId: 'boss', role: 'admin' }
    const [first, second, third] = [
      await make('service_offer', offer),
      await make('service_offer', offer),
      await make('service_offer', offer),
    ]
    expect(payloadOf(await act(backend, first, 'accept', { as: 'ben' }))).toMatchObject({ decision: { by: 'ben' } })
    expect(await codeOf(act(backend, second, 'accept', { as: 'ana' }))).toBe('forbidden')
    expect(await codeOf(act(backend, second, 'accept', { as: 'nobody' }))).toBe('not_found')
    expect(await codeOf(act(ben, second, 'accept', { as: 'ben' }))).toBe('forbidden')
    expect(payloadOf(await act(backend, second, 'decline'))).toMatchObject({ decision: { by: null, party: 'host' } })
    expect(await codeOf(act(boss, third, 'withdraw'))).toBe('not_found')
    await admin.setPolicy(backend, { offers: { adminMayAct: true } })
    const withdrawn = await act(boss, third, 'withdraw')
    expect(payloadOf(withdrawn)).toMatchObject({ status: 'withdrawn', decision: { by: null, party: 'admin' } })
    expect((await admin.listAudit(backend, { action: 'message.acted_on' })).data).toMatchObject([
      { actorId: 'boss', details: { messageId: third.id, action: 'withdraw' } },
      { actorId: 'backend', details: { messageId: second.id, action: 'decline' } },
    ])
    expect((await chat.listMessages(ana, { conversationId: third.conversationId, limit: 1 })).data[0]!.content).toBe(
      'An administrator withdrew the offer',
    )
  })

  test('nobody agrees across a block, or with who is gone; to decline and to take back is always possible', async () => {
    const { chat, host, backend, ana, ben, eve, group, make, act } = await scene()
    const [kept, taken] = [await make('service_offer', offer), await make('service_offer', offer)]
    await chat.blockUser(ben, { userId: 'ana' })
    expect(await codeOf(act(ben, kept, 'accept'))).toBe('blocked')
    expect(await codeOf(act(ben, kept, 'counter', { payload: offer }))).toBe('blocked')
    expect(payloadOf(await act(ben, kept, 'decline')).status).toBe('declined')
    expect(payloadOf(await act(ana, taken, 'withdraw')).status).toBe('withdrawn')
    const conversationId = await group(ana, eve)
    const inGroup = async () =>
      (await chat.sendMessage(eve, { conversationId, type: 'service_offer', payload: { ...offer } })).message
    const [left, disabled] = [await inGroup(), await inGroup()]
    await host.disableUser(backend, { userId: 'eve' })
    expect(await codeOf(act(ana, disabled, 'accept'))).toBe('forbidden')
    await host.enableUser(backend, { userId: 'eve' })
    await chat.removeParticipant(eve, { conversationId, userId: 'eve' })
    expect(await codeOf(act(ana, left, 'accept'))).toBe('forbidden')
    expect(payloadOf(await act(ana, left, 'decline')).status).toBe('declined')
  })

  test('about a context the other side has another role; where it has ended nobody acts but the host', async () => {
    const world = await contextScene(current())
    const { chat, ana, ben, joe, put } = world
    await put({ members: [...both, ...members(['joe', 'provider'])] })
    const context = { type: 'booking', id: '7' }
    const make = async () =>
      (await chat.sendMessage(ben, { context, type: 'service_offer', payload: { ...offer } })).message
    const [first, second] = [await make(), await make()]
    const act = (who: Actor, { id: messageId }: Message, action: ActOnMessage['action']) =>
      chat.actOnMessage(who, { messageId, action })
    expect(await codeOf(act(joe, first, 'accept'))).toBe('forbidden')
    world.committed.length = 0
    expect(await codeOf(act(ana, first, 'accept'))).toBe('ok')
    expect(world.committed[0]!.changes[0]!.data).toMatchObject({ context, action: 'accept' })
    await put({ members: [...both, ...members(['joe', 'provider'])], status: 'done' })
    expect(await codeOf(act(ana, second, 'decline'))).toBe('conversation_read_only')
    expect(await codeOf(world.host.setMessageState(world.backend, { messageId: second.id, status: 'refused' }))).toBe(
      'ok',
    )
  })

  test('in a group everybody else is the other side, the first of whom decides; observers only read', async () => {
    const { chat, group, ana, ben, eve, backend, host } = await scene()
    await host.upsertUsers(backend, { users: [{ userId: 'eve' }] })
    const conversationId = await group(ana, ben, eve)
    const { message } = await chat.sendMessage(ben, { conversationId, type: 'service_offer', payload: { ...offer } })
    await chat.updateParticipant(ana, { conversationId, userId: 'eve', role: 'observer' })
    const accept = (who: Actor) => codeOf(chat.actOnMessage(who, { messageId: message.id, action: 'accept' }))
    expect([await accept(eve), await accept(ben), await accept(ana)]).toEqual(['forbidden', 'forbidden', 'ok'])
  })

  test('deleting one that waits takes it back, and what was agreed is not deleted; nothing said with it stays', async () => {
    const { chat, asOwner, committed, ana, ben, make, act } = await scene()
    const [waiting, agreed, declined] = [
      await make('service_offer', offer),
      await make('service_offer', offer),
      await make('booking_request', booking),
    ]
    await act(ben, agreed, 'accept')
    await act(ben, declined, 'decline', { reason: 'secret words' })
    expect(await codeOf(chat.deleteMessage(ana, { messageId: agreed.id }))).toBe('already_decided')
    committed.length = 0
    const gone = await chat.deleteMessage(ana, { messageId: waiting.id })
    expect([gone.payload, gone.deletedAt]).toEqual([null, expect.any(String)])
    expect(committed.flatMap(({ changes }) => changes).map(({ type }) => type)).toEqual([
      'message.transitioned',
      'message.created',
      'message.deleted',
    ])
    expect(await codeOf(act(ben, waiting, 'accept'))).toBe('forbidden')
    await chat.deleteMessage(ana, { messageId: declined.id })
    const rows = await asOwner('SELECT * FROM message_transitions WHERE message_id = ANY ($1::uuid[])', [
      [waiting.id, declined.id],
    ])
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain('secret words')
  })
})
