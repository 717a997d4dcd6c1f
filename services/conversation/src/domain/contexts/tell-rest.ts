import type { ContextRef } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { Contexts, Untold } from '../ports/contexts.ts'
import type { JobHandlers } from '../ports/jobs.ts'
import type { UnitOfWork } from '../ports.ts'
import { syncConversations } from './sync-conversations.ts'

/** Whoever changed a context comes to the end of it by then, or does not live to. Milliseconds. */
const LEFT_ALONE_MS = 5_000

type Upserted = Awaited<ReturnType<Contexts['upsert']>>

/**
 * What the conversations of a context have to be told once it has been upserted. What was said before goes on where it was; what is new
 * begins with the first of them, and what it came across reaches those who had not heard of it.
 */
export function untoldAfter({ applied, renamed, restated, untold }: Upserted, changedBy: string | null): Untold {
  if (!applied && untold) return untold
  const left = <Told extends { after: string | null }>(told: Told | null | undefined): Told | null =>
    told ? { ...told, after: later(told.after, untold!.after) } : null
  return {
    after: null,
    toldNext: false,
    renamed: renamed ? { after: null, by: changedBy } : left(untold?.renamed),
    restated: restated ? { after: null } : left(untold?.restated),
  }
}

const later = (one: string | null, other: string | null) =>
  one === null || (other !== null && other > one) ? other : one

/** Remembers what is left to tell: whoever is about to tell it may end, and nobody may ever say the same again. */
export async function leaveRest(uow: UnitOfWork, { type, id }: ContextRef, untold: Untold): Promise<void> {
  await uow.contexts.setUntold({ type, id }, untold)
  const dueAt = new Date(Date.parse(await uow.now()) + LEFT_ALONE_MS).toISOString()
  await uow.jobs.schedule({ kind: 'tell_context', key: keyOf({ type, id }), dueAt, payload: { type, id } })
}

export async function leaveNothing(uow: UnitOfWork, ref: ContextRef): Promise<void> {
  await uow.contexts.setUntold(ref, null)
  await uow.jobs.cancel('tell_context', keyOf(ref))
}

/** A type has no colon. */
const keyOf = ({ type, id }: ContextRef) => `${type}:${id}`

/** Goes on, transaction by transaction, until nothing of a context is left to tell. Returns false where it was to stop before. */
export async function tellRest(
  { store, policies, newId }: Deps,
  tenantId: string,
  ref: ContextRef,
  signal?: AbortSignal,
): Promise<boolean> {
  const policy = await policies.of(tenantId)
  for (let isDone = false; !isDone; ) {
    if (signal?.aborted) return false
    isDone = await store.transaction(tenantId, async (uow) => {
      const found = await uow.contexts.lockUntold(ref)
      // another call may have come to the end of it
      if (!found?.untold) return true
      const next = await syncConversations(uow, policy, found.context, newId, found.untold)
      if (next) await uow.contexts.setUntold(ref, next)
      else await leaveNothing(uow, ref)
      return next === null
    })
  }
  return true
}

/** Tells what whoever changed a context did not live to tell. */
export function tellContext(deps: Deps): JobHandlers['tell_context'] {
  return async ({ tenantId, payload: { type, id } }, { signal }) => {
    const isDone = await tellRest(deps, tenantId, { type, id }, signal)
    return isDone ? undefined : { againMs: 0 }
  }
}
