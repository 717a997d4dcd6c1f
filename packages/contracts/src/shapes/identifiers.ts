import { type Static, Type } from 'typebox'

/** Part of bus subjects, hence the narrow alphabet. */
export type TenantId = Static<typeof TenantId>
export const TenantId = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })

/**
 * What no id holds, because nobody sees it: controls, format characters, fillers, and spaces other than the plain one. Two ids
 * that look alike would be two people, and some of them are dropped or changed on the way by what handles text.
 */
const visible =
  '^[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u2800\\u3000]*$'

/** The host's own string. Separators, quotes and spaces are all allowed; what is not seen is not. */
export type UserId = Static<typeof UserId>
export const UserId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: visible,
  description: "The host's own id of a user: 1 to 128 printable characters",
})

/** Who speaks in messages of type `system`. Nobody can log in as this: ids that begin like it are Parley's own. */
export const SYSTEM_USER_ID = 'parley:system'
export const isReservedUserId = (userId: string) => userId.startsWith('parley:')

/** A word of the tenant's: "booking", "contract", "milestone". Part of bus subjects, like a tenant's id. */
export const ContextType = Type.String({
  pattern: '^[a-z0-9-]{1,40}$',
  description: "What kind of thing of the host's it is",
})
export const ContextId = Type.String({ ...UserId, description: "The host's own id of a booking, contract or the like" })

/** Everything that Parley itself names is a UUIDv7 in lower case. */
const uuidPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
export const ConversationId = Type.String({ pattern: uuidPattern, description: 'A conversation (UUIDv7)' })
export const ReportId = Type.String({ pattern: uuidPattern, description: 'A report (UUIDv7)' })
export const MessageId = Type.String({ pattern: uuidPattern, description: 'A message (UUIDv7)' })
export const WebhookId = Type.String({ pattern: uuidPattern, description: 'A webhook (UUIDv7)' })

/** Chosen by the client, once per thing that it creates; the same key returns the first result. */
export const ClientId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: visible,
  description: 'Idempotency key chosen by the client: the same key with the same body returns the first result',
})

export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const Timestamp = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })
export const OpaqueCursor = Type.String({
  minLength: 1,
  maxLength: 512,
  pattern: '^[A-Za-z0-9_-]*$',
  description: 'Opaque: hand it back as it came',
})
/** Of lists in the order of ids or names: 328 characters of up to four bytes each, in base64. */
export const LongCursor = Type.String({ ...OpaqueCursor, maxLength: 2048 })

/** Text that people typed: tabs and line breaks, but no other control character and no half of a surrogate pair. */
export function text(minLength: number, maxLength: number) {
  return Type.String({
    minLength,
    maxLength,
    pattern: '^[^\\p{Cs}\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$',
  })
}
