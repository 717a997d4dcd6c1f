import type { BeforeSend } from '@parley/contracts'
import { MAX_HOOK_ANSWER } from '@parley/contracts'
import { afterEach, expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { type Receiver, say, startReceiver } from '../../../test/receivers.ts'
import { createWebhookWorld } from '../../../test/webhook-world.ts'

const receivers: Receiver[] = []
afterEach(async () => {
  for (const one of receivers.splice(0)) await one.close()
})

const question: BeforeSend = {
  kind: 'message',
  action: null,
  conversation: {
    ...{ id: '01900000-0000-7000-8000-0000000000aa', kind: 'direct', context: null, title: null },
    participantIds: ['ana', 'ben'],
  },
  sender: { userId: 'ana', name: 'Ana' },
  message: {
    ...{ id: null, clientId: 'k', type: 'text', content: 'some words', payload: null, attachments: [] },
    ...{ replyTo: null, forwarded: false },
  },
}

describeUseCases('asking a host before something is sent', (current) => {
  const scene = async (options: Parameters<typeof createWebhookWorld>[1] = {}) => {
    const world = createWebhookWorld(current(), options)
    const receiver = await startReceiver()
    receivers.push(receiver)
    const { webhooks, admin, hooks } = world
    const webhook = await webhooks.createWebhook(admin, { url: receiver.url, events: ['message.before_send'] })
    const ask = async (deadlineMs = 5_000, webhookId = webhook.id) =>
      (await hooks.askBeforeSend(admin, { webhookId, deadlineMs, question })).outcome
    const answering = (body: unknown, status = 200) => {
      receiver.answer = say(status, {}, typeof body === 'string' ? body : JSON.stringify(body))
      return ask()
    }
    return { ...world, receiver, webhook, ask, answering }
  }

  test('it is signed with the secret, and with the one before while that overlaps, and what it says is what it may say', async () => {
    const { receiver, webhook, answering, webhooks, admin, hooks } = await scene()
    for (const answer of [
      { action: 'allow' },
      { action: 'modify', content: 'other words' },
      { action: 'reject', reason: 'No' },
      { action: 'reject' },
      { action: 'hold' },
    ])
      expect(await answering(answer)).toEqual(answer)
    const { tenantId } = admin
    const asked = { type: 'message.before_send', tenantId, conversationId: question.conversation.id, seq: 0, rev: 0 }
    const verified = receiver.verified(webhook.secret) as { id: string }[]
    expect(verified[0]).toMatchObject({ ...asked, data: question })
    expect(new Set(verified.map(({ id }) => id)).size).toBe(5)
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual(verified.map(({ id }) => id))
    receiver.received.length = 0
    const { secret } = await webhooks.rotateWebhookSecret(admin, { webhookId: webhook.id, overlapSeconds: 60 })
    await answering({ action: 'allow' })
    expect([receiver.verified(webhook.secret), receiver.verified(secret)]).toMatchObject([[asked], [asked]])
    // nothing of it is stored, and an event is none of its business
    expect((await webhooks.listWebhookDeliveries(admin, { webhookId: webhook.id })).data).toEqual([])
    expect(await hooks.hasWebhook(admin, { webhookId: webhook.id })).toEqual({ exists: true })
    expect(await hooks.hasWebhook({ ...admin, tenantId: 'other' }, { webhookId: webhook.id })).toEqual({
      exists: false,
    })
  })

  test('anything else is no answer', async () => {
    const { answering, webhooks, admin, webhook, ask, receiver, hooks } = await scene()
    for (const [why, body, status] of [
      [/no JSON/, ''],
      [/no JSON/, 'allow'],
      [/its answer/, '"allow"'],
      [/its answer/, { action: 'Allow' }],
      [/its answer/, { action: 'allow', content: 'which of the two?' }],
      [/its answer/, { action: 'modify' }],
      [/its answer/, { action: 'modify', content: 1 }],
      [/its answer/, [{ action: 'allow' }]],
      [/too long/, { action: 'modify', content: 'x'.repeat(MAX_HOOK_ANSWER) }],
      [/answered 400/, { action: 'allow' }, 400],
      [/answered 500/, { action: 'allow' }, 500],
      [/answered 410/, { action: 'allow' }, 410],
    ] as const)
      expect([body, await answering(body, status)]).toMatchObject([
        body,
        { action: 'failed', why: expect.stringMatching(why) },
      ])
    receiver.answer = say(302, { location: receiver.url })
    expect(await ask()).toMatchObject({ action: 'failed', why: 'it answered 302' })
    receiver.answer = (response) =>
      response.writeHead(200, { 'content-length': 20 }).write('{"action"', () => response.destroy())
    expect(await ask()).toMatchObject({ action: 'failed', why: expect.stringMatching(/broke off/) })
    receiver.answer = (response) => void response.destroy()
    expect(await ask()).toMatchObject({ action: 'failed' })
    const before = receiver.received.length
    // what it answers turns it off for nobody
    expect(await webhooks.getWebhook(admin, { webhookId: webhook.id })).toMatchObject({ enabled: true })
    await webhooks.updateWebhook(admin, { webhookId: webhook.id, enabled: false })
    expect(await ask()).toEqual({ action: 'failed', why: 'the webhook is turned off' })
    expect(await ask(5_000, '01900000-0000-7000-8000-00000000dead')).toMatchObject({ action: 'failed' })
    const other = { ...admin, tenantId: 'other' }
    const { outcome } = await hooks.askBeforeSend(other, { webhookId: webhook.id, deadlineMs: 5_000, question })
    expect(outcome).toEqual({ action: 'failed', why: 'there is no such webhook' })
    expect(receiver.received).toHaveLength(before)
  })

  test('it is waited for as long as it may take: for its answer, and for the end of that', async () => {
    const { receiver, ask } = await scene()
    receiver.answer = () => {}
    expect(await ask(150)).toMatchObject({ action: 'failed', why: expect.stringMatching(/no answer within/i) })
    receiver.answer = (response) => void response.writeHead(200).write('{"action":')
    expect(await ask(150)).toMatchObject({
      action: 'failed',
      why: expect.stringMatching(/broke off|no answer within/i),
    })
  })
})
