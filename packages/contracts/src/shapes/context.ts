import { type Static, Type } from 'typebox'
import { ContextId, ContextType, Timestamp, text, UserId } from './identifiers.ts'
import { Metadata } from './metadata.ts'
import { orNull } from './or-null.ts'
import { MAX_UPSERTS } from './pagination.ts'
import { RoleWord } from './role-word.ts'

/** What of the host's a conversation is about: a booking, a contract, a milestone. */
export type ContextRef = Static<typeof ContextRef>
export const ContextRef = Type.Object({ type: ContextType, id: ContextId }, { additionalProperties: false })

export const ContextStatus = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\p{C}\\p{Zl}\\p{Zp}]*$',
  description: "The host's own word: the tenant's policy says what it means for the conversations",
})

export type ContextMember = Static<typeof ContextMember>
export const ContextMember = Type.Object(
  { userId: UserId, role: RoleWord, name: Type.Optional(text(1, 200)) },
  { additionalProperties: false },
)

const said = {
  title: Type.Optional(orNull(text(1, 200))),
  status: Type.Optional(ContextStatus),
  /**
   * Grows with every change at the host: what comes late, with a lower or the same one, is ignored. Without it what comes
   * last counts.
   */
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  parent: Type.Optional(orNull(ContextRef)),
  members: Type.Array(ContextMember, { maxItems: 500 }),
  metadata: Type.Optional(Metadata),
  changedBy: Type.Optional({ ...UserId, description: 'Who has changed it: they are not notified of that' }),
}

/** The whole state of a context: what is left out is empty, and whoever is not among the members is none. */
export const ContextBody = Type.Object(said, { additionalProperties: false })
export type UpsertContext = Static<typeof UpsertContext>
export const UpsertContext = Type.Object({ ...ContextRef.properties, ...said }, { additionalProperties: false })

export type Context = Static<typeof Context>
export const Context = Type.Object({
  ...ContextRef.properties,
  title: orNull(Type.String()),
  status: orNull(Type.String()),
  statusAt: Timestamp,
  version: orNull(Type.Integer()),
  parent: orNull(ContextRef),
  members: Type.Array(ContextMember),
  metadata: Metadata,
  updatedAt: Timestamp,
})
export const UpsertedContext = Type.Object({
  context: Context,
  created: Type.Boolean(),
  /** False: a version that was not newer; the context is as it was. */
  applied: Type.Boolean(),
})
export type UpsertedContext = Static<typeof UpsertedContext>

export const UpsertContexts = Type.Object(
  { contexts: Type.Array(UpsertContext, { minItems: 1, maxItems: MAX_UPSERTS }) },
  { additionalProperties: false },
)

/** As a conversation tells what it is about. */
export const ConversationContext = Type.Object({
  ...ContextRef.properties,
  title: orNull(Type.String()),
  status: orNull(Type.String()),
  parent: orNull(ContextRef),
})
