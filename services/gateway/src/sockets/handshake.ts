import { type Edge, MAX_SESSION_HEADS, ParleyError, type Session, toErrorBody } from '@parley/contracts'
import type { AddressGuard, Identity, Logger } from '@parley/runtime'
import type { ExtendedError } from 'socket.io'
import { type ChatSocket, userRoom } from '../io.ts'
import type { Lines } from '../live/lines.ts'
import type { createLiveSubscriber } from '../live/live-subscriber.ts'
import type { LocalUsers } from '../live/local-users.ts'

export interface HandshakeOptions {
  authenticate: (token: string | undefined) => Promise<Identity>
  guard: AddressGuard
  edge: Edge
  lines: Lines
  users: LocalUsers
  subscriber: ReturnType<typeof createLiveSubscriber>
  log: Logger
}

/**
 * Lets a socket in, or refuses it with `{ code, message, retryAfterMs? }` in the error's data. The order is what makes
 * "nothing is missed after ready" true: first the shard is heard, then the heads are read and its user hears, then the
 * client learns that it is connected.
 */
export function createHandshake({ authenticate, guard, edge, lines, users, subscriber, log }: HandshakeOptions) {
  const sessions = new WeakMap<ChatSocket, Session>()

  const openFor = async (socket: ChatSocket): Promise<void> => {
    // Forgotten with the first one that this connection had: who wants another comes over a new connection.
    if (!socket.request) throw new ParleyError('unavailable', 'Connect again')
    const { actor, expiresAt } = await guard(socket.request, () => authenticate(tokenOf(socket)))
    const { tenantId, userId } = actor
    socket.data.actor = actor
    socket.data.expiresAt = expiresAt
    await subscriber.listenTo(tenantId)
    const session = await edge.openSession(actor, {})
    if (socket.conn.readyState !== 'open') throw new ParleyError('unavailable', 'The client is gone')
    const isFirst = !users.has(userRoom(tenantId, userId))
    const removeSocket = users.addSocket(tenantId, userId, session.heads.length < MAX_SESSION_HEADS)
    // Also when the connection dies before Socket.IO calls it a socket.
    socket.conn.once('close', removeSocket)
    socket.once('disconnect', removeSocket)
    lines.enter(tenantId, userId, session, isFirst)
    sessions.set(socket, session)
  }

  return {
    middleware(socket: ChatSocket, next: (err?: ExtendedError) => void): void {
      openFor(socket).then(
        () => next(),
        (err) => {
          if (!(err instanceof ParleyError)) log.error({ err }, 'handshake failed')
          const body = toErrorBody(err)
          // A plain client takes a refusal for final. Whom we cannot serve at the moment is to come again by itself, as
          // after any lost connection.
          if (body.code === 'unavailable' || body.code === 'internal') socket.conn.close()
          next(Object.assign(new Error(body.message), { data: body }))
        },
      )
    },
    /** What its session said, once: nobody needs it afterwards. */
    takeSession(socket: ChatSocket): Session {
      const session = sessions.get(socket)!
      sessions.delete(socket)
      return session
    },
  }
}

/**
 * Lets go of what only the handshake needed: the HTTP request, its headers and the token, several KiB for as long as the
 * socket lives. Socket.IO's documentation suggests as much for the request.
 */
export function forgetHandshake(socket: ChatSocket): void {
  socket.handshake.headers = {}
  socket.handshake.auth = {}
  const connection: { request: unknown } = socket.conn
  connection.request = null
}

function tokenOf({ handshake }: ChatSocket): string | undefined {
  const { token } = handshake.auth as { token?: unknown }
  if (typeof token === 'string') return token
  if (token !== undefined) throw new ParleyError('unauthenticated', 'auth.token must be a string')
  const { authorization } = handshake.headers
  return authorization?.replace(/^Bearer\s+/i, '')
}
