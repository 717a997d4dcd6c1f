import type { Deps } from '../deps.ts'
import type { DueJob } from '../ports/jobs.ts'
import type { UnitOfWork } from '../ports.ts'

/**
 * What a commit tells is on its way for some seconds, and what was not told at once is told again: words that are on their way as a message
 * is deleted have arrived by then. Milliseconds.
 */
const SETTLED_MS = 20_000
/** Deletions of one moment are one walk through the stream. */
const MOMENT_MS = 5_000
const AT_ONCE = 500
/** Some are deleted in the moment of the walk: they are waited for. */
const AGAIN_MS = 5_000

/** Has the words of what this transaction deletes taken out of the event stream. */
export async function scheduleErasing(uow: UnitOfWork): Promise<void> {
  const moment = Math.floor(Date.parse(await uow.now()) / MOMENT_MS) + 1
  const dueAt = new Date(moment * MOMENT_MS + SETTLED_MS).toISOString()
  await uow.jobs.schedule({ kind: 'erase_events', key: String(moment), dueAt, payload: {} })
}

/** Takes the words of messages that were deleted for everyone out of the event stream. */
export async function eraseEvents(
  { store, eraseFromEvents }: Deps,
  { tenantId }: DueJob<object>,
  { signal }: { signal: AbortSignal },
): Promise<{ againMs: number } | undefined> {
  const erasures = await store.snapshot(tenantId, (uow) => uow.erasures.list(AT_ONCE, SETTLED_MS))
  if (erasures.length > 0) await eraseFromEvents(tenantId, erasures, signal)
  const isDone = await store.transaction(tenantId, async (uow) => {
    if (erasures.length > 0) await uow.erasures.done(erasures.map(({ messageId }) => messageId))
    return (await uow.erasures.list(1, 0)).length === 0
  })
  if (isDone) return undefined
  return { againMs: erasures.length === AT_ONCE ? 0 : AGAIN_MS }
}
