import { ConfigError } from '@parley/runtime'
import { createSmtpChannel } from '../channels/email/smtp-channel.ts'
import type { Channel } from '../domain/ports/channel.ts'
import type { Mail, MailLinks, ReplyIdsOf } from '../domain/ports/mail.ts'
import type { Sink } from '../sink/sink.ts'
import { createMailLinks, createReplyIds, type LinkSettings, mailKeys } from './mail-links.ts'

export interface MailConfig extends LinkSettings {
  PORT: number
  SMTP_URL?: string
  MAIL_FROM: string
  PUBLIC_URL?: string
  MAIL_REPLY_DOMAIN?: string
  MAIL_LISTEN?: string
  MAIL_INBOUND_SECRET?: string
}

export interface OpenedMail extends Disposable {
  /** Undefined: no e-mails are sent. */
  channel: Channel<Mail> | undefined
  links: MailLinks
  replyIdsOf: ReplyIdsOf
  /** Where answers are received; undefined: nowhere. */
  replyDomain: string | undefined
  listen: string | undefined
  inboundSecret: string | undefined
}

/** What e-mails need, as the settings say. `sink`: where they go that have no server. Throws a ConfigError at settings that do not go together. */
export function openMail(config: MailConfig, sink: Sink | undefined): OpenedMail {
  const { NODE_ENV, PORT, SMTP_URL, MAIL_FROM, PUBLIC_URL, MAIL_REPLY_DOMAIN, MAIL_LISTEN, MAIL_INBOUND_SECRET } =
    config
  const isProduction = NODE_ENV === 'production'
  const problems = [
    ...(isProduction && SMTP_URL !== undefined && PUBLIC_URL === undefined
      ? [{ name: 'PUBLIC_URL', detail: 'is not set: e-mails have a link that turns them off' }]
      : []),
    ...(isProduction && SMTP_URL !== undefined && MAIL_FROM.includes('@localhost')
      ? [{ name: 'MAIL_FROM', detail: 'is not set: nobody takes e-mails from localhost' }]
      : []),
    ...(MAIL_REPLY_DOMAIN !== undefined && MAIL_LISTEN === undefined && MAIL_INBOUND_SECRET === undefined
      ? [{ name: 'MAIL_REPLY_DOMAIN', detail: 'needs MAIL_LISTEN or MAIL_INBOUND_SECRET: nothing receives its mail' }]
      : []),
    ...(MAIL_REPLY_DOMAIN === undefined && MAIL_LISTEN !== undefined
      ? [{ name: 'MAIL_REPLY_DOMAIN', detail: 'is not set: mail of no domain is received' }]
      : []),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  const sends = SMTP_URL !== undefined || sink !== undefined
  const keys = mailKeys(sends ? config : { ...config, NODE_ENV: 'development' })
  const here = isProduction || PORT === 0 ? undefined : `http://localhost:${PORT}`
  const smtp = SMTP_URL === undefined ? undefined : createSmtpChannel({ url: SMTP_URL, from: MAIL_FROM })
  return {
    channel: smtp ?? sink?.emails,
    links: createMailLinks(keys, PUBLIC_URL ?? here),
    replyIdsOf: createReplyIds(keys),
    replyDomain: MAIL_REPLY_DOMAIN,
    listen: MAIL_LISTEN,
    inboundSecret: MAIL_INBOUND_SECRET,
    [Symbol.dispose]: () => smtp?.[Symbol.dispose](),
  }
}
