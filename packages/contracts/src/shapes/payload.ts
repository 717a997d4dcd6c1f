import { type TString, Type } from 'typebox'
import { isStorableJson } from './metadata.ts'

export const MAX_PAYLOAD_BYTES = 8 * 1024

/** What a message says besides its words; its `type` says of which shape it is. */
export type Payload = Record<string, unknown>
export const Payload = Type.Refine(
  Type.Record(Type.String(), Type.Unknown(), {
    description: "What the message's type has besides words: at most 8 KiB as JSON, 10 levels deep",
  }),
  (payload: object) => isStorableJson(payload, MAX_PAYLOAD_BYTES),
  () => 'must be at most 8 KiB as JSON, 10 levels deep, and hold no NUL',
)

/** The name of a type of message: one of Parley's, or one that the tenant's policy brings. */
export const MessageType = Type.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[a-z][a-z0-9_.-]*$',
  examples: ['text'],
  description:
    'What kind of message it is: `text`, `image`, `video`, `audio`, `file`, `location`, `contact`, `service_offer`, `booking_request`, ' +
    '`system`, or a type of the policy’s `customTypes`',
}) satisfies TString
