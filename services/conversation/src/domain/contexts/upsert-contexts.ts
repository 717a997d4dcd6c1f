import type { Actor, Context, ContextRef, UpsertContext, UpsertedContext } from '@parley/contracts'
import { requireService } from '../access.ts'
import type { Deps } from '../deps.ts'
import { keptName } from '../kept-text.ts'
import { invalidField, noSuchContext, requireOrdinaryId } from '../refusals.ts'
import { ensureInSteps } from '../users/ensure-in-steps.ts'
import { tellRenamed } from '../users/tell-renamed.ts'
import { syncConversations } from './sync-conversations.ts'
import { leaveNothing, leaveRest, tellRest, untoldAfter } from './tell-rest.ts'

/**
 * Stores what the host says of its contexts, and brings their conversations to it. One by one: when something fails on the
 * way, those before it are done, and the whole call can be repeated.
 */
export async function upsertContexts(
  deps: Deps,
  actor: Actor,
  { contexts }: { contexts: UpsertContext[] },
): Promise<{ data: UpsertedContext[] }> {
  requireService(actor)
  for (const [i, context] of contexts.entries()) requireSound(context, contexts.length > 1 ? `/contexts/${i}` : '')
  const data: UpsertedContext[] = []
  for (const context of contexts) data.push(await upsertContext(deps, actor.tenantId, context))
  return { data }
}

/** A late or repeated version changes nothing that is stored, but what an earlier call did not finish is finished. */
export async function upsertContext(deps: Deps, tenantId: string, said: UpsertContext): Promise<UpsertedContext> {
  const { store, policies, newId, tell } = deps
  const policy = await policies.of(tenantId)
  const { type, id, status = null, version = null, parent = null, members, metadata = {}, changedBy = null } = said
  const title = keptName(said.title ?? null)
  const names = new Map(
    members.flatMap(({ userId, name = null }) => {
      const kept = keptName(name)
      return kept === null ? [] : [[userId, kept]]
    }),
  )
  const ids = members.map(({ userId }) => userId)
  await ensureInSteps(deps, tenantId, ids, names)
  const { isDone, named, ...upserted } = await store.transaction(tenantId, async (uow) => {
    const people = members.map(({ userId, role }) => ({ userId, role }))
    const upserted = await uow.contexts.upsert({ type, id, title, status, version, parent, members: people, metadata })
    // after the context's row and before conversations: the order of whoever starts one
    const named = await uow.users.ensure(ids, names)
    const { context, created, applied, untold } = upserted
    const next = await syncConversations(uow, policy, context, newId, untoldAfter(upserted, changedBy))
    if (next) await leaveRest(uow, context, next)
    else if (untold) await leaveNothing(uow, context)
    return { context, created, applied, named, isDone: next === null }
  })
  tellRenamed(tell, tenantId, named)
  if (!isDone) await tellRest(deps, tenantId, { type, id })
  return upserted
}

/** What a schema does not say. */
export function requireSound({ type, id, parent, members }: UpsertContext, at = ''): void {
  if (new Set(members.map(({ userId }) => userId)).size !== members.length)
    throw invalidField(`${at}/members`, 'uniqueItems', 'names somebody twice')
  for (const [i, { userId }] of members.entries()) requireOrdinaryId(userId, `${at}/members/${i}/userId`)
  if (parent?.type === type && parent.id === id) throw invalidField(`${at}/parent`, 'self', 'is the context itself')
}

export async function getContext({ store }: Deps, actor: Actor, ref: ContextRef): Promise<Context> {
  requireService(actor)
  const context = await store.snapshot(actor.tenantId, ({ contexts }) => contexts.find(ref))
  if (!context) throw noSuchContext()
  return context
}
