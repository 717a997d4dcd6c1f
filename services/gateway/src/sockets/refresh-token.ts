import { ParleyError } from '@parley/contracts'
import { type Identity, staysUntil } from '@parley/runtime'
import type { ChatSocket } from '../io.ts'

/**
 * Lets a socket go on with another token. What it hears and may do was decided by who came and with which role, so a token that says
 * anything else of these is refused, and the old one goes on to its end.
 */
export async function refreshToken(
  authenticate: (token: string) => Promise<Identity>,
  socket: ChatSocket,
  token: string,
): Promise<{ expiresAt: string | null }> {
  const { actor, expiresAt } = await authenticate(token)
  const known = socket.data.actor
  if (actor.tenantId !== known.tenantId || actor.userId !== known.userId)
    throw new ParleyError('forbidden', 'The token is of somebody else: connect again with it')
  if (actor.role !== known.role || actor.hostRole !== known.hostRole)
    throw new ParleyError('forbidden', 'The token has another role: connect again with it')
  socket.data.actor = actor
  socket.data.expiresAt = staysUntil({ expiresAt })
  return { expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() }
}
