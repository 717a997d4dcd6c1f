import type { Notice } from '../../shapes/notice.ts'

export type Transitioned = Extract<Notice, { event: 'message_transitioned' }>

/** What became of an offer or a booking request, by type and action; `%` is who did it, where that is said. */
const words: Record<string, Partial<Record<Transitioned['action'], string>>> = {
  service_offer: {
    accept: '% accepted the offer',
    decline: '% declined the offer',
    withdraw: '% withdrew the offer',
    counter: '% made another offer',
    expire: 'The offer has expired',
    complete: 'The offer is completed',
    refuse: 'The offer was refused',
  },
  booking_request: {
    confirm: '% confirmed the booking',
    decline: '% declined the booking request',
    cancel: '% cancelled the booking',
    expire: 'The booking request has expired',
    complete: 'The booking is completed',
    refuse: 'The booking was refused',
  },
}

/** The line in English. Of the message itself it repeats nothing: what is deleted there would stay here. */
export function transitionWords(
  { type, action, actorId, party }: Transitioned,
  nameOf: (userId: string) => string,
): string {
  const who = actorId !== null ? nameOf(actorId) : party === 'admin' ? 'An administrator' : 'The service'
  return (words[type]?.[action] ?? 'Something was decided').replace('%', () => who)
}
