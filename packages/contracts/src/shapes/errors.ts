/**
 * Every failure that leaves a process carries one of these codes. The number is the HTTP status that REST answers with;
 * sockets and RPC carry the code alone. Codes are stable: clients branch on them, never on the text.
 */
export const errorStatus = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  blocked: 403,
  quota_exceeded: 403,
  rejected_by_host: 403,
  not_found: 404,
  conversation_read_only: 409,
  conversation_closed: 409,
  edit_window_closed: 409,
  already_decided: 409,
  attachment_pending: 409,
  webhook_disabled: 409,
  held_for_review: 409,
  wrong_offset: 409,
  attachment_infected: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  invalid_input: 422,
  key_reused: 422,
  unreadable_file: 422,
  rate_limited: 429,
  internal: 500,
  not_supported: 501,
  unavailable: 503,
  storage_full: 507,
} as const

export type ErrorCode = keyof typeof errorStatus

/** One place of an input that was refused. `pointer` is an RFC 6901 JSON pointer into the body, query or arguments. */
export interface FieldError {
  pointer: string
  code: string
  detail: string
}

/** What a caller reads of a failure at a socket or over RPC. */
export interface ErrorBody {
  code: ErrorCode
  message: string
  retryAfterMs?: number
  errors?: FieldError[]
}

export interface ParleyErrorOptions extends ErrorOptions {
  /** When a retry has a chance; milliseconds. */
  retryAfterMs?: number
  errors?: FieldError[]
}

/** A failure that the caller is meant to see. Anything else that is thrown reaches callers as `internal`. */
export class ParleyError extends Error {
  override name = 'ParleyError'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly errors: FieldError[] | undefined
  constructor(code: ErrorCode, message: string, { retryAfterMs, errors, ...options }: ParleyErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.errors = errors
  }
}

/** Turns anything thrown into its wire form. What is not a ParleyError says nothing of its inside. */
export function toErrorBody(err: unknown): ErrorBody {
  if (!(err instanceof ParleyError)) return { code: 'internal', message: 'Something went wrong on our side' }
  return {
    code: err.code,
    message: err.message,
    ...(err.retryAfterMs !== undefined && { retryAfterMs: err.retryAfterMs }),
    ...(err.errors && { errors: err.errors }),
  }
}

/** The inverse, for a caller that received a wire form: throws in the caller what was thrown in the callee. */
export function fromErrorBody({ code, message, ...options }: ErrorBody): ParleyError {
  return new ParleyError(code in errorStatus ? code : 'internal', message, options)
}
