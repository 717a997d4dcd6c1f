import type { ErrorCode } from '@parley/contracts'

/** `timeout` and `disconnected` are this side's own: nobody answered, so whether it happened is unknown. */
export type FailureCode = ErrorCode | 'timeout' | 'disconnected'

/** A place of the input that was refused: a JSON pointer, and why. */
export interface RefusedPlace {
  pointer: string
  code: string
  detail: string
}

const retryableCodes: ReadonlySet<FailureCode> = new Set([
  'timeout',
  'disconnected',
  'unavailable',
  'rate_limited',
  'internal',
  // where an upload stands was another piece's when it was asked; it is asked again
  'wrong_offset',
])

/** Why nothing at all is answered: the token is not good, or its user is shut out. */
export type Refusal = 'unauthenticated' | 'forbidden'

/**
 * Hears that a token is refused. `ended`: what became of it while it was good; left out where it was refused at the door, which does not say
 * more.
 */
export type OnRefused = (detail: string, code: Refusal, ended?: 'ended' | 'revoked') => void

export const isRefusal = (code: FailureCode | undefined): code is Refusal =>
  code === 'unauthenticated' || code === 'forbidden'

/** A request that did not succeed; the message is meant for people. */
export class RequestFailure extends Error {
  override name = 'RequestFailure'
  readonly code: FailureCode
  readonly retryAfterMs: number | undefined
  readonly places: readonly RefusedPlace[]
  constructor(code: FailureCode, message: string, retryAfterMs?: number, places: readonly RefusedPlace[] = []) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.places = places
  }

  /** The same request may succeed later. */
  get retryable(): boolean {
    return retryableCodes.has(this.code)
  }
}

export function toRequestFailure(err: unknown): RequestFailure {
  return err instanceof RequestFailure ? err : new RequestFailure('internal', 'Something went wrong')
}

/** Nothing went out: this device has no network, or the server is away. */
export function notReached(): RequestFailure {
  return new RequestFailure('disconnected', navigator.onLine ? 'Cannot reach the server' : 'You are offline')
}
