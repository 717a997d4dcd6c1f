import type { Static, TProperties, TSchema } from 'typebox'
import type { Actor } from '../shapes/actor.ts'
import type { ErrorCode } from '../shapes/errors.ts'

interface Call {
  input: TSchema
  output: TSchema
  /** What a caller has to expect besides `invalid_input`, `unauthenticated`, `unavailable` and `internal`. */
  errors: readonly ErrorCode[]
  /**
   * Given: concurrent calls travel together, and calls with the same key keep their order. Callers and use-cases do not
   * notice; see the bus. Such a procedure is repeatable: a call may be made again at another replica.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a method parameter of the narrower input type would not be assignable
  batchKey?: (actor: Actor, input: any) => string
}

/** Reached over the bus alone. */
interface InternalCall extends Call {
  http?: never
  socket?: never
}

/**
 * A call that clients may make, with everything that its edges need to know: routes, socket handlers, documents, tests and
 * clients are derived from it.
 */
export interface Operation extends Call {
  /** One line for every document, without a full stop. */
  summary: string
  description?: string
  /** The group of the REST document that it stands in. */
  tag: string
  /**
   * The field of the output that edges answer with; left out, the whole output. Where the output also says `created`, REST
   * answers 201 or 200 by it.
   */
  returns?: string
  /** What REST answers where it is not 200. An output of `Nothing` is 204 by itself. */
  status?: 201
  http?: Route | HttpBinding | readonly (Route | HttpBinding)[]
  /** The client's event that makes the call and is acknowledged with its answer. */
  socket?: string
}

export type Procedure = InternalCall | Operation

/**
 * `METHOD /path`, below `/v1`. `:name` in the path is that field of the input. The other fields are query parameters of GET
 * and DELETE, and the JSON body of the rest.
 */
export type Route = `${HttpMethod} /${string}`
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A route that differs from what the operation says of itself, or is one of several. */
export interface HttpBinding {
  route: Route
  /** Left out: the operation's name. */
  operationId?: string
  summary?: string
  description?: string
  /** Fields of the input that this route does not take. */
  without?: readonly string[]
  /**
   * The field of the input that is a list, of which this route gives the one element; the answer is the one element of the
   * output's `data`.
   */
  oneOf?: string
  /** As an operation's, of that one element. */
  returns?: string
}

export interface RpcContract<P extends Record<string, Procedure> = Record<string, Procedure>> {
  /** The subject's first part; the procedure's name follows. */
  prefix: string
  procedures: P
}

export function defineRpc<const P extends Record<string, Procedure>>(prefix: string, procedures: P): RpcContract<P> {
  return { prefix, procedures }
}

/** What serves a call, to a use-case that takes it as a third argument. A call that nobody else's is served with comes without. */
export interface Served {
  /** Says that from here on the call waits for somebody outside: those that came with it, and those behind it, need not. */
  waits(): void
}

/** What callers see. The use-cases and the bus client both implement it, so a caller cannot tell which it holds. */
export type Api<C extends RpcContract> = {
  [K in keyof C['procedures']]: (
    actor: Actor,
    input: Static<C['procedures'][K]['input']>,
  ) => Promise<Static<C['procedures'][K]['output']>>
}

/** The schema of what edges answer with: the output, or the field of it that the operation returns. */
export type AnswerOf<P> = P extends { returns: infer F; output: { properties: infer Fields } }
  ? F extends keyof Fields
    ? Extract<Fields[F], TSchema>
    : never
  : P extends { output: infer O extends TSchema }
    ? O
    : never

/** The ids that a contract's operations, or those of several, have in the REST document. */
export type OperationId<C extends RpcContract> =
  C extends RpcContract<infer P>
    ? {
        [K in keyof P]: P[K] extends { http: infer B } ? IdOf<K, B extends readonly (infer One)[] ? One : B> : never
      }[keyof P]
    : never
type IdOf<K, B> = B extends { operationId: infer Id } ? Id : K

/** The properties of a schema that has to be an object's. */
export function fieldsOf(schema: TSchema): TProperties {
  if ('properties' in schema) return schema.properties as TProperties
  throw new TypeError(`Not the schema of an object: ${JSON.stringify(schema)}`)
}

export function answerOf({ output }: { output: TSchema }, returns: string | undefined): TSchema {
  const answer = returns === undefined ? output : fieldsOf(output)[returns]
  if (answer) return answer
  throw new TypeError(`An output without the field ${returns} cannot return it`)
}

/** The field of an input in which callers choose an idempotency key. */
export const CLIENT_ID = 'clientId'
