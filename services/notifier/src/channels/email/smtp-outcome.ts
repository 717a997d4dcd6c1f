import { isOfAddress } from '../../domain/mail/receive-bounce.ts'
import type { Outcome } from '../../domain/ports/channel.ts'

/** What a server said, as nodemailer tells it. */
interface SmtpFailure {
  code?: unknown
  command?: unknown
  responseCode?: unknown
  response?: unknown
  message?: string
}

/** A server that takes nothing from us is left alone for so long. Milliseconds. */
const LEAVE_ALONE_MS = 30_000
/** RFC 5321, without an enhanced code: no such mailbox, moved, or of a name that cannot be. 521 and 556: its domain takes no mail. */
const NO_MAILBOX = new Set([521, 550, 551, 553, 556])

/** What becomes of an e-mail that was not accepted. */
export function outcomeOfError(err: unknown): Outcome {
  const { code, command, responseCode, response, message } = err as SmtpFailure
  const status = typeof responseCode === 'number' ? responseCode : 0
  const said = typeof response === 'string' && response !== '' ? response : (message ?? String(err))
  const reason = said.replace(/\s+/g, ' ').slice(0, 500)
  // how we show who we are is wrong, which is no e-mail's fault
  if (code === 'EAUTH' || code === 'ENOAUTH' || status === 530 || status === 535)
    return { kind: 'later', reason, afterMs: LEAVE_ALONE_MS, from: 'everybody' }
  if (status >= 500) {
    const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(said)?.[1]
    const isOfIt = enhanced === undefined ? NO_MAILBOX.has(status) : isOfAddress(enhanced)
    if (enhanced === '5.2.2' || (enhanced === undefined && status === 552)) return { kind: 'later', reason }
    return command === 'RCPT TO' && isOfIt ? { kind: 'gone', reason } : { kind: 'refused', reason }
  }
  if (status === 421) return { kind: 'later', reason, afterMs: LEAVE_ALONE_MS, from: 'everybody' }
  if (code === 'EENVELOPE' && status === 0) return { kind: 'refused', reason }
  return { kind: 'later', reason }
}
