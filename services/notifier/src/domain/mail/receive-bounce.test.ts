import { createLogger } from '@parley/runtime'
import Fastify from 'fastify'
import { createTransport } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { bouncesRoute } from '../../api/bounces-route.ts'
import { createMailReceiver } from '../../mail/mail-receiver.ts'
import { createBounces } from './receive-bounce.ts'

const FROM = 'no-reply@chat.example.com'
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** As mail servers write it (RFC 3464). */
const report = (id: string, recipient: string, status: string) =>
  [
    'From: MAILER-DAEMON@mx.example.com',
    `To: ${FROM}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ' boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'Your message could not be delivered.',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.com',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    `Status: ${status}`,
    'Diagnostic-Code: smtp; 550 5.1.1 The mailbox',
    ' does not exist',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: <${id}@chat.example.com>`,
    '',
    '--b--',
    '',
  ].join('\r\n')

describeUseCases('an e-mail that comes back', (current) => {
  /** An e-mail that was sent to somebody of a tenant of its own. */
  const sent = async (address: string) => {
    const { tenant, store } = current()
    const tenantId = tenant()
    await store.transaction(tenantId, ({ handOvers }) =>
      handOvers.store([
        {
          ...{
            userId: 'ana',
            channel: 'email',
            target: address,
            kind: 'message',
            collapseKey: 'x',
            conversationId: null,
          },
          ...{ fromSeq: 1, toSeq: 1, eventAt: new Date().toISOString() },
        },
      ]),
    )
    const [row] = await current().asOwner<{ id: string }>('SELECT id FROM hand_overs WHERE tenant_id = $1', [tenantId])
    const unreachable = () =>
      current().asOwner<{ address: string; reason: string }>(
        'SELECT address, reason FROM unreachable_addresses WHERE tenant_id = $1',
        [tenantId],
      )
    return { id: row!.id, tenantId, unreachable }
  }

  test('hours later to who it was from: where there is no such mailbox it gets no more, and who makes one up changes nothing', async () => {
    const bounced = createBounces(current())
    const receiver = createMailReceiver({
      ...{ listen: '127.0.0.1:0', bounced, from: `Parley <${FROM}>` },
      replies: { isKnown: async () => false, receive: async () => 'ignored' },
      log: createLogger({ name: 'test', level: 'silent' }),
    })
    await receiver.start()
    closing.push(() => receiver.close())
    const transport = createTransport({ host: '127.0.0.1', port: receiver.port(), ignoreTLS: true })
    const send = (raw: string, to = FROM) => transport.sendMail({ envelope: { from: '', to }, raw })
    const { id, unreachable } = await sent('Ana@Example.com')
    await send(report(id, 'ana@example.com', '4.2.2'))
    await send(report(id, 'ana@example.com', '5.7.1'))
    await send(report(id, 'ben@example.com', '5.1.1'))
    await send(report('01900000-0000-7000-8000-00000000000a', 'ana@example.com', '5.1.1'))
    await send(report(id, 'ana@example.com', '5.1.1').replace('report-type=delivery-status', 'report-type=disposition'))
    expect(await unreachable()).toEqual([])
    await send(report(id, 'ana@example.com', '5.1.1'))
    expect(await unreachable()).toEqual([
      { address: 'ana@example.com', reason: '550 5.1.1 The mailbox does not exist' },
    ])
    await expect(send(report(id, 'ana@example.com', '5.1.1'), 'postmaster@chat.example.com')).rejects.toThrow('550')
  })

  test('is said by a mail provider as well, who shows that it is one', async () => {
    const app = Fastify()
    const secret = 's'.repeat(32)
    await app.register(async (open) => bouncesRoute(open, { bounced: createBounces(current()), secret }))
    const post = (payload: object, token = secret) =>
      app.inject({
        ...{ method: 'POST', url: '/notifications/bounces', payload },
        headers: { authorization: `Bearer ${token}` },
      })
    const { id, unreachable } = await sent('eve@example.com')
    const bounce = { messageId: `<${id}@chat.example.com>`, recipient: 'eve@example.com' }
    expect((await post({ bounces: [bounce] }, 'wrong')).statusCode).not.toBe(200)
    expect((await post({ bounces: [{ ...bounce, status: '5.2.2' }] })).json()).toEqual({ known: 1 })
    expect(await unreachable()).toEqual([])
    const other = { ...bounce, messageId: '<x@y>' }
    expect((await post({ bounces: [{ ...bounce, reason: 'hard bounce' }, other] })).json()).toEqual({ known: 1 })
    expect(await unreachable()).toEqual([{ address: 'eve@example.com', reason: 'hard bounce' }])
  })
})
