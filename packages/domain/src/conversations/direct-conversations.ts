import { createHash } from 'node:crypto'
import { type Actor, ParleyError } from '@parley/contracts'
import type { Store } from '../ports.ts'
import { invalidField } from '../refusals.ts'
import { openConversation } from './open-conversation.ts'

/** A direct conversation stays the one of its pair for ever, so this many are remembered. */
const MAX_REMEMBERED = 20_000

export interface FoundDirect {
  conversationId: string
  created: boolean
}

/** Finds or creates the one direct conversation of the actor and another. */
export interface DirectConversations {
  find(actor: Actor, otherId: string, metadata?: object): Promise<FoundDirect>
}

/**
 * Concurrent calls for the same pair share one look-up, and go on in the order in which they were made: the first messages
 * of a conversation that does not exist yet keep their order. Two processes that create it at once get the same.
 */
export function createDirectConversations(store: Store, newId: () => string): DirectConversations {
  const known = new Map<string, string>()
  const looking = new Map<string, Promise<FoundDirect>>()

  const findOrCreate = async (actor: Actor, otherId: string, key: string, metadata: object): Promise<FoundDirect> => {
    const found = await store.snapshot(actor.tenantId, ({ conversations }) => conversations.findDirect(key))
    if (found) return { conversationId: found, created: false }
    return store.transaction(actor.tenantId, async (uow) => {
      const id = newId()
      await uow.users.ensure([actor.userId, otherId])
      const inserted = await uow.conversations.insert({
        id,
        kind: 'direct',
        directKey: key,
        title: null,
        metadata,
        createdBy: actor.userId,
      })
      if (!inserted) {
        const existing = await uow.conversations.findDirect(key)
        if (!existing)
          throw new ParleyError('unavailable', 'The conversation is being created; try again', { retryAfterMs: 100 })
        return { conversationId: existing, created: false }
      }
      await openConversation(uow, id, [
        [actor.userId, 'member'],
        [otherId, 'member'],
      ])
      return { conversationId: id, created: true }
    })
  }

  return {
    async find(actor, otherId, metadata = {}) {
      if (otherId === actor.userId) throw invalidField('/to', 'self', 'is yourself')
      const key = directKeyOf(actor.userId, otherId)
      const memo = `${actor.tenantId}:${key}`
      const conversationId = known.get(memo)
      if (conversationId !== undefined) return { conversationId, created: false }
      const underWay = looking.get(memo)
      // who joins a look-up did not create what it finds
      if (underWay) return { ...(await underWay), created: false }
      const look = findOrCreate(actor, otherId, key, metadata).finally(() => looking.delete(memo))
      looking.set(memo, look)
      const found = await look
      if (known.size >= MAX_REMEMBERED) known.clear()
      known.set(memo, found.conversationId)
      return found
    },
  }
}

/** Host ids may hold any printable character, so the pair is encoded before it is hashed, not joined. */
function directKeyOf(a: string, b: string): string {
  return createHash('sha256')
    .update(JSON.stringify(a < b ? [a, b] : [b, a]))
    .digest('base64url')
}
