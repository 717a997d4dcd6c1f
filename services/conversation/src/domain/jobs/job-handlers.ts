import type { Deps } from '../deps.ts'
import type { JobHandlers } from '../ports/jobs.ts'

/** What is done at a time of its own: a kind, and its handler. */
export function createJobHandlers(_deps: Deps): JobHandlers {
  return {}
}
