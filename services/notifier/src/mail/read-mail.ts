import { simpleParser } from 'mailparser'
import type { Bounce } from '../domain/mail/receive-bounce.ts'
import type { ReceivedMail } from '../domain/mail/receive-reply.ts'
import { readBounces } from './read-bounces.ts'

/** As large as an e-mail may be: what is attached is not taken over. */
export const MAX_MAIL_BYTES = 5 * 1024 * 1024
const MAX_HTML = 500_000

/** Reads an e-mail as it crossed the network, and to whom it says it is. */
export async function readMail(raw: Buffer): Promise<ReceivedMail & { to: string[]; bounces: Bounce[] }> {
  const mail = await simpleParser(raw, { maxHtmlLengthToParse: MAX_HTML, skipImageLinks: true, skipTextLinks: true })
  const header = (name: string) => {
    const value = mail.headers.get(name)
    return typeof value === 'string' ? value.toLowerCase().trim() : undefined
  }
  const submitted = header('auto-submitted')
  // RFC 3834, and what was there before it
  const isAutomatic =
    (submitted !== undefined && submitted !== 'no') ||
    ['bulk', 'junk', 'list', 'auto_reply'].includes(header('precedence') ?? '') ||
    ['x-autoreply', 'x-autorespond'].some((name) => mail.headers.has(name)) ||
    /^multipart\/report|^message\/disposition-notification/.test(typeOf(mail.headers.get('content-type')))
  const to = [mail.to, mail.cc].flat().flatMap((list) => list?.value ?? [])
  return {
    messageId: mail.messageId,
    text: mail.text ?? '',
    isAutomatic,
    bounces: readBounces(raw),
    to: to.flatMap(({ address }) => address ?? []),
  }
}

function typeOf(header: unknown): string {
  const value = typeof header === 'object' && header !== null && 'value' in header ? header.value : header
  return typeof value === 'string' ? value.toLowerCase() : ''
}
