import { type Actor, type Audience, MAX_REDRIVEN, type Notifications, ParleyError } from '@parley/contracts'
import type { Store } from '../ports/store.ts'

export interface DeadLetterDeps {
  store: Store
  audience: Pick<Audience, 'admit'>
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** What no receiver took, for admins and the host. */
export function createDeadLetters({
  store,
  audience,
}: DeadLetterDeps): Pick<Notifications, 'listDeadLetters' | 'redriveDeadLetters'> {
  const admitAdmin = async (actor: Actor) => {
    const { role } = await audience.admit(actor, { conversationId: null })
    if (role !== 'admin' && role !== 'service') throw new ParleyError('forbidden', 'For admins and the host')
  }
  return {
    async listDeadLetters(actor, { channel, limit = 20, cursor }) {
      await admitAdmin(actor)
      if (cursor !== undefined && !isId(cursor))
        throw new ParleyError('invalid_input', 'The cursor is none of this list', {
          errors: [{ pointer: '/cursor', code: 'invalid', detail: 'is none of this list' }],
        })
      const found = await store.transaction(actor.tenantId, ({ handOvers }) =>
        handOvers.deadLetters({ limit: limit + 1, ...(channel && { channel }), ...(cursor && { before: cursor }) }),
      )
      const data = found.slice(0, limit)
      const hasMore = found.length > limit
      return { data, hasMore, nextCursor: hasMore ? data.at(-1)!.id : null }
    },
    async redriveDeadLetters(actor, wanted) {
      await admitAdmin(actor)
      const { ids, ...more } = wanted
      return redrive(store, actor.tenantId, ids ? { ...more, ids: ids.filter(isId) } : more)
    },
  }
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
