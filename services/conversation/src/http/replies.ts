import { type ErrorCode, errorStatus } from '@parley/contracts'
import { type TSchema, Type } from 'typebox'

const codes = Object.keys(errorStatus) as ErrorCode[]

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.Enum(codes),
    requestId: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() })),
    ),
  },
  { description: 'Problem details (RFC 9457); `code` is stable' },
)

/** Any call may be answered these. */
const always: readonly ErrorCode[] = ['malformed', 'unauthenticated', 'invalid_input', 'internal', 'unavailable']

/** The replies of a route: its own, and a problem per status of the codes that it may answer with. */
export function replies(own: Record<number, TSchema>, errors: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...always, ...errors]) {
    const status = errorStatus[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const problems = [...byStatus].map(([status, names]) => [
    status,
    { description: names.join(', '), content: { 'application/problem+json': { schema: Problem } } },
  ])
  return { ...own, ...Object.fromEntries(problems) }
}

export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Instead of `clientId` in the body' }),
  ),
})
