import {
  Actor,
  type ErrorBody,
  inputCheck,
  ParleyError,
  type Procedure,
  type RpcContract,
  type Served,
  toErrorBody,
} from '@parley/contracts'
import { traced } from '@parley/tracing'
import { Type } from 'typebox'

/** How long a caller waits, and so how long a call is worth doing. Milliseconds. */
export const CALL_TIMEOUT_MS = 5_000

export type ReplyFrame = { ok: true; data: unknown } | { ok: false; error: ErrorBody }

/** A batched procedure's request, and each part of its reply: [index in the request, reply]. */
export interface BatchFrame {
  items: unknown[]
}
export interface BatchReplyFrame {
  items: [index: number, reply: ReplyFrame][]
}

/** A batch, and a part of its reply, are cut here: far below what the bus refuses, and bounded work for the store. */
export const MAX_BATCH_CALLS = 500
export const MAX_BATCH_BYTES = 256 * 1024

export const subjectOf = (contract: RpcContract, procedure: string) => `${contract.prefix}.${procedure}`

/** Where one replica alone serves the subject. */
export const subjectAt = (subject: string, replica: string) => `${subject}.${replica}`

export const toBytes = (json: string): Uint8Array => Buffer.from(json, 'utf8')

export function fromBytes(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
}

/** The parts of a batch are encoded one by one and only joined here. */
export const joinItems = (items: readonly string[]): string => `{"items":[${items.join(',')}]}`

type Handle = (actor: Actor, input: unknown, served?: Served) => Promise<unknown>

/** Answers one call: a reply as JSON, or undefined when its deadline is past. Never rejects. */
export type Answer = (frame: unknown, served?: Served) => Promise<string | undefined>

const checkActor = inputCheck(Actor)
/**
 * One call. After its deadline (epoch milliseconds, by the caller's clock) the caller has gone, and the server does
 * nothing: a replica that was paused must not write what its callers have meanwhile sent again. Clocks have to agree
 * within a second or so.
 */
const checkFrame = inputCheck(
  Type.Object({
    ...{ actor: Type.Unknown(), input: Type.Unknown(), deadline: Type.Number() },
    /** Of each call, since a message may carry many, and its headers would be of all of them. */
    traceparent: Type.Optional(Type.String()),
  }),
)

/**
 * Validates, calls, and turns the outcome into a reply of at most `maxBytes`. Only what the procedure declares gets out;
 * the rest becomes `internal` and goes to `onError`.
 */
export function answerer(
  { input: schema, errors }: Procedure,
  handle: Handle,
  { name, maxBytes, onError }: { name: string; maxBytes: () => number; onError: (err: unknown) => void },
): Answer {
  const checkInput = inputCheck(schema)
  const declared = new Set<string>(['invalid_input', 'unauthenticated', 'unavailable', ...errors])
  const refuse = (err: unknown): string => {
    const known = err instanceof ParleyError && declared.has(err.code)
    if (!known) onError(err)
    const reply: ReplyFrame = { ok: false, error: toErrorBody(known ? err : undefined) }
    return JSON.stringify(reply)
  }
  return async (frame, served) => {
    try {
      const { actor, input, deadline, traceparent: parent } = checkFrame(frame)
      if (deadline <= Date.now()) return undefined
      const call = () => handle(checkActor(actor), checkInput(input), served)
      const data = await (parent === undefined ? call() : traced(name, { kind: 'server', parent }, call))
      const reply: ReplyFrame = { ok: true, data }
      const json = JSON.stringify(reply)
      // A character is at most three bytes in UTF-8: short replies need no count.
      if (json.length * 3 > maxBytes() && Buffer.byteLength(json) > maxBytes())
        throw new RangeError(`A reply of ${Buffer.byteLength(json)} bytes is more than the bus carries`)
      return json
    } catch (err) {
      return refuse(err)
    }
  }
}
