import { createHash } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { Channel } from '../../domain/ports/channel.ts'
import type { Mail } from '../../domain/ports/mail.ts'
import { outcomeOfError } from './smtp-outcome.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587`; `smtps://` speaks TLS from the beginning. */
  url: string
  /** `Parley <no-reply@example.com>` */
  from: string
  /** For tests. Milliseconds. */
  deadlineMs?: number
}

const DEADLINE_MS = 12_000
const CONNECTIONS = 4
/** A server that says more to one thing is left. */
const MOST_ANSWER_BYTES = 64 * 1024

/** Hands e-mails over to a mail server, over connections that are kept. */
export function createSmtpChannel({ url, from, deadlineMs = DEADLINE_MS }: SmtpOptions): Channel<Mail> & Disposable {
  const sender = addressIn(from)
  const domain = sender.slice(sender.lastIndexOf('@') + 1)
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: deadlineMs / 2,
    greetingTimeout: deadlineMs / 2,
    dnsTimeout: deadlineMs / 2,
    socketTimeout: deadlineMs,
    maxResponseSize: MOST_ANSWER_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as object)
  return {
    name: 'email',
    async handOver(mail, { signal }) {
      const giveUp = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
      try {
        const info = await until(giveUp, transport.sendMail(messageOf(mail, { from, domain })))
        return { kind: 'accepted', reference: info.messageId }
      } catch (err) {
        return outcomeOfError(err)
      }
    },
    [Symbol.dispose]: () => transport.close(),
  }
}

/** Rejects once it is to be left; what was begun then ends without anybody. */
async function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let left: (() => void) | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        left = () => reject(new Error('no answer in time'))
        if (signal.aborted) left()
        else signal.addEventListener('abort', left)
      }),
    ])
  } finally {
    if (left) signal.removeEventListener('abort', left)
    work.catch(() => {})
  }
}

/** What nodemailer makes the message of. */
function messageOf(mail: Mail, { from, domain }: { from: string; domain: string }) {
  // nobody has sent it: what a thread's e-mails are answers to is what makes them one
  const thread = `<${createHash('sha256').update(`${mail.tenantId} ${mail.thread}`).digest('hex').slice(0, 32)}@${domain}>`
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: `<${mail.id}@${domain}>`,
    inReplyTo: thread,
    references: [thread],
    ...(mail.replyTo !== null && { replyTo: mail.replyTo }),
    headers: {
      // RFC 3834: nobody's absence is answered to us
      'Auto-Submitted': 'auto-generated',
      ...(mail.unsubscribeUrl !== null && {
        'List-Unsubscribe': `<${mail.unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
  }
}

/** The address of `Name <address>`. */
export function addressIn(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()
}
