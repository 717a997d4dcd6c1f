import { type Static, Type } from 'typebox'
import { type ErrorCode, errorStatus } from './errors.ts'

/** The body of every failure over HTTP: problem details, RFC 9457. */
export type Problem = Static<typeof Problem>
export const Problem = Type.Object(
  {
    type: Type.String({ description: '`urn:parley:error:<code>`' }),
    title: Type.String({ description: 'The code in words' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'For people; may change' }),
    code: Type.Enum(Object.keys(errorStatus) as ErrorCode[], { description: 'Stable: branch on it' }),
    requestId: Type.String({ description: 'Names the request in the logs' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the body, query or path' }),
          code: Type.String({ description: 'The rule that refused it, such as `required` or `unknown_field`' }),
          detail: Type.String(),
        }),
        { description: 'The refused places, at most ten' },
      ),
    ),
  },
  { description: 'Problem details (RFC 9457); `code` is stable' },
)
