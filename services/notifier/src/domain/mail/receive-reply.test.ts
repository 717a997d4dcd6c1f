import { randomUUID } from 'node:crypto'
import { ParleyError } from '@parley/contracts'
import { createLogger } from '@parley/runtime'
import Fastify from 'fastify'
import { createTransport } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import type { TestWorld } from '../../../test/test-world.ts'
import { inboundMailRoute } from '../../api/inbound-mail-route.ts'
import { createReplyIds } from '../../mail/mail-links.ts'
import { createMailReceiver } from '../../mail/mail-receiver.ts'
import { createReplies } from './receive-reply.ts'

const key = Buffer.alloc(32, 7)
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function repliesOf({ store }: Pick<TestWorld, 'store'>, signedWith: [Buffer, ...Buffer[]] = [key]) {
  const sent: { userId: string; conversationId: string; content: string; clientId: string }[] = []
  const refusal: { code?: 'not_found' | 'conversation_closed' | 'unavailable' } = {}
  const replies = createReplies({
    store,
    replyIdsOf: createReplyIds(signedWith),
    domain: 'in.example.com',
    audience: {
      async sendReply({ userId }, reply) {
        if (refusal.code) throw new ParleyError(refusal.code, 'No such conversation')
        sent.push({ userId, ...reply })
        return { messageId: randomUUID() }
      },
    },
  })
  return { replies, sent, refusal }
}

async function receiving(replies: ReturnType<typeof repliesOf>['replies']) {
  const receiver = createMailReceiver({
    listen: '127.0.0.1:0',
    replies,
    bounced: async () => false,
    from: 'Parley <no-reply@chat.example.com>',
    log: createLogger({ name: 'test', level: 'silent' }),
  })
  await receiver.start()
  closing.push(() => receiver.close())
  const transport = createTransport({ host: '127.0.0.1', port: receiver.port(), ignoreTLS: true })
  return {
    port: receiver.port(),
    send: (to: string, text: string, more: object = {}) =>
      transport
        .sendMail({ from: 'ana@example.com', to, subject: 'Re: x', text, messageId: '<one@example.com>', ...more })
        .then(
          () => 'sent',
          (err: { responseCode?: number }) => err.responseCode,
        ),
  }
}

describeUseCases('an answer by e-mail', (current) => {
  test('becomes a message of whoever answered, without what it quotes, once', async () => {
    const { replies, sent } = repliesOf(current())
    const tenantId = current().tenant()
    const conversationId = randomUUID()
    const address = (await replies.addressOf(tenantId, 'ana', conversationId))!
    expect(await replies.addressOf(tenantId, 'ana', conversationId)).toBe(address)
    expect(address.split('@')[0]!.length).toBeLessThanOrEqual(64)
    const { send } = await receiving(replies)
    // servers on the way may change its case
    expect(await send(address.toUpperCase(), 'Yes\n\nOn Monday, Ben <x@y.example> wrote:\n> Tuesday?')).toBe('sent')
    expect(sent).toMatchObject([
      { userId: 'ana', conversationId, content: 'Yes', clientId: expect.stringMatching(/^mail-[0-9a-f]{40}$/) },
    ])
    await send(address, 'Yes')
    await send(address, 'Another', { messageId: '<two@example.com>' })
    const [first, again, another] = sent.map(({ clientId }) => clientId)
    expect([again === first, another === first]).toEqual([true, false])
    await send(address, '', {
      html: '<p>In <b>HTML</b></p><blockquote>Tuesday?</blockquote>',
      messageId: '<three@example.com>',
    })
    expect(sent.at(-1)?.content).toBe('In HTML')
  })

  test('is taken by nobody but the address that was made for it', async () => {
    const { replies, sent, refusal } = repliesOf(current())
    const tenantId = current().tenant()
    const address = (await replies.addressOf(tenantId, 'ana', randomUUID()))!
    const { send } = await receiving(replies)
    for (const wrong of [
      `reply+${'a'.repeat(32)}@in.example.com`,
      address.replace('reply+', ''),
      address.replace('in.example.com', 'example.com'),
      'postmaster@in.example.com',
    ])
      expect([wrong, await send(wrong, 'hello')]).toEqual([wrong, 550])
    // signed with a key that was changed
    const other = repliesOf(current(), [Buffer.alloc(32, 8)])
    expect(await other.replies.isKnown(address)).toBe(false)
    // and one that gave way to another, which is still accepted
    const next = repliesOf(current(), [Buffer.alloc(32, 8), key])
    expect(await next.replies.isKnown(address)).toBe(true)
    expect(await send(address, '> only what was quoted')).toBe(550)
    refusal.code = 'not_found'
    expect(await send(address, 'no longer there')).toBe(550)
    refusal.code = 'unavailable'
    expect(await send(address, 'come back')).toBe(451)
    expect(sent).toEqual([])
  })

  test('of a machine is nobody’s, and too much is refused', async () => {
    const { replies, sent } = repliesOf(current())
    const address = (await replies.addressOf(current().tenant(), 'ana', randomUUID()))!
    const { send } = await receiving(replies)
    expect(await send(address, 'I am away', { headers: { 'Auto-Submitted': 'auto-replied' } })).toBe('sent')
    expect(await send(address, 'I am away', { headers: { Precedence: 'bulk' } })).toBe('sent')
    expect(await send(address, 'x', { attachments: [{ content: Buffer.alloc(5 * 1024 * 1024) }] })).toBe(552)
    expect(sent).toEqual([])
  })

  test('comes from a mail provider as well, which says who it is', async () => {
    const { replies, sent } = repliesOf(current())
    const address = (await replies.addressOf(current().tenant(), 'ana', randomUUID()))!
    const app = Fastify()
    const secret = 's'.repeat(32)
    await app.register(async (open) => inboundMailRoute(open, { replies, bounced: async () => false, secret }), {
      prefix: '/v1',
    })
    const raw = (to: string) => `From: ana@example.com\r\nTo: ${to}\r\nMessage-ID: <x@y>\r\n\r\nYes\r\n`
    const post = (payload: string, token = secret, query = '') =>
      app.inject({
        method: 'POST',
        url: `/v1/notifications/replies${query}`,
        payload,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
      })
    expect((await post(raw(address))).json()).toEqual({ received: 1 })
    expect(sent).toMatchObject([{ userId: 'ana', content: 'Yes' }])
    expect(
      (await post(raw('somebody@example.com'), secret, `?recipient=${encodeURIComponent(address)}`)).statusCode,
    ).toBe(200)
    await expect(post(raw(address), 'wrong')).resolves.toMatchObject({ statusCode: 500 })
    expect(sent).toHaveLength(2)
  })
})
