import { type Static, Type } from 'typebox'
import { Timestamp, text } from '../shapes/identifiers.ts'
import { type MessageKind, mistakesOfTime, payloadOf } from './kind.ts'
import { isTimeZone } from './time-zone.ts'
import { bookingRequestStates } from './transitions/booking-request.ts'

/** A time as who asks for it means it: an instant, and the zone that they think of it in. */
export type RequestedTime = Static<typeof RequestedTime>
export const RequestedTime = payloadOf({
  start: Timestamp,
  timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA', examples: ['Europe/Berlin'] }),
})

/** Times that would suit the one who asks for them, the best one first. */
export type BookingRequestPayload = Static<typeof BookingRequestPayload>
export const BookingRequestPayload = payloadOf({
  title: text(1, 200),
  requestedFor: Type.Array(RequestedTime, { minItems: 1, maxItems: 10 }),
  durationMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 527_040 })),
  note: Type.Optional(text(1, 2_000)),
  packageId: Type.Optional(text(1, 128)),
  expiresAt: Type.Optional(Timestamp),
})

export const bookingRequestKind: MessageKind = {
  type: 'booking_request',
  payload: BookingRequestPayload,
  content: 'none',
  attachments: 'none',
  sentBy: 'users',
  forwarded: false,
  mistakes(payload) {
    const { requestedFor, expiresAt } = payload as BookingRequestPayload
    return [
      ...requestedFor.flatMap(({ start, timeZone }, i) => [
        ...mistakesOfTime(start, `/requestedFor/${i}/start`),
        ...(isTimeZone(timeZone)
          ? []
          : [{ pointer: `/requestedFor/${i}/timeZone`, code: 'time-zone', detail: 'is not a time zone of IANA' }]),
      ]),
      ...mistakesOfTime(expiresAt, '/expiresAt'),
    ]
  },
  kept: (payload) => ({ ...payload, status: bookingRequestStates.initial }),
  states: bookingRequestStates,
}
