import type { Actor } from '@parley/contracts'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'

const MAX_REMEMBERED = 50_000

/**
 * A preHandler hook: stores what a token says of its user when it says something new, or the same later: the host may have
 * said otherwise meanwhile. Most requests repeat what the last one said. When there are more users than are remembered, those who were silent longest are stored again.
 */
export function rememberActors(
  remember: (actor: Actor) => Promise<unknown>,
  max = MAX_REMEMBERED,
): (request: Pick<FastifyRequest, 'actor'>) => Promise<void> {
  const said = new LRUCache<string, { what: string; issuedAt: number }>({ max })
  return async ({ actor }) => {
    const who = JSON.stringify([actor.tenantId, actor.userId])
    const what = JSON.stringify([actor.name, actor.avatarUrl, actor.hostRole])
    const { issuedAt = 0 } = actor
    const last = said.get(who)
    if (last?.what === what && issuedAt <= last.issuedAt) return
    await remember(actor)
    said.set(who, { what, issuedAt })
  }
}
