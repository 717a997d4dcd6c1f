import { type Static, Type } from 'typebox'
import { text, UserId } from '../shapes/identifiers.ts'
import { type MessageKind, payloadOf } from './kind.ts'

const few = <T extends Parameters<typeof Type.Array>[0]>(schema: T) =>
  Type.Optional(Type.Array(schema, { minItems: 1, maxItems: 10 }))

/** A card: somebody of the tenant's, or anybody else. */
export type ContactPayload = Static<typeof ContactPayload>
export const ContactPayload = payloadOf({
  name: text(1, 200),
  organization: Type.Optional(text(1, 200)),
  phones: few(Type.String({ minLength: 3, maxLength: 40, pattern: '^[+0-9() ./#*-]*$' })),
  emails: few(Type.String({ minLength: 3, maxLength: 254, pattern: '^[^@\\s\\p{C}]+@[^@\\s\\p{C}]+$' })),
  userId: Type.Optional(Type.String({ ...UserId, description: 'Who it is, when they are a user here' })),
})

export const contactKind: MessageKind = {
  type: 'contact',
  payload: ContactPayload,
  content: 'optional',
  attachments: 'none',
  sentBy: 'users',
}
