import type { NotificationChannel, NotificationKind, Recipient, UnreadMessage } from '@parley/contracts'
import type { Wishes } from '../ports/preferences.ts'
import { emailDueAt, mayTell, quietUntil } from '../preferences/may-tell.ts'
import { kindOf, mostTelling } from './kind-of.ts'

/** That somebody is told, of what and how. */
export interface Telling {
  kind: NotificationKind
  /** The first and the last message. */
  fromSeq: number
  toSeq: number
  count: number
  /** When the first was written. */
  eventAt: string
  inApp: boolean
  /** When it is handed over; null: not at all. What is read by then is taken back. */
  pushAt: Date | null
  emailAt: Date | null
}

/** What was decided about somebody: how far, and whether they are told. */
export interface Verdict {
  toldTo: number
  telling: Telling | null
}

/**
 * Whether somebody is told of what they have not read. Everything up to `toldTo` is decided by that, also where they are told of
 * nothing: what came while they had muted a conversation is no news when they take that back.
 */
export function decide(
  recipient: Recipient,
  messages: ReadonlyMap<number, UnreadMessage>,
  { preferences, level }: Wishes,
  now: Date,
): Verdict {
  const toldTo = recipient.toSeq
  if (recipient.mutedUntil !== null && Date.parse(recipient.mutedUntil) > now.getTime())
    return { toldTo, telling: null }
  const mentions = new Set(recipient.mentions)
  const unread = recipient.seqs
    .flatMap((seq) => messages.get(seq) ?? [])
    .map(({ seq, type, at }) => ({ seq, at, kind: kindOf(type, mentions.has(seq)) }))
    // whoever only watches is called by name
    .filter(({ seq }) => !recipient.observes || mentions.has(seq))
  const told = (channel: NotificationChannel) =>
    unread.filter(({ seq, kind }) => {
      // who is mentioned in an offer is mentioned
      const kinds: NotificationKind[] = mentions.has(seq) ? [kind, 'mention'] : [kind]
      return kinds.some((one) => mayTell(preferences, level, one, channel))
    })
  const by = { inApp: told('inApp'), push: told('push'), email: told('email') }
  const wanted = unread.filter((message) => Object.values(by).some((some) => some.includes(message)))
  const [first] = wanted
  const last = wanted.at(-1)
  if (!first || !last) return { toldTo, telling: null }
  const quiet = quietUntil(preferences, now)
  const [emailed] = by.email
  return {
    toldTo,
    telling: {
      kind: mostTelling(wanted.map(({ kind }) => kind)),
      fromSeq: first.seq,
      toSeq: last.seq,
      count: wanted.length,
      eventAt: first.at,
      inApp: by.inApp.length > 0,
      pushAt: by.push.length > 0 ? (quiet ?? now) : null,
      emailAt: emailed ? latest(now, quiet, emailDueAt(preferences, new Date(emailed.at))) : null,
    },
  }
}

export const latest = (...times: readonly (Date | null)[]): Date =>
  new Date(Math.max(...times.map((time) => time?.getTime() ?? 0)))
