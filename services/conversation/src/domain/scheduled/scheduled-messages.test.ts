import { randomUUID } from 'node:crypto'
import { type Actor, type Control, ParleyError, type ScheduledMessage, type ScheduleMessage } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import { expect, test } from 'vitest'
import { beforeSendScene } from '../../../test/before-send-scene.ts'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import type { Surroundings } from '../ports.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('scheduled messages', (current) => {
  const tomorrow = () => new Date(Date.now() + 24 * 3_600_000).toISOString()

  /** Two people, and what the sockets of whom are told. */
  const scene = async (around: Partial<Surroundings> = {}) => {
    const world = current()
    const { tenantId, ana, ben, joe } = world.people('ana', 'ben', 'joe')
    const told: [userId: string, status: string][] = []
    const tell = (control: Control) => {
      if (control.kind === 'scheduled_message_changed') told.push([control.userId, control.scheduled.status])
    }
    const unsetPolicy = { users: { mustExist: false } }
    const useCases = createUseCases({ store: world.store, newId: randomUUID, tell, unsetPolicy, ...around })
    const { chat, jobs, admin } = useCases
    await world.withoutNotices(ana)
    const { conversation } = await chat.createConversation(ana, { kind: 'direct', participants: [{ userId: 'ben' }] })
    const conversationId = conversation.id
    const failed: unknown[] = []
    const schedule = async (more: Partial<ScheduleMessage> = {}, by = ana) =>
      (await chat.scheduleMessage(by, { conversationId, content: 'later', sendAt: tomorrow(), ...more })).scheduled
    return {
      ...{
        world,
        tenantId,
        ana,
        ben,
        joe,
        told,
        chat,
        admin,
        conversationId,
        schedule,
        failed,
        backend: backendOf(ana),
      },
      /** As if its time had come. */
      async comes({ id }: Pick<ScheduledMessage, 'id'>) {
        await world.asOwner('UPDATE jobs SET run_at = clock_timestamp() WHERE key = $1', [id])
        await runDueJobs({ queue: world.store.jobs, handlers: jobs, onFailed: (err) => failed.push(err) })
      },
      waiting: async (actor = ana, more: object = {}) => (await chat.listScheduledMessages(actor, more)).data,
      said: async (who: Actor = ben, id = conversationId) =>
        (await chat.listMessages(who, { conversationId: id })).data.map(
          ({ senderId, content }) => `${senderId}: ${content}`,
        ),
    }
  }

  test('one is sent when its time comes, once, and says nothing of what its sender has read; its words are then in the message alone', async () => {
    const { world, ana, ben, chat, schedule, comes, waiting, said, told, conversationId } = await scene()
    const one = await schedule({ content: 'good morning', silent: true })
    expect(one).toMatchObject({
      ...{ status: 'scheduled', conversationId, messageId: null, error: null },
      message: { conversationId, content: 'good morning', silent: true },
    })
    await chat.sendMessage(ben, { conversationId, content: 'are you there?' })
    expect(await world.runJobs()).toBe(0)
    expect(await said()).toEqual(['ben: are you there?'])
    expect(await waiting()).toEqual([one])
    expect(await waiting(ben)).toEqual([])
    await comes(one)
    await comes(one)
    expect(await said()).toEqual(['ben: are you there?', 'ana: good morning'])
    expect(await waiting()).toEqual([])
    expect(told).toEqual([
      ['ana', 'scheduled'],
      ['ana', 'sent'],
    ])
    const { data } = await chat.listMessages(ben, { conversationId, limit: 1 })
    expect(data).toMatchObject([{ silent: true }])
    // nobody was there who could have read it
    expect(await chat.getConversation(ana, { conversationId })).toMatchObject({ unreadCount: 1 })
    expect(await world.asOwner('SELECT message, message_id FROM scheduled_messages WHERE id = $1', [one.id])).toEqual([
      { message: null, message_id: data[0]!.id },
    ])
    expect(await world.asOwner(`SELECT count(*)::int AS n FROM jobs WHERE key = $1`, [one.id])).toEqual([{ n: 0 }])
  })

  test('it may be a first message: the conversation is made when it is sent', async () => {
    const { chat, schedule, comes, said, ana } = await scene()
    const one = await schedule({ conversationId: undefined, to: 'joe', content: 'hello joe' } as object)
    expect(one.conversationId).toBeNull()
    expect((await chat.listConversations(ana, {})).data).toHaveLength(1)
    await comes(one)
    const [made] = (await chat.listConversations(ana, {})).data
    expect(await said(ana, made!.id)).toEqual(['ana: hello joe'])
  })

  test('until then it is changed, moved and cancelled; then no more', async () => {
    const { world, ana, ben, chat, schedule, comes, said, waiting, told } = await scene()
    const one = await schedule()
    const other = await schedule({ content: 'not to be' })
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const changed = await chat.updateScheduledMessage(ana, { scheduledMessageId: one.id, content: 'sooner', sendAt })
    expect(changed).toMatchObject({ sendAt, message: { content: 'sooner' }, status: 'scheduled' })
    expect((await waiting()).map(({ id }) => id)).toEqual([one.id, other.id])
    const page = await chat.listScheduledMessages(ana, { limit: 1 })
    expect((await waiting(ana, { cursor: page.nextCursor! })).map(({ id }) => id)).toEqual([other.id])
    for (const _ of [1, 2]) await chat.cancelScheduledMessage(ana, { scheduledMessageId: other.id })
    const notTheirs = chat.cancelScheduledMessage(ben, { scheduledMessageId: one.id })
    expect(await codeOf(notTheirs)).toBe('not_found')
    await comes(other)
    await world.asOwner(`UPDATE scheduled_messages SET status = 'sending' WHERE id = $1`, [one.id])
    const change = () => codeOf(chat.updateScheduledMessage(ana, { scheduledMessageId: one.id, content: 'no' }))
    const cancel = (id: string) => codeOf(chat.cancelScheduledMessage(ana, { scheduledMessageId: id }))
    expect([await change(), await cancel(one.id)]).toEqual(['already_decided', 'already_decided'])
    await comes(one)
    expect([await change(), await cancel(one.id), await cancel(other.id)]).toEqual([
      'already_decided',
      'already_decided',
      'ok',
    ])
    expect(await said()).toEqual(['ana: sooner'])
    expect(told.map(([, status]) => status)).toEqual(['scheduled', 'scheduled', 'scheduled', 'cancelled', 'sent'])
  })

  test('rights are looked at again when it is due: what stands against it its sender is told, and may mend', async () => {
    const meanwhile: [
      code: string,
      what: string,
      happens: (s: Awaited<ReturnType<typeof scene>>) => Promise<unknown>,
    ][] = [
      ['blocked', 'blocked', ({ chat, ben }) => chat.blockUser(ben, { userId: 'ana' })],
      ['forbidden', 'disabled', ({ world, backend }) => world.host.disableUser(backend, { userId: 'ana' })],
      [
        'conversation_closed',
        'closed',
        ({ admin, backend, conversationId }) =>
          admin.setConversationStatus(backend, { conversationId, status: 'closed' }),
      ],
      ['invalid_input', 'policy', ({ admin, backend }) => admin.setPolicy(backend, { messages: { maxLength: 3 } })],
    ]
    for (const [code, what, happens] of meanwhile) {
      const it = await scene()
      const one = await it.schedule()
      await happens(it)
      await it.comes(one)
      expect([what, it.told.at(-1)]).toEqual([what, ['ana', 'failed']])
      const [row] = await it.world.asOwner('SELECT status, error_code FROM scheduled_messages WHERE id = $1', [one.id])
      expect([what, row]).toEqual([what, { status: 'failed', error_code: code }])
      expect(it.failed).toEqual([])
    }
    // of a group: who was removed
    const { world, ana, ben, joe, chat, schedule, comes, waiting, said, told } = await scene()
    const groupId = await world.group(ben, ana, joe)
    const one = await schedule({ conversationId: groupId })
    await chat.removeParticipant(ben, { conversationId: groupId, userId: 'ana' })
    await comes(one)
    expect(await waiting()).toMatchObject([{ id: one.id, status: 'failed', error: { code: 'not_found' } }])
    const again = (more: object) => chat.updateScheduledMessage(ana, { scheduledMessageId: one.id, ...more })
    expect(await codeOf(again({ sendAt: tomorrow() }))).toBe('not_found')
    await chat.addParticipant(ben, { conversationId: groupId, userId: 'ana' })
    await again({ sendAt: tomorrow() })
    await comes(one)
    expect(await said(ben, groupId)).toEqual(['ana: later'])
    expect(told.at(-1)).toEqual(['ana', 'sent'])
  })

  test('a word of the host on somebody’s role since then counts, and makes nobody more than a user', async () => {
    const { world, ana, admin, backend, schedule, comes, waiting, chat } = await scene()
    await admin.setPolicy(backend, {
      conversations: { direct: [{ from: 'provider', to: '*' }] },
      users: { mustExist: false },
    })
    const provider = { ...ana, hostRole: 'provider' }
    const [one, other] = [
      await schedule({ conversationId: undefined, to: 'joe' } as object, provider),
      await schedule({ conversationId: undefined, to: 'eve' } as object, provider),
    ]
    await comes(one)
    expect(await waiting()).toMatchObject([{ id: other.id, status: 'scheduled' }])
    await world.host.upsertUsers(backend, { users: [{ userId: 'ana', role: 'service' }] })
    await comes(other)
    expect(await waiting()).toMatchObject([{ id: other.id, status: 'failed', error: { code: 'forbidden' } }])
    expect((await chat.listConversations(ana, {})).data).toHaveLength(2)
  })

  test('a process that dies after the append, and before it says so, leaves one message', async () => {
    const { world, ana, chat, conversationId, schedule, comes, said, told } = await scene()
    const one = await schedule()
    const { message } = await chat.sendMessage(ana, { conversationId, content: 'later', clientId: one.id })
    await world.asOwner(`UPDATE scheduled_messages SET status = 'sending' WHERE id = $1`, [one.id])
    // what would refuse it by now does not take back what was sent
    await chat.blockUser({ ...ana, userId: 'ben' }, { userId: 'ana' })
    await comes(one)
    expect(await said()).toEqual(['ana: later'])
    expect(told.at(-1)).toEqual(['ana', 'sent'])
    expect(await world.asOwner('SELECT message_id FROM scheduled_messages WHERE id = $1', [one.id])).toEqual([
      { message_id: message.id },
    ])
  })

  test('one that ends each process that is to send it fails in the end, unless it was sent, and its sender is told', async () => {
    const { world, ana, chat, conversationId, schedule, comes, waiting, said, told, failed } = await scene()
    const [one, other] = [await schedule({ content: 'deadly' }), await schedule()]
    await chat.sendMessage(ana, { conversationId, content: 'later', clientId: other.id })
    const ids = [one.id, other.id]
    await world.asOwner(`UPDATE scheduled_messages SET status = 'sending' WHERE id = ANY ($1)`, [ids])
    await world.asOwner('UPDATE jobs SET attempts = 6 WHERE key = ANY ($1)', [ids])
    for (const each of [one, other]) await comes(each)
    expect(told.slice(-2)).toEqual([
      ['ana', 'failed'],
      ['ana', 'sent'],
    ])
    expect(failed).toMatchObject([{ message: 'It ended each process that was to send it' }])
    expect(await said()).toEqual(['ana: later'])
    expect(await waiting()).toMatchObject([{ id: one.id, status: 'failed', error: { code: 'internal' } }])
    // it is there to be tried again
    await chat.updateScheduledMessage(ana, { scheduledMessageId: one.id, content: 'harmless', sendAt: tomorrow() })
    await comes(one)
    expect(await said()).toEqual(['ana: later', 'ana: harmless'])
  })

  test('who sends too much at that moment has it sent a little later', async () => {
    let refusals = 1
    const it = await scene({
      async limit(_rule, key) {
        if (key.startsWith('messages:') && refusals-- > 0)
          throw new ParleyError('rate_limited', 'Too much', { retryAfterMs: 60_000 })
      },
    })
    const one = await it.schedule()
    await it.comes(one)
    // when it was said has not changed: what the host says of its sender since then still comes after it
    expect(await it.waiting()).toMatchObject([{ status: 'scheduled', error: null, updatedAt: one.updatedAt }])
    await it.comes(one)
    expect(await it.said()).toEqual(['ana: later'])
  })

  test('while the host does not answer one waits as before, longer each time, and may be cancelled; after an hour it fails', async () => {
    const { world, tenantId, ana, chat, jobs, host, conversationId, said } = await beforeSendScene(current())
    host.says = () => ({ action: 'failed', why: 'no answer in time' })
    const schedule = async (content: string) =>
      (await chat.scheduleMessage(ana, { conversationId, content, sendAt: tomorrow() })).scheduled
    const [one, cancelled, late] = [await schedule('one'), await schedule('cancelled'), await schedule('late')]
    /** Tries it, and says in how many seconds it is tried again. */
    const tried = async ({ id: key }: ScheduledMessage) => {
      const row = async () =>
        (
          await world.asOwner<{ payload: object; seconds: number }>(
            'SELECT payload, extract(epoch FROM run_at - clock_timestamp())::float8 AS seconds FROM jobs WHERE key = $1',
            [key],
          )
        )[0]
      const job = { tenantId, key, dueAt: one.sendAt, payload: (await row())!.payload, attempt: 1 }
      await jobs.send_scheduled(job, { signal: new AbortController().signal })
      return (await row())?.seconds
    }
    const waits = [await tried(one), await tried(one), await tried(one)]
    expect(waits[0]).toBeLessThan(6.5)
    expect(waits[2]).toBeGreaterThan(waits[0]!)
    for (const each of [cancelled, late]) await tried(each)
    expect(host.asked).toHaveLength(5)
    expect((await chat.listScheduledMessages(ana, {})).data.map(({ status }) => status)).toEqual([
      ...['scheduled', 'scheduled', 'scheduled'],
    ])
    await chat.cancelScheduledMessage(ana, { scheduledMessageId: cancelled.id })
    await world.asOwner(
      `UPDATE jobs SET payload = jsonb_set(payload, '{unchecked,since}', to_jsonb(now() - interval '2 hours')) WHERE key = $1`,
      [one.id],
    )
    await tried(one)
    expect((await chat.listScheduledMessages(ana, {})).data).toMatchObject([
      { id: one.id, status: 'failed', error: { code: 'unavailable' } },
      { id: late.id, status: 'scheduled', error: null },
    ])
    // its time has passed meanwhile, and other words need no other time
    await world.asOwner(`UPDATE scheduled_messages SET send_at = now() - interval '1 minute' WHERE id = $1`, [late.id])
    await chat.updateScheduledMessage(ana, { scheduledMessageId: late.id, content: 'later' })
    host.says = () => ({ action: 'allow' })
    await tried(late)
    expect(await said()).toEqual(['ana: later'])
  })

  test('what could not be sent now, at no such time, or is one too many is refused; a key repeats what it made', async () => {
    const { world, ana, joe, chat, schedule, comes, tenantId } = await scene()
    const refused = (more: object, by = ana) => codeOf(schedule(more, by))
    expect(await refused({ sendAt: new Date(Date.now() - 1).toISOString() })).toBe('invalid_input')
    expect(await refused({ sendAt: new Date(Date.now() + 400 * 24 * 3_600_000).toISOString() })).toBe('invalid_input')
    expect(await refused({ content: ' ' })).toBe('invalid_input')
    expect(await refused({ to: 'ben' })).toBe('invalid_input')
    expect(await refused({ as: 'ben' })).toBe('forbidden')
    expect(await refused({}, joe)).toBe('not_found')
    const sendAt = tomorrow()
    const keyed = { clientId: 'k', sendAt }
    const one = await schedule(keyed)
    expect(await schedule(keyed)).toEqual(one)
    expect(await refused({ ...keyed, content: 'other' })).toBe('key_reused')
    await comes(one)
    expect(await schedule(keyed)).toMatchObject({ id: one.id, status: 'sent' })
    await world.database.transaction({ tenantId }, (tx) =>
      tx.execute(
        `INSERT INTO scheduled_messages (id, tenant_id, user_id, role, message, send_at)
         SELECT gen_random_uuid(), '${tenantId}', 'ana', 'user', '{}', now() + interval '1 day' FROM generate_series(1, 100)`,
      ),
    )
    expect(await refused({})).toBe('invalid_input')
    expect(await codeOf(chat.cancelScheduledMessage(ana, { scheduledMessageId: randomUUID() }))).toBe('not_found')
  })

  test('what is settled is let go of after a while, and what failed later', async () => {
    const { world, schedule, comes } = await scene()
    const [sent, waiting] = [await schedule(), await schedule()]
    await comes(sent)
    await world.asOwner(`UPDATE scheduled_messages SET updated_at = now() - interval '9 days' WHERE id IN ($1, $2)`, [
      sent.id,
      waiting.id,
    ])
    await world.forgetScheduled()
    expect(
      await world.asOwner('SELECT id FROM scheduled_messages WHERE id IN ($1, $2)', [sent.id, waiting.id]),
    ).toEqual([{ id: waiting.id }])
  })
})
