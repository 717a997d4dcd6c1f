import type { Actor, Broadcast, BroadcastMessage, ListBroadcasts, Page } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { decodeIdCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { keptText, keptTitle } from '../kept-text.ts'
import { audit } from './audit.ts'

/** To everybody of the tenant: at once to whoever is connected, and to the others when they look. */
export async function broadcast(
  { store, newId, tell }: Deps,
  actor: Actor,
  { title, content, link = null }: { title?: string; link?: string | null } & Pick<Broadcast, 'content'>,
): Promise<{ id: string; at: string }> {
  requireAdmin(actor)
  const id = newId()
  const said = { title: title === undefined ? null : keptTitle(title), content: keptText(content, '/content'), link }
  const at = await store.transaction(actor.tenantId, async (uow) => {
    await audit(uow, actor, 'broadcast.sent', id, said)
    return uow.broadcasts.insert({ id, sentBy: actor.userId, ...said })
  })
  tell({ kind: 'broadcast', tenantId: actor.tenantId, broadcast: { id, ...said, at } })
  return { id, at }
}

/** What everybody was told lately, the newest first. */
export async function listBroadcasts(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor }: ListBroadcasts,
): Promise<Page<BroadcastMessage>> {
  const before = cursor === undefined ? undefined : Number(decodeIdCursor(cursor, 'number'))
  const found = await store.snapshot(actor.tenantId, ({ broadcasts }) => broadcasts.list(before, limit + 1))
  const data = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = data.at(-1)
  return {
    data: data.map(({ message }) => message),
    hasMore,
    nextCursor: hasMore && last ? encodeCursor([String(last.number)]) : null,
  }
}
