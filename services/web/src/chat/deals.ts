import type { BookingRequestPayload, Message, ServiceOfferPayload } from '@parley/contracts'
import { minorDigits } from '@parley/contracts/message-text'
import {
  bookingRequestStates,
  type MessageAction as DealAction,
  openActions,
  serviceOfferStates,
} from '@parley/contracts/transitions'

export type RequestedTime = BookingRequestPayload['requestedFor'][number]

interface Decided {
  status: string
  reason?: string
}
/** An offer or a booking request, as its card shows it. */
export type Deal =
  | ({ kind: 'service_offer' } & ServiceOfferPayload & Decided)
  | ({ kind: 'booking_request'; chosen?: RequestedTime } & BookingRequestPayload & Decided)

/** Null: it is none, or one that another version has written so that this one does not know what it says. */
export function dealOf({ type, payload, deletedAt }: Pick<Message, 'type' | 'payload' | 'deletedAt'>): Deal | null {
  if (deletedAt !== null || payload === null) return null
  const given = payload as Record<string, unknown>
  if (typeof given.title !== 'string' || typeof given.status !== 'string') return null
  if (type === 'service_offer')
    return typeof given.amount === 'number' && typeof given.currency === 'string'
      ? ({ ...given, kind: type } as Deal)
      : null
  return type === 'booking_request' && Array.isArray(given.requestedFor) ? ({ ...given, kind: type } as Deal) : null
}

const machines = { service_offer: serviceOfferStates, booking_request: bookingRequestStates }

/** What somebody may do to it now. The server decides; this only hides what it would refuse. */
export function actionsOnDeal({ kind, status, expiresAt }: Deal, own: boolean, now = Date.now()): DealAction[] {
  const actions = openActions(machines[kind], status, own ? 'maker' : 'recipient')
  const isOver = status === 'pending' && expiresAt !== undefined && Date.parse(expiresAt) <= now
  if (isOver) return []
  // Who was asked declines; to cancel is for what was agreed.
  return actions.filter((action) => action !== 'cancel' || own || status !== 'pending')
}

/** "120.50", or "120,50", in minor units of the currency; null where that is no amount of it. */
export function minorAmount(text: string, currency: string): number | null {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim().replace(/[\s'’]/g, '')) ?? []
  const digits = minorDigits(currency)
  if (whole === undefined || fraction.length > digits) return null
  return Number(whole + fraction.padEnd(digits, '0'))
}

/** The reverse, to be changed in a form. */
export function majorAmount(amount: number, currency: string): string {
  return (amount / 10 ** minorDigits(currency)).toFixed(minorDigits(currency))
}
