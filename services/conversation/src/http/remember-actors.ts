import type { Chat } from '@parley/contracts'
import type { FastifyRequest } from 'fastify'

const MAX_REMEMBERED = 50_000

/** Stores what a token says of its user when it says something new; most requests repeat what the last one said. */
export function rememberActors(chat: Chat): (request: FastifyRequest) => Promise<void> {
  const said = new Map<string, string>()
  return async ({ actor }) => {
    const who = JSON.stringify([actor.tenantId, actor.userId])
    const what = JSON.stringify([actor.name, actor.avatarUrl, actor.hostRole])
    if (said.get(who) === what) return
    await chat.getMe(actor, {})
    if (said.size >= MAX_REMEMBERED) said.clear()
    said.set(who, what)
  }
}
