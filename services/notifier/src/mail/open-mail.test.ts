import { expect, test } from 'vitest'
import { createSink } from '../sink/sink.ts'
import { type MailConfig, openMail } from './open-mail.ts'

const config: MailConfig = { NODE_ENV: 'development', PORT: 8080, MAIL_FROM: 'Parley <parley@localhost>' }
const production: MailConfig = { ...config, NODE_ENV: 'production', JWT_SECRET: 's'.repeat(40) }
const sending = {
  SMTP_URL: 'smtp://127.0.0.1:25',
  MAIL_FROM: 'Shop <no-reply@example.com>',
  PUBLIC_URL: 'https://chat.example.com',
}
const reason = (given: MailConfig) => {
  try {
    using _mail = openMail(given, undefined)
    return undefined
  } catch (err) {
    return (err as Error).message
  }
}

test('without a mail server e-mails are shown to whoever develops, and in production there are none', () => {
  const sink = createSink()
  using shown = openMail(config, sink)
  expect(shown.channel).toBe(sink.emails)
  expect(shown.links.unsubscribeUrl('acme', 'ana')).toMatch(
    /^http:\/\/localhost:8080\/v1\/notifications\/unsubscribe\//,
  )
  using silent = openMail(production, undefined)
  expect([silent.channel, silent.links.unsubscribeUrl('acme', 'ana')]).toEqual([undefined, null])
  using sent = openMail({ ...production, ...sending }, undefined)
  expect(sent.channel?.name).toBe('email')
})

test('what does not go together is named', () => {
  expect(reason({ ...production, SMTP_URL: sending.SMTP_URL })).toMatch(/PUBLIC_URL[\s\S]*MAIL_FROM/)
  const { JWT_SECRET: _, ...keyless } = production
  expect(reason({ ...keyless, ...sending })).toMatch(/LINK_SECRET/)
  // who sends nothing signs nothing
  expect(reason(keyless)).toBeUndefined()
  expect(reason({ ...config, MAIL_REPLY_DOMAIN: 'in.example.com' })).toMatch(/MAIL_LISTEN or MAIL_INBOUND_SECRET/)
  expect(reason({ ...config, MAIL_LISTEN: '0.0.0.0:25' })).toMatch(/MAIL_REPLY_DOMAIN/)
})

test('addresses and links of one key are none of another', () => {
  const place = { userId: 'ana', conversationId: '01900000-0000-7000-8000-000000000000' }
  using one = openMail({ ...production, ...sending }, undefined)
  using other = openMail(
    { ...production, ...sending, JWT_SECRET: 'o'.repeat(40), LINK_SECRET: 'l'.repeat(40) },
    undefined,
  )
  expect(one.replyIdsOf('acme', place)[0]).toMatch(/^[a-z2-7]{32}$/)
  const ids = [
    one.replyIdsOf('acme', place)[0],
    other.replyIdsOf('acme', place)[0],
    one.replyIdsOf('beta', place)[0],
    one.replyIdsOf('acme', { ...place, userId: 'ben' })[0],
  ]
  expect(new Set(ids).size).toBe(4)
  const token = one.links.unsubscribeUrl('acme', 'ana')!.split('/').at(-1)!
  expect(one.links.readUnsubscribe(token)).toEqual({ tenantId: 'acme', userId: 'ana' })
  expect(other.links.readUnsubscribe(token)).toBeUndefined()
  // while one gives way to the other
  using both = openMail(
    { ...production, ...sending, JWT_SECRET: 'n'.repeat(40), JWT_OTHER_SECRETS: [production.JWT_SECRET!] },
    undefined,
  )
  expect(both.links.readUnsubscribe(token)).toEqual({ tenantId: 'acme', userId: 'ana' })
})
