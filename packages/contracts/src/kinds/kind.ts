import { type TObject, type TProperties, Type } from 'typebox'
import type { FieldError } from '../shapes/errors.ts'
import type { Payload } from '../shapes/payload.ts'
import type { StateMachine } from './transitions/state-machine.ts'

/**
 * A kind of message: what it holds, and who may send it. `previews.ts` has the line that stands for it.
 */
export interface MessageKind {
  type: string
  /** What senders give; null: it has none. */
  payload: TObject | null
  /** Whether it has words of the sender's. */
  content: 'required' | 'optional' | 'none'
  /** Whether it is about what is attached, may have something attached, or has nothing. */
  attachments: 'required' | 'optional' | 'none'
  sentBy: 'users' | 'backend'
  /** False: it stays between those whom it was sent to. */
  forwarded?: false
  /** What senders give that no schema says, as refusals of its places; none when it is right. */
  mistakes?(payload: Payload): FieldError[]
  /** What is kept of what senders give, with what is the server's to say. */
  kept?(payload: Payload): Payload
  /** Where it waits for a decision: what its `payload.status` may become. */
  states?: StateMachine
}

/**
 * A time that is one and the same for everybody. RFC 3339 also has leap seconds, which dates in JavaScript have not, and offsets that
 * bring a time out of the years that it can say.
 */
export const mistakesOfTime = (time: string | undefined, pointer: string): FieldError[] =>
  time === undefined || (/(?:z|[+-]\d\d:\d\d)$/i.test(time) && hasYear(time))
    ? []
    : [{ pointer, code: 'date-time', detail: 'is not a time with its offset from UTC' }]

function hasYear(time: string): boolean {
  const year = new Date(time).getUTCFullYear()
  return year >= 0 && year <= 9_999
}

/** The payload of a kind: no other fields than these. */
export const payloadOf = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
