import { type ErrorCode, errorStatus, Problem } from '@parley/contracts'
import { type TSchema, Type } from 'typebox'

/** Any call may be answered these; `forbidden` when the account is disabled. */
const always: readonly ErrorCode[] = [
  'malformed',
  'unauthenticated',
  'forbidden',
  'invalid_input',
  'rate_limited',
  'internal',
  'unavailable',
]
/** And a call with a body these. */
const withBody: readonly ErrorCode[] = ['payload_too_large', 'unsupported_media_type']

const headersByStatus: Record<number, Record<string, object>> = {
  401: { 'www-authenticate': { type: 'string', description: 'The scheme: Bearer' } },
  429: { 'retry-after': { type: 'integer', description: 'Seconds until the next call has a chance' } },
  503: { 'retry-after': { type: 'integer', description: 'Seconds after which a retry has a chance' } },
}

export interface ReplyOptions {
  body?: boolean
}

/** The replies of a route: its own, and a problem per status of the codes that it may answer with. */
export function replies(
  own: Record<number, TSchema>,
  errors: readonly ErrorCode[],
  { body = false }: ReplyOptions = {},
): Record<string, unknown> {
  const byStatus = new Map<number, Set<ErrorCode>>()
  for (const code of [...always, ...(body ? withBody : []), ...errors]) {
    const status = errorStatus[code]
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  const results = Object.entries(own).map(([status, schema]) => [
    status,
    status === '204'
      ? { ...schema, description: 'Done' }
      : { description: descriptionOf(status, own), content: { 'application/json': { schema } } },
  ])
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: [...codes].map((code) => `\`${code}\``).join(', '),
      ...(headersByStatus[status] && { headers: headersByStatus[status] }),
      content: { 'application/problem+json': { schema: Problem } },
    },
  ])
  return Object.fromEntries([...results, ...problems])
}

function descriptionOf(status: string, own: Record<number, TSchema>): string {
  if (status === '201') return 'Created'
  return 201 in own ? 'It was there before' : 'OK'
}

export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Instead of `clientId` in the body' }),
  ),
})
