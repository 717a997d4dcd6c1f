import { type Actor, type Audience, MAX_REDRIVEN, type Notifications, ParleyError } from '@parley/contracts'
import type { Store } from '../ports/store.ts'

export interface DeadLetterDeps {
  store: Store
  audience: Pick<Audience, 'admit'>
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

const requireOfThisList = (cursor: string | undefined) => {
  if (cursor !== undefined && !isId(cursor))
    throw new ParleyError('invalid_input', 'The cursor is none of this list', {
      errors: [{ pointer: '/cursor', code: 'invalid', detail: 'is none of this list' }],
    })
}

type DeadLetters = Pick<
  Notifications,
  'listDeadLetters' | 'redriveDeadLetters' | 'listDeadEvents' | 'redriveDeadEvents'
>

/** What no receiver took and what no consumer could handle, for admins and the host. */
export function createDeadLetters({ store, audience }: DeadLetterDeps): DeadLetters {
  const admitAdmin = async (actor: Actor) => {
    const { role } = await audience.admit(actor, { conversationId: null })
    if (role !== 'admin' && role !== 'service') throw new ParleyError('forbidden', 'For admins and the host')
  }
  return {
    async listDeadLetters(actor, { channel, limit = 20, cursor }) {
      await admitAdmin(actor)
      requireOfThisList(cursor)
      const found = await store.transaction(actor.tenantId, ({ handOvers }) =>
        handOvers.deadLetters({ limit: limit + 1, ...(channel && { channel }), ...(cursor && { before: cursor }) }),
      )
      return pageOf(found, limit)
    },
    async redriveDeadLetters(actor, wanted) {
      await admitAdmin(actor)
      const { ids, ...more } = wanted
      return redrive(store, actor.tenantId, ids ? { ...more, ids: ids.filter(isId) } : more)
    },
    async listDeadEvents(actor, { limit = 20, cursor }) {
      await admitAdmin(actor)
      requireOfThisList(cursor)
      const found = await store.transaction(actor.tenantId, ({ deadEvents }) =>
        deadEvents.list({ limit: limit + 1, ...(cursor && { before: cursor }) }),
      )
      return pageOf(found, limit)
    },
    async redriveDeadEvents(actor, { ids }) {
      await admitAdmin(actor)
      return redriveEventsOf(store, actor.tenantId, ids && { ids: ids.filter(isId) })
    },
  }
}

/** Of one more than a page has. */
function pageOf<One extends { id: string }>(found: readonly One[], limit: number) {
  const data = found.slice(0, limit)
  const hasMore = found.length > limit
  return { data, hasMore, nextCursor: hasMore ? data.at(-1)!.id : null }
}

/** Sees to it that so many events that could not be handled are handled again. */
export async function redriveEventsOf(
  store: Pick<Store, 'transaction'>,
  tenantId: string,
  wanted: { ids?: readonly string[] } = {},
): Promise<{ redriven: number; hasMore: boolean }> {
  if (wanted.ids?.length === 0) return { redriven: 0, hasMore: false }
  const redriven = await store.transaction(tenantId, ({ deadEvents }) =>
    deadEvents.redrive({ ...wanted, limit: MAX_REDRIVEN }),
  )
  return { redriven, hasMore: redriven === MAX_REDRIVEN }
}

/** Sees to it that so many of these are tried again. */
export async function redrive(
  store: Pick<Store, 'transaction'>,
  tenantId: string,
  wanted: { ids?: readonly string[]; channel?: string },
): Promise<{ redriven: number; hasMore: boolean }> {
  if (wanted.ids?.length === 0) return { redriven: 0, hasMore: false }
  const redriven = await store.transaction(tenantId, ({ handOvers }) =>
    handOvers.redrive({ ...wanted, limit: MAX_REDRIVEN }),
  )
  return { redriven, hasMore: redriven === MAX_REDRIVEN }
}
