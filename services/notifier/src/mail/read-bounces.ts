import type { Bounce } from '../domain/mail/receive-bounce.ts'

/** As many recipients of one report are looked at. */
const MOST = 20

/** What a delivery report (RFC 3464) says has failed for good; empty for any other e-mail. It is read as text: each program builds it its own way. */
export function readBounces(raw: Buffer): Bounce[] {
  const text = raw.toString('latin1').replace(/\r\n/g, '\n')
  const end = text.indexOf('\n\n')
  const header = unfolded(text.slice(0, end === -1 ? undefined : end))
  if (!/^content-type:\s*multipart\/report\b.*report-type="?delivery-status/im.test(header)) return []
  const messageIds = [...text.slice(end).matchAll(/^message-id:\s*(<[^<>\s]{1,200}>)/gim)].map(([, id]) => id!)
  return text
    .split(/\n\s*\n/)
    .map(unfolded)
    .filter((block) => /^action:\s*failed\b/im.test(block))
    .slice(0, MOST)
    .flatMap((block) => {
      const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(block)?.[1]?.trim()
      const status = /^\d\.\d{1,3}\.\d{1,3}/.exec(field('status') ?? '')?.[0]
      const reason = (field('diagnostic-code') ?? status ?? 'it did not arrive').replace(/^[\w-]+;\s*/, '')
      // as it was given to the server, and as that knew it
      return [field('original-recipient'), field('final-recipient')].flatMap((address) => {
        const recipient = address?.replace(/^[\w-]+;\s*/, '').replace(/^<|>$/g, '')
        return recipient && status !== undefined ? { messageIds, recipient, status, reason } : []
      })
    })
}

/** Without the breaks of long lines. */
const unfolded = (lines: string) => lines.replace(/\n[ \t]+/g, ' ')
