import { type Actor, type Api, fromErrorBody, type RpcContract } from '@parley/contracts'
import { serveBatches } from './batch-server.ts'
import type { Bus, Unsubscribe } from './bus.ts'
import { createLanes } from './lanes.ts'
import { type Answer, answerer, CALL_TIMEOUT_MS, fromBytes, type ReplyFrame, subjectOf, toBytes } from './rpc-wire.ts'

type Call = (actor: Actor, input: unknown) => Promise<unknown>

/** Room for the frame around one item of a batch. */
const FRAME_BYTES = 64

/**
 * The contract's procedures over the bus: the same shape as the use-cases themselves. A call rejects with what the
 * procedure declares, `invalid_input`, `internal`, or `unavailable` when no answer came within `timeoutMs` (5 s): the
 * call may have been done all the same, so it is repeated with the same idempotency key.
 */
export function rpcClient<C extends RpcContract>(
  bus: Bus,
  contract: C,
  { timeoutMs = CALL_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Api<C> {
  const calls: Record<string, Call> = {}
  for (const [name, { batchKey }] of Object.entries(contract.procedures)) {
    const subject = subjectOf(contract, name)
    calls[name] = batchKey
      ? createLanes(bus, { subject, batchKey, timeoutMs })
      : async (actor, input) => {
          const body = toBytes(JSON.stringify({ actor, input, deadline: Date.now() + timeoutMs }))
          // Written by answerer() of this package, at the other end.
          const reply = fromBytes(await bus.request(subject, body, { timeoutMs })) as ReplyFrame
          if (!reply.ok) throw fromErrorBody(reply.error)
          return reply.data
        }
  }
  // Object.entries loses which procedure has which input.
  return calls as Api<C>
}

/**
 * Serves the contract's procedures, each in the queue group, so that every call goes to one of the processes. Resolves
 * when all are in force; the returned function takes no new calls, and resolves when those at work are answered.
 * `onError` hears what no caller is told: errors that the procedure does not declare, with their cause.
 */
export async function serveRpc<C extends RpcContract>(
  bus: Bus,
  contract: C,
  { queue, api, onError }: { queue: string; api: Api<C>; onError: (err: unknown, procedure: string) => void },
): Promise<Unsubscribe> {
  const stops = await Promise.all(
    Object.entries(contract.procedures).map(([name, procedure]) => {
      const subject = subjectOf(contract, name)
      // As above; a call goes through the object, in case its methods use `this`.
      const calls = api as Record<string, Call>
      const report = (err: unknown) => onError(err, name)
      const answer = answerer(procedure, async (actor, input) => calls[name]!(actor, input), {
        maxBytes: () => bus.maxPayload - FRAME_BYTES,
        onError: report,
      })
      return procedure.batchKey
        ? serveBatches(bus, { subject, queue, answer, onError: report })
        : bus.serve(subject, queue, (body, reply) => answerOne(answer, body, reply).catch(report))
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
