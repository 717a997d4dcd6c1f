import type { MessageAction as DealAction } from '@parley/contracts/transitions'
import type { Deal } from '../chat/deals.ts'
import { numberText } from './dates.ts'

export const dealNames: Record<Deal['kind'], string> = {
  service_offer: 'Offer',
  booking_request: 'Booking request',
}

/** What became of it; a word of a later version is its own. */
export function statusText(status: string): string {
  return Object.hasOwn(statuses, status) ? statuses[status]! : status
}
const statuses: Readonly<Record<string, string>> = {
  pending: 'Waiting for an answer',
  accepted: 'Accepted',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
  expired: 'Expired',
  superseded: 'Replaced by another offer',
  confirmed: 'Confirmed',
  cancelled: 'Cancelled',
  completed: 'Completed',
  refused: 'Refused',
}
const good: ReadonlySet<string> = new Set(['accepted', 'confirmed', 'completed'])

export function toneOf(status: string): 'open' | 'good' | 'over' {
  return status === 'pending' ? 'open' : good.has(status) ? 'good' : 'over'
}

export const actionWords: Record<DealAction, string> = {
  accept: 'Accept',
  decline: 'Decline',
  withdraw: 'Withdraw',
  counter: 'Counter-offer',
  confirm: 'Confirm',
  cancel: 'Cancel booking',
}

export function durationText(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  const parts = [
    ...(days ? [`${numberText(days)} d`] : []),
    ...(hours ? [`${hours} h`] : []),
    ...(rest ? [`${rest} min`] : []),
  ]
  return parts.join(' ')
}
