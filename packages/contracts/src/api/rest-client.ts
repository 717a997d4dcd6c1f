import type { Static, TSchema } from 'typebox'
import type { AnswerOf, RpcContract } from './operation.ts'

export { restRoutes } from './rest-routes.ts'

/**
 * Makes one request and resolves with what its JSON body says, or undefined where there is none. Rejects with whatever a
 * refusal is to its caller. `path` begins with `/v1` and has its query.
 */
export type SendRequest = (method: string, path: string, body?: object) => Promise<unknown>

/** The operations of a contract that have a route, by their names. They reject with what `SendRequest` rejects with. */
export type RestClient<C extends RpcContract> = {
  [K in keyof C['procedures'] as C['procedures'][K] extends { http: unknown } ? K : never]: Request<C['procedures'][K]>
}

type Request<P> = P extends { input: infer I extends TSchema }
  ? Record<never, never> extends Given<Static<I>>
    ? (input?: Given<Static<I>>) => Promise<Answer<P>>
    : (input: Given<Static<I>>) => Promise<Answer<P>>
  : never
/** What may be left out may also be undefined. */
type Given<T> = { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K] }
type Answer<P> = keyof Static<AnswerOf<P>> extends never ? undefined : Static<AnswerOf<P>>

/**
 * A client of those operations over REST. `routes` are the contract's in `restRoutes`: a browser loads these few lines
 * instead of the schemas.
 */
export function restClient<C extends RpcContract>(
  routes: Readonly<Record<string, string>>,
  send: SendRequest,
): RestClient<C> {
  const calls = Object.entries(routes).map(([name, route]) => {
    const [method = '', path = ''] = route.split(' ')
    const hasBody = method !== 'GET' && method !== 'DELETE'
    const call = (input: Record<string, unknown> = {}) => {
      const rest = { ...input }
      const filled = path.replaceAll(/:(\w+)/g, (_, field: string) => {
        const value = String(rest[field])
        delete rest[field]
        return encodeURIComponent(value)
      })
      // some operations need a body although all of it may be left out, and those without one do not mind
      if (hasBody) return send(method, `/v1${filled}`, rest)
      return send(method, `/v1${filled}${queryOf(rest)}`)
    }
    return [name, call]
  })
  // The routes are written from the contract, whose types these are.
  return Object.fromEntries(calls) as RestClient<C>
}

/** Of what is given, what has a value; lists repeat their name. */
function queryOf(fields: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one))
  return query.size > 0 ? `?${query}` : ''
}
