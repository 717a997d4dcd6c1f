import { type Static, Type } from 'typebox'
import { text } from '../shapes/identifiers.ts'
import { type MessageKind, payloadOf } from './kind.ts'

export type LocationPayload = Static<typeof LocationPayload>
export const LocationPayload = payloadOf({
  latitude: Type.Number({ minimum: -90, maximum: 90 }),
  longitude: Type.Number({ minimum: -180, maximum: 180 }),
  name: Type.Optional(text(1, 200)),
  address: Type.Optional(text(1, 500)),
})

export const locationKind: MessageKind = {
  type: 'location',
  payload: LocationPayload,
  content: 'optional',
  attachments: 'none',
  sentBy: 'users',
}
