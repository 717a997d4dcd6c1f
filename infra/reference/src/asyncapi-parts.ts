import { type ErrorCode, errorStatus } from '@parley/contracts'
import { type JsonSchema, withReferences } from '@parley/contracts/named-schemas'

export const SCHEMAS = '#/components/schemas/'

/** A channel of the document and what happens on it. */
export interface Part {
  name: string
  channel: Record<string, unknown> & { messages: Record<string, object> }
  operations: Record<string, object>
}

export interface MessageOptions {
  /** Also the event's name on the wire. */
  name: string
  summary?: string
  payload: object
  headers?: object
  example?: unknown
  contentType?: string
}

export function message({ name, payload, example, ...rest }: MessageOptions): object {
  const described = withReferences(payload, SCHEMAS)
  return { name, ...rest, payload: described, ...(example !== undefined && { examples: [{ payload: example }] }) }
}

export const reference = (...path: string[]) => ({ $ref: `#/${path.map(escaped).join('/')}` })

/** RFC 6901. */
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** What is answered: a success with this data, or an error. */
export function replySchema(output: object): JsonSchema {
  const success = {
    type: 'object',
    required: ['ok', 'data'],
    properties: { ok: { const: true }, data: output },
  }
  return withReferences({ oneOf: [success, { $ref: `${SCHEMAS}ErrorReply` }] }, SCHEMAS)
}

export const ErrorReply = {
  type: 'object',
  description: 'See errors.md',
  required: ['ok', 'error'],
  properties: {
    ok: { const: false },
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { enum: Object.keys(errorStatus) as ErrorCode[], description: 'Stable: branch on it' },
        message: { type: 'string', description: 'For people; may change' },
        retryAfterMs: { type: 'integer', description: 'When a retry has a chance' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['pointer', 'code', 'detail'],
            properties: { pointer: { type: 'string' }, code: { type: 'string' }, detail: { type: 'string' } },
          },
        },
      },
    },
  },
}
