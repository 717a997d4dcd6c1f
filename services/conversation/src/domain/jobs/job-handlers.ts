import { tellContext } from '../contexts/tell-rest.ts'
import { expireMessage } from '../deals/expire-message.ts'
import type { Deps } from '../deps.ts'
import type { JobHandlers } from '../ports/jobs.ts'
import { eraseEvents } from './erase-events.ts'
import { sendHeldLater } from './send-held.ts'
import { sendScheduled } from './send-scheduled.ts'

/** What is done at a time of its own: a kind, and its handler. */
export function createJobHandlers(deps: Deps): JobHandlers {
  return {
    expire_message: (job) => expireMessage(deps, job),
    erase_events: (...due) => eraseEvents(deps, ...due),
    send_scheduled: sendScheduled(deps),
    send_held: sendHeldLater(deps),
    tell_context: tellContext(deps),
  }
}
