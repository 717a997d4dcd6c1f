import type { Message } from '@parley/contracts'
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
/** By the clock of another database than the one that woke us it may be too early: after a failover. */
const AGAIN_MS = 5_000

/** Has the words of what this transaction has deleted taken out of the event stream. Many delete in one moment: only the first is waited for. */
export async function scheduleErasing(uow: UnitOfWork, deleted: readonly Message[]): Promise<void> {
  const last = Math.max(...deleted.map(({ deletedAt }) => Date.parse(deletedAt!)))
  const moment = Math.floor(last / MOMENT_MS) + 1
  const dueAt = new Date(moment * MOMENT_MS + SETTLED_MS).toISOString()
  await uow.jobs.scheduleOnce({ kind: 'erase_events', key: String(moment), dueAt, payload: {} })
}

/**
 * Takes the words of messages that were deleted for everyone out of the event stream: of those of its moment and the next, and earlier ones. Later
 * ones have a job of their own, so that it ends however much is deleted.
 */
export async function eraseEvents(
  { store, eraseFromEvents }: Deps,
  { tenantId, dueAt }: DueJob<object>,
  { signal }: { signal: AbortSignal },
): Promise<{ againMs: number } | undefined> {
  // of the next moment too: the former release names a moment by when its transaction began, and what it deleted may be of the one after
  const until = new Date(Date.parse(dueAt) - SETTLED_MS + MOMENT_MS).toISOString()
  const erasures = await store.snapshot(tenantId, (uow) => uow.erasures.list(AT_ONCE, { settledMs: SETTLED_MS, until }))
  if (erasures.length > 0) await eraseFromEvents(tenantId, erasures, signal)
  const isDone = await store.transaction(tenantId, async (uow) => {
    if (erasures.length > 0) await uow.erasures.done(erasures.map(({ messageId }) => messageId))
    return (await uow.erasures.list(1, { until })).length === 0
  })
  if (isDone) return undefined
  return { againMs: erasures.length === AT_ONCE ? 0 : AGAIN_MS }
}
