import { once } from 'node:events'
import { ParleyError } from '@parley/contracts'
import type { Logger, Service } from '@parley/runtime'
import { SMTPServer } from 'smtp-server'
import { addressIn } from '../channels/email/smtp-channel.ts'
import type { ReceiveBounce } from '../domain/mail/receive-bounce.ts'
import type { Replies } from '../domain/mail/receive-reply.ts'
import { MAX_MAIL_BYTES, readMail } from './read-mail.ts'

export interface MailReceiverOptions {
  /** `0.0.0.0:25` */
  listen: string
  replies: Pick<Replies, 'isKnown' | 'receive'>
  bounced: ReceiveBounce
  /** Who our e-mails are from: what did not arrive comes back there. */
  from: string
  log: Logger
}

const CLIENTS = 50
const RECIPIENTS = 5
const SOCKET_MS = 60_000

/** Receives answers to e-mails by SMTP. It takes only what is for an address of ours, relays nothing, and has nobody log in. */
export function createMailReceiver({
  listen,
  replies,
  bounced,
  from,
  log,
}: MailReceiverOptions): Service & { port(): number } {
  const server = new SMTPServer({
    banner: 'Parley',
    authOptional: true,
    // TLS ends in front of it
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MAX_MAIL_BYTES,
    maxClients: CLIENTS,
    socketTimeout: SOCKET_MS,
    closeTimeout: 2_000,
    onRcptTo({ address }, session, done) {
      if (session.envelope.rcptTo.length >= RECIPIENTS) return done(answer(452, '4.5.3 Too many recipients'))
      const isKnown = isFrom(address) ? Promise.resolve(true) : replies.isKnown(address)
      isKnown.then(
        (known) => done(known ? undefined : answer(550, '5.1.1 No such address')),
        (err) => done(refusalOf(err)),
      )
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      let size = 0
      stream.on('data', (part: Buffer) => {
        size += part.length
        // the rest is read and dropped: an answer comes after the end
        if (size <= MAX_MAIL_BYTES) parts.push(part)
      })
      stream.on('end', () => {
        if (stream.sizeExceeded || size > MAX_MAIL_BYTES) return done(answer(552, '5.3.4 Too large'))
        receive(
          Buffer.concat(parts),
          session.envelope.rcptTo.map(({ address }) => address),
        ).then(
          () => done(null, 'Received'),
          (err) => done(refusalOf(err)),
        )
      })
    },
  })
  server.on('error', (err) => log.debug({ err }, 'a mail server went away'))

  const isFrom = (address: string) => address.toLowerCase() === addressIn(from).toLowerCase()
  async function receive(raw: Buffer, addresses: readonly string[]): Promise<void> {
    const mail = await readMail(raw)
    for (const bounce of mail.bounces) await bounced(bounce)
    for (const address of addresses) if (!isFrom(address)) await replies.receive(address, mail)
  }
  const refusalOf = (err: unknown) => {
    if (!(err instanceof ParleyError) || err.code === 'internal') log.warn({ err }, 'an answer by e-mail was not taken')
    if (!(err instanceof ParleyError)) return answer(451, '4.3.0 Try again later')
    if (['unavailable', 'internal', 'rate_limited'].includes(err.code)) return answer(451, '4.3.0 Try again later')
    return answer(550, `5.7.1 ${err.message}`)
  }
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? []

  return {
    name: 'mail',
    port: () => (server.server.address() as { port: number }).port,
    async start() {
      const listening = once(server.server, 'listening')
      server.listen(Number(port), host.replace(/^\[|\]$/g, ''))
      await listening
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

const answer = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })
