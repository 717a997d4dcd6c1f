import type { Static, TSchema } from 'typebox'
import type { Actor } from '../shapes/actor.ts'
import type { ErrorCode } from '../shapes/errors.ts'

export interface Procedure {
  input: TSchema
  output: TSchema
  /** What a caller has to expect besides `invalid_input`, `unavailable` and `internal`. */
  errors: readonly ErrorCode[]
  /**
   * Given: concurrent calls travel together, and calls with the same key keep their order. Callers and use-cases do not
   * notice; see the bus. Such a procedure is repeatable: a call may be made again at another replica.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a method parameter of the narrower input type would not be assignable
  batchKey?: (actor: Actor, input: any) => string
}

export interface RpcContract<P extends Record<string, Procedure> = Record<string, Procedure>> {
  /** The subject's first part; the procedure's name follows. */
  prefix: string
  procedures: P
}

export function defineRpc<const P extends Record<string, Procedure>>(prefix: string, procedures: P): RpcContract<P> {
  return { prefix, procedures }
}

/** What callers see. The use-cases and the bus client both implement it, so a caller cannot tell which it holds. */
export type Api<C extends RpcContract> = {
  [K in keyof C['procedures']]: (
    actor: Actor,
    input: Static<C['procedures'][K]['input']>,
  ) => Promise<Static<C['procedures'][K]['output']>>
}
