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
import { currentTrace, traced } from '@parley/tracing'
import { Type } from 'typebox'
import { CallerClocks, sentNow } from './caller-clocks.ts'

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
 * nothing: a replica that was paused must not write what its callers have meanwhile sent again. Where the clocks of two
 * machines do not agree it goes by `sent`, which those of the former release do not say.
 */
const checkFrame = inputCheck(
  Type.Object({
    ...{ actor: Type.Unknown(), input: Type.Unknown(), deadline: Type.Number() },
    sent: Type.Optional(Type.Tuple([Type.String(), Type.Number(), Type.Number()])),
    /** Of each call, since a message may carry many, and its headers would be of all of them. */
    traceparent: Type.Optional(Type.String()),
  }),
)

/** A call as it travels. */
export const encodeCall = (actor: Actor, input: unknown, timeoutMs: number): string =>
  JSON.stringify({
    ...{ actor, input, deadline: Date.now() + timeoutMs, sent: sentNow(timeoutMs), traceparent: currentTrace() },
  })

/** Of this process, whatever it serves; from the first that it serves. */
let clocks: CallerClocks | undefined

/** Whether the caller has gone: by its clock, and, as that may be wrong, by how long its call was under way where that is known. */
function isLate({ deadline, sent }: ReturnType<typeof checkFrame>): boolean {
  const age = sent && clocks?.ageOf(sent[0], sent[1])
  return deadline <= Date.now() && (age === undefined || age >= sent![2])
}

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
  clocks ??= new CallerClocks().watch()
  return async (frame, served) => {
    try {
      const checked = checkFrame(frame)
      if (isLate(checked)) return undefined
      const { actor, input, traceparent: parent } = checked
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
