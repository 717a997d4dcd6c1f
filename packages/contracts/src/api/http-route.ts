import { type TObject, type TProperties, type TSchema, Type } from 'typebox'
import type { ErrorCode } from '../shapes/errors.ts'
import { Nothing } from '../shapes/nothing.ts'
import {
  answerOf,
  CLIENT_ID,
  fieldsOf,
  type HttpBinding,
  type HttpMethod,
  type Operation,
  type Route,
  type RpcContract,
} from './operation.ts'

/** What a request brings, each part checked by the route's schema of it. */
export interface RequestParts {
  params: unknown
  query: unknown
  body: unknown
  /** The Idempotency-Key header. */
  key: string | undefined
}

/** One route of an operation: its shapes, and the way from a request to the input and from the output to the reply. */
export interface HttpRoute {
  operationId: string
  /** The procedure that answers it. */
  procedure: string
  method: HttpMethod
  /** Below `/v1`, with `:name` parameters. */
  path: string
  tag: string
  summary: string
  description: string | undefined
  errors: readonly ErrorCode[]
  params: TSchema | undefined
  query: TSchema | undefined
  body: TSchema | undefined
  /** An Idempotency-Key header counts as `clientId` where the body has none. */
  takesKey: boolean
  /** The whole input can be given: what clients use who call the operation by its name. */
  takesAll: boolean
  /** The schema of the reply's body by status. */
  replies: Record<number, TSchema>
  toInput(parts: RequestParts): unknown
  toReply(output: unknown): { status: number; body: unknown }
}

/** The routes of a contract, in its order. Throws a TypeError on a binding that does not fit its operation. */
export function httpRoutes({ procedures }: RpcContract): HttpRoute[] {
  return Object.entries(procedures).flatMap(([name, procedure]) => {
    if (procedure.http === undefined) return []
    const bindings =
      typeof procedure.http === 'object' && !('route' in procedure.http) ? procedure.http : [procedure.http]
    return bindings.map((binding) =>
      routeOf(name, procedure, typeof binding === 'string' ? { route: binding } : binding),
    )
  })
}

function routeOf(name: string, operation: Operation, binding: HttpBinding): HttpRoute {
  const { route, operationId = name, summary = operation.summary, without = [], oneOf } = binding
  const [method, path] = partsOf(route)
  const { input, output } = oneOf === undefined ? operation : elementOf(operation, oneOf)
  const returns = binding.returns ?? (oneOf === undefined ? operation.returns : undefined)
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, field]) => field!)
  const missing = [...inPath, ...without].find((field) => !Object.hasOwn(fieldsOf(input), field))
  if (missing !== undefined) throw new TypeError(`${route} names ${missing}, which is no field of its input`)
  const rest = Object.keys(fieldsOf(input)).filter((field) => !inPath.includes(field) && !without.includes(field))
  const hasBody = rest.length > 0 && method !== 'GET' && method !== 'DELETE'
  const takesKey = hasBody && rest.includes(CLIENT_ID)
  const mayCreate = returns !== undefined && Object.hasOwn(fieldsOf(output), 'created')
  const answer = answerOf({ output }, returns)
  const usual = answer === Nothing ? 204 : (operation.status ?? 200)

  return {
    operationId,
    procedure: name,
    method,
    path,
    tag: operation.tag,
    summary,
    description: binding.description ?? (binding.summary === undefined ? operation.description : undefined),
    errors: operation.errors,
    params: inPath.length > 0 ? required(pick(input, inPath)) : undefined,
    query: hasBody ? undefined : queryOf(pick(input, rest)),
    body: hasBody ? pick(input, rest) : undefined,
    takesKey,
    takesAll: oneOf === undefined && without.length === 0,
    replies: usual === 204 ? { 204: Type.Null() } : { [usual]: answer, ...(mayCreate && { 201: answer }) },

    toInput({ params, query, body, key }) {
      const given = { ...only(record(params), inPath), ...only(record(hasBody ? body : query), rest) }
      if (takesKey && key !== undefined && given[CLIENT_ID] === undefined) given[CLIENT_ID] = key
      return oneOf === undefined ? given : { [oneOf]: [given] }
    },

    toReply(given) {
      if (usual === 204) return { status: 204, body: null }
      const [whole] = oneOf === undefined ? [given] : (record(given).data as unknown[])
      if (returns === undefined) return { status: usual, body: whole }
      const { created, [returns]: body } = record(whole)
      return { status: mayCreate && created === true ? 201 : usual, body }
    },
  }
}

function partsOf(route: Route): [method: HttpMethod, path: string] {
  const space = route.indexOf(' ')
  // what the type `Route` says
  return [route.slice(0, space) as HttpMethod, route.slice(space + 1)]
}

function elementOf({ input, output }: Operation, list: string): { input: TSchema; output: TSchema } {
  return { input: itemsOf(fieldsOf(input)[list]), output: itemsOf(fieldsOf(output).data) }
}

function itemsOf(schema: TSchema | undefined): TSchema {
  if (schema && 'items' in schema) return schema.items as TSchema
  throw new TypeError(`Not the schema of a list: ${JSON.stringify(schema)}`)
}

/** The schema itself where nothing is left out of it: with its name and its rules. */
function pick(input: TSchema, names: readonly string[]): TSchema {
  const fields = fieldsOf(input)
  if (names.length === Object.keys(fields).length) return input
  return closed(Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))))
}

const closed = (fields: TProperties): TObject => Type.Object(fields, { additionalProperties: false })

/** What stands in a path is always there. */
const required = (schema: TSchema): TObject => closed(Type.Required(Type.Object(fieldsOf(schema))).properties)

function queryOf(forwarded: TSchema): TSchema | undefined {
  return Object.keys(fieldsOf(forwarded)).length === 0 ? undefined : forwarded
}

/** Objects, as the schemas say that they have been checked by; a part that a route does not take is none. */
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** Never what no schema has checked. */
const only = (fields: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
