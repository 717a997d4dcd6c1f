import { type Actor, type Heard, type Hooks, type MessageXray, ParleyError } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { newId } from '../../new-id.ts'
import type { Surroundings } from '../ports.ts'
import { createUseCases } from '../use-cases.ts'

const AT = '2026-11-30T12:00:00.000Z'

describeUseCases('the X-ray of a message', (current) => {
  /** Ana has written to Ben, who has read it. */
  const scene = async (around: Partial<Surroundings> = {}, hooks?: Partial<Hooks>) => {
    const world = current()
    const { ana, ben, eve } = world.people('ana', 'ben', 'eve')
    const { chat, admin } = createUseCases({
      ...{ store: world.store, newId, unsetPolicy: { users: { mustExist: false } } },
      ...around,
      ...(hooks && { hooks: hooks as Hooks }),
    })
    const { conversation } = await chat.createConversation(ana, {
      ...{ kind: 'direct', participants: [{ userId: 'ben' }] },
    })
    const { message } = await chat.sendMessage(ana, { conversationId: conversation.id, content: 'the very words' })
    await chat.markRead(ben, { conversationId: conversation.id, seq: message.seq })
    const moderator: Actor = { ...eve, role: 'admin' }
    const xray = (who = moderator) => admin.xrayMessage(who, { messageId: message.id })
    return { ...{ ana, ben, eve, moderator, chat, admin, message, conversationId: conversation.id }, xray }
  }
  const of = (step: string, { steps }: MessageXray) => steps.filter((one) => one.step === step)

  test('tells its life in words and times, and none of its own', async () => {
    const heard: Heard[] = [
      {
        gatewayId: 'late',
        telling: { at: Date.parse(AT) + 9, publisherId: 'p', number: 7, late: true },
        since: 0,
        listens: true,
        users: 0,
      },
      {
        gatewayId: 'first',
        telling: { at: Date.parse(AT), publisherId: 'p', number: 7, late: false },
        since: 0,
        listens: true,
        users: 2,
      },
      { gatewayId: 'empty', since: 0, listens: false, users: 0 },
    ]
    const asks: unknown[] = []
    const { xray, message, conversationId, admin, moderator } = await scene(
      {
        heardOf: async () => ({ heard, gateways: 4 }),
        streamed: async ({ id }) => (id.endsWith(':1') ? { sequence: 42, at: AT } : 'absent'),
      },
      {
        async toldOf(_actor, asked) {
          asks.push(asked)
          return {
            tellings: [
              { way: 'channel', by: 'web_push', userId: 'ben', state: 'refused', at: AT, reason: '410' },
              { way: 'webhook', by: 'w', userId: null, state: 'delivered', at: AT, reason: null },
            ],
          }
        },
      },
    )
    const life = await xray()
    expect(asks).toEqual([{ messageId: message.id, conversationId, seq: 1 }])
    expect(life).toMatchObject({ messageId: message.id, conversationId, seq: 1, type: 'text', senderId: 'ana' })
    // what was read is received as well, in the same moment or before
    const steps = life.steps.filter(({ step }) => step !== 'delivered')
    expect(steps.map(({ step, who, isKnown }) => [step, who, isKnown])).toEqual([
      ['received', 'p', true],
      ['committed', null, true],
      ['told', 'first', true],
      ['told', 'late', true],
      ['told', 'empty', true],
      ['told', null, false],
      ['streamed', null, true],
      ['notified', 'ben', true],
      ['webhook', 'w', true],
      ['read', 'ben', true],
    ])
    const received = Date.parse(of('received', life)[0]!.at!)
    expect(received).toBeLessThanOrEqual(Date.now())
    expect(received).toBeGreaterThan(Date.now() - 60_000)
    expect(of('committed', life)[0]!.at).toBe(message.createdAt)
    expect(of('told', life)[0]).toMatchObject({ at: AT, says: expect.stringContaining('2 users') })
    expect(of('streamed', life)[0]).toMatchObject({ at: AT, says: expect.stringContaining('42') })
    expect(of('read', life)[0]!.at).not.toBeNull()
    expect(JSON.stringify(life)).not.toContain('the very words')
    expect((await admin.listAudit(moderator, {})).data[0]).toMatchObject({
      ...{ action: 'message.xrayed', target: message.id },
    })
  })

  test('says of what is not known why, and asks nobody twice who does not answer', async () => {
    const { xray, chat, ana, message } = await scene(
      {
        heardOf: async () => ({
          heard: [{ gatewayId: 'g', since: Date.parse(AT), listens: true, users: 1 }],
          gateways: 1,
        }),
        streamed: () => Promise.reject(new ParleyError('unavailable', 'out of reach')),
      },
      { toldOf: () => Promise.reject(new ParleyError('unavailable', 'out of reach')) },
    )
    const life = await xray()
    for (const [step, why] of [
      ['told', `remembers nothing of it, and what it heard since ${AT}`],
      ['streamed', 'does not answer'],
      ['notified', 'does not answer'],
    ] as const)
      expect(of(step, life)).toEqual([
        {
          ...{ step, at: null, isKnown: false },
          who: step === 'told' ? 'g' : null,
          says: expect.stringContaining(why),
        },
      ])
    await chat.deleteMessage(ana, { messageId: message.id })
    expect(of('deleted', await xray())).toMatchObject([{ isKnown: true, at: expect.any(String) }])
    const alone = await scene({ heardOf: async () => ({ heard: [], gateways: 0 }), streamed: async () => 'nowhere' })
    const lonely = await alone.xray()
    for (const step of ['told', 'streamed', 'notified']) expect(of(step, lonely)[0]).toMatchObject({ isKnown: false })
  })

  test('is for admins of the tenant and its backend alone', async () => {
    const { xray, ana, ben, moderator } = await scene()
    expect(await codeOf(xray(backendOf(ana)))).toBe('ok')
    for (const who of [ana, ben]) expect(await codeOf(xray(who))).toBe('forbidden')
    expect(await codeOf(xray({ ...moderator, tenantId: 'another' }))).toBe('not_found')
  })
})
