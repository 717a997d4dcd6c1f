import { type Ack, type ErrorCode, ParleyError, toErrorBody } from '@parley/contracts'
import type { Logger } from '@parley/runtime'

type Acknowledge = (reply: Ack<unknown>) => void

/**
 * Takes the arguments of a client's event apart: one object, and an acknowledgement that may be left out. A function where
 * the object should be is an acknowledgement, and is told so.
 */
export function argumentsOf(args: readonly unknown[]): { input: unknown; acknowledge: Acknowledge | undefined } {
  const last = args.at(-1)
  const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined
  const rest = acknowledge ? args.slice(0, -1) : args
  return { input: rest.length === 1 ? rest[0] : undefined, acknowledge }
}

/**
 * Runs the call and acknowledges its outcome, which it resolves to: `ok`, or the code of the refusal. Nothing is thrown into Socket.IO, and
 * nothing stays unanswered.
 */
export async function answer(
  acknowledge: Acknowledge | undefined,
  call: () => Promise<unknown>,
  log: Logger,
  event: string,
): Promise<'ok' | ErrorCode> {
  try {
    const data = await call()
    acknowledge?.({ ok: true, data })
    return 'ok'
  } catch (err) {
    if (!(err instanceof ParleyError)) log.error({ err, event }, 'event failed')
    const error = toErrorBody(err)
    acknowledge?.({ ok: false, error })
    return error.code
  }
}
