import { randomUUID } from 'node:crypto'
import { type Actor, type Api, CLIENT_ID, type Procedure, type RpcContract } from '@parley/contracts'

/** Answers an event: the input has been checked by the event's schema. */
export type Forward = (actor: Actor, input: object) => Promise<unknown>

/** By event: the calls of the contract's operations that have one. They acknowledge what the operation returns. */
export function forwarding<C extends RpcContract>(contract: C, api: Api<C>): Map<string, Forward> {
  // Which procedure has which input is lost among strings: each event's schema is that of its procedure's input.
  const calls = api as Record<string, (actor: Actor, input: object) => Promise<unknown>>
  const forwards = new Map<string, Forward>()
  for (const [name, procedure] of Object.entries<Procedure>(contract.procedures)) {
    if (procedure.socket === undefined) continue
    const { returns, batchKey, input } = procedure
    // A batched call may be made again at another replica, and must not be done twice there.
    const needsKey = batchKey !== undefined && 'properties' in input && CLIENT_ID in (input.properties as object)
    forwards.set(procedure.socket, async (actor, given) => {
      const output = await calls[name]!(actor, needsKey ? { [CLIENT_ID]: randomUUID(), ...given } : given)
      // `clientEvents` has looked for the field in the output's schema.
      return returns === undefined ? output : (output as Record<string, unknown>)[returns]
    })
  }
  return forwards
}
