import type { Static, TSchema } from 'typebox'
import { inputCheck } from '../api/input.ts'
import { ParleyError } from '../shapes/errors.ts'

/** A subject and the JSON that is said there: whoever says it and whoever hears it hold the same one. */
export interface Topic<T extends TSchema = TSchema> {
  readonly subject: string
  readonly schema: T
  encode(value: Static<T>): Uint8Array
  /** Throws `invalid_input` for a body that is no JSON, or not of this shape. */
  decode(body: Uint8Array): Static<T>
}

/** One subject, or a family of them: then the topic of one is `topic(...)` with the arguments of its subject. */
export function defineTopic<T extends TSchema>(subject: string, schema: T): Topic<T>
export function defineTopic<T extends TSchema, A extends unknown[]>(
  subjectOf: (...of: A) => string,
  schema: T,
): (...of: A) => Topic<T>
export function defineTopic<T extends TSchema, A extends unknown[]>(
  subject: string | ((...of: A) => string),
  schema: T,
): Topic<T> | ((...of: A) => Topic<T>) {
  // Compiled when something is heard for the first time: pages and tools that only name subjects do not wait for it.
  let check: ((value: unknown) => Static<T>) | undefined
  const codec: Pick<Topic<T>, 'schema' | 'encode' | 'decode'> = {
    schema,
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode(body) {
      check ??= inputCheck(schema)
      return check(parsed(body))
    },
  }
  return typeof subject === 'string' ? { subject, ...codec } : (...of) => ({ subject: subject(...of), ...codec })
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  } catch (err) {
    throw new ParleyError('invalid_input', 'This is not JSON', { cause: err })
  }
}
