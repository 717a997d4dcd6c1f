import { type Actor, type Api, fromErrorBody, type RpcContract, type Served } from '@parley/contracts'
import { serveBatches } from './batch-server.ts'
import type { Bus, Unsubscribe } from './bus.ts'
import { createLanes } from './lanes.ts'
import type { Replicas } from './replicas.ts'
import {
  type Answer,
  answerer,
  CALL_TIMEOUT_MS,
  encodeCall,
  fromBytes,
  type ReplyFrame,
  subjectAt,
  subjectOf,
  toBytes,
} from './rpc-wire.ts'
import { isNobodyServes, unavailable } from './unavailable.ts'

type Call = (actor: Actor, input: unknown, served?: Served) => Promise<unknown>

/** Room for the frame around one item of a batch. */
const FRAME_BYTES = 64

/**
 * The contract's procedures over the bus: the same shape as the use-cases themselves. A call rejects with what the
 * procedure declares, `invalid_input`, `internal`, or `unavailable` when no answer came within `timeoutMs` (5 s): the
 * call may have been done all the same, so it is repeated with the same idempotency key.
 *
 * With `replicas` calls go to one that is known to be there. Without, or while none is known, the bus chooses, and does not
 * know of one that is paused.
 */
export function rpcClient<C extends RpcContract>(
  bus: Bus,
  contract: C,
  { timeoutMs = CALL_TIMEOUT_MS, replicas }: { timeoutMs?: number; replicas?: Replicas } = {},
): Api<C> {
  const calls: Record<string, Call> = {}
  for (const [name, { batchKey }] of Object.entries(contract.procedures)) {
    const subject = subjectOf(contract, name)
    calls[name] = batchKey
      ? createLanes(bus, { subject, batchKey, timeoutMs, replicas })
      : async (actor, input) => {
          const body = toBytes(encodeCall(actor, input, timeoutMs))
          // Written by answerer() of this package, at the other end.
          const reply = fromBytes(await requestOne(bus, subject, body, { timeoutMs, replicas })) as ReplyFrame
          if (!reply.ok) throw fromErrorBody(reply.error)
          return reply.data
        }
  }
  // Object.entries loses which procedure has which input.
  return calls as Api<C>
}

/** To one that is there. When it turns out to be gone, nobody can tell whether it has done the call. */
async function requestOne(
  bus: Bus,
  subject: string,
  body: Uint8Array,
  { timeoutMs, replicas }: { timeoutMs: number; replicas: Replicas | undefined },
): Promise<Uint8Array> {
  const replica = replicas?.next()
  if (!replicas || replica === undefined) return bus.request(subject, body, { timeoutMs })
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const stop = replicas.onGone(replica, () =>
        reject(unavailable(`The replica that was asked for ${subject} is gone`)),
      )
      bus.request(subjectAt(subject, replica), body, { timeoutMs }).then(resolve, reject).finally(stop)
    })
  } catch (err) {
    if (!isNobodyServes(err)) throw err
    replicas.forget(replica)
    return bus.request(subject, body, { timeoutMs })
  }
}

/**
 * Serves the contract's procedures, each in the queue group, so that every call goes to one of the processes. Resolves
 * when all are in force; the returned function takes no new calls, and resolves when those at work are answered.
 * `onError` hears what no caller is told: errors that the procedure does not declare, with their cause.
 */
export async function serveRpc<C extends RpcContract>(
  bus: Bus,
  contract: C,
  {
    queue,
    replica,
    api,
    onError,
  }: {
    queue: string
    /** What this process's own subjects end in; see announceReplica. */
    replica?: string
    api: Api<C>
    onError: (err: unknown, procedure: string) => void
  },
): Promise<Unsubscribe> {
  const stops = await Promise.all(
    Object.entries(contract.procedures).flatMap(([name, procedure]) => {
      const subject = subjectOf(contract, name)
      // As above; a call goes through the object, in case its methods use `this`.
      const calls = api as Record<string, Call>
      const report = (err: unknown) => onError(err, name)
      const answer = answerer(procedure, async (...call) => calls[name]!(...call), {
        name: `${contract.prefix}.${name}`,
        maxBytes: () => bus.maxPayload - FRAME_BYTES,
        onError: report,
      })
      const all = replica === undefined ? [subject] : [subject, subjectAt(subject, replica)]
      return all.map((served) =>
        procedure.batchKey
          ? serveBatches(bus, { subject: served, queue, answer, onError: report })
          : bus.serve(served, queue, (body, reply) => answerOne(answer, body, reply).catch(report)),
      )
    }),
  )
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

async function answerOne(answer: Answer, body: Uint8Array, reply: (part: Uint8Array) => void): Promise<void> {
  const json = await answer(fromBytes(body))
  if (json !== undefined) reply(toBytes(json))
}
