import { type Static, Type } from 'typebox'
import { Timestamp, text } from '../shapes/identifiers.ts'
import { type MessageKind, mistakesOfTime, payloadOf } from './kind.ts'
import { isCurrency, MAX_AMOUNT } from './money.ts'
import { serviceOfferStates } from './transitions/service-offer.ts'

/** What one side offers the other to do, at a price. */
export type ServiceOfferPayload = Static<typeof ServiceOfferPayload>
export const ServiceOfferPayload = payloadOf({
  title: text(1, 200),
  amount: Type.Integer({
    minimum: 0,
    maximum: MAX_AMOUNT,
    description: 'In minor units of the currency: 1250 is 12.50 EUR, and 1250 JPY',
  }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217', examples: ['EUR'] }),
  durationMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 527_040 })),
  note: Type.Optional(text(1, 2_000)),
  packageId: Type.Optional(text(1, 128)),
  expiresAt: Type.Optional(Timestamp),
})

export const serviceOfferKind: MessageKind = {
  type: 'service_offer',
  payload: ServiceOfferPayload,
  content: 'none',
  attachments: 'none',
  sentBy: 'users',
  forwarded: false,
  mistakes(payload) {
    const { currency, expiresAt } = payload as ServiceOfferPayload
    return [
      ...(isCurrency(currency)
        ? []
        : [{ pointer: '/currency', code: 'currency', detail: 'is not a currency of ISO 4217' }]),
      ...mistakesOfTime(expiresAt, '/expiresAt'),
    ]
  },
  kept: (payload) => ({ ...payload, status: serviceOfferStates.initial }),
  states: serviceOfferStates,
}
