import { type Static, Type } from 'typebox'

/** Asks every gateway when it heard of a message that was sent. */
export type HeardQuestion = Static<typeof HeardQuestion>
export const HeardQuestion = Type.Object({
  tenantId: Type.String(),
  conversationId: Type.String(),
  seq: Type.Integer(),
})

/** What a gateway remembers of it: it keeps the last that it heard in memory, and no words. */
export type Heard = Static<typeof Heard>
export const Heard = Type.Object({
  gatewayId: Type.String(),
  /** Undefined: it does not remember it. */
  telling: Type.Optional(
    Type.Object({
      /** Epoch milliseconds, by its clock. */
      at: Type.Number(),
      /** The process that told it, and the number of the envelope. */
      publisherId: Type.String(),
      number: Type.Integer(),
      /** It came late, because it was asked for again. */
      late: Type.Boolean(),
    }),
  ),
  /** It remembers what it has heard since then, epoch milliseconds. */
  since: Type.Number(),
  /** Whether it listens to what happens in the tenant: it does once somebody of it is connected. */
  listens: Type.Boolean(),
  /** Users of the conversation who are connected to it now. */
  users: Type.Integer(),
})
