/** The moments between two steps at which a crash would hurt. */
export type Failpoint =
  | 'conversation.claimed'
  | 'conversation.committed'
  | 'conversation.replied'
  | 'conversation.published'
  | 'relay.claimed'
  | 'jobs.claimed'
  | 'jobs.handled'
  | 'gateway.buffered'
  | 'storage.put'
  | 'notifier.posted'
  | 'notifier.handedOver'
  | 'notifier.decided'
  | 'notifier.told'

/** How long a process that is to end after it has answered still has for that. */
const LAST_WORDS_MS = 200

/**
 * For tests: `PARLEY_FAILPOINTS=conversation.committed:3,gateway.buffered:1` ends the process there, as kill -9 would, when it
 * passes for the third and the first time. Without the variable, and in production, there are none.
 */
const passesLeft = new Map<string, number>()
if (process.env.NODE_ENV === 'test' && process.env.PARLEY_FAILPOINTS)
  for (const point of process.env.PARLEY_FAILPOINTS.split(',')) {
    const [name = '', pass = '1'] = point.split(':')
    passesLeft.set(name, Number(pass))
  }

/** True at the pass at which the process has to end. */
function isLast(name: Failpoint): boolean {
  if (passesLeft.size === 0) return false
  const left = passesLeft.get(name)
  if (left === undefined) return false
  passesLeft.set(name, left - 1)
  return left === 1
}

/** Ends the process here and now when a test wants it to. */
export function failpoint(name: Failpoint): void {
  if (isLast(name)) process.kill(process.pid, 'SIGKILL')
}

/** True when a test wants the process not to go on from here; what it has said by now still gets out before it ends. */
export function failpointAfterAnswers(name: Failpoint): boolean {
  if (!isLast(name)) return false
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS)
  return true
}
