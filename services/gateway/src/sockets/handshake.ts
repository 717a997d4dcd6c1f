import { type Edge, ParleyError, type Session, toErrorBody } from '@parley/contracts'
import type { Identity, Logger } from '@parley/runtime'
import type { ExtendedError } from 'socket.io'
import type { ChatSocket } from '../io.ts'
import type { Lines } from '../live/lines.ts'
import type { createLiveSubscriber } from '../live/live-subscriber.ts'
import type { LocalUsers } from '../live/local-users.ts'

export interface HandshakeOptions {
  authenticate: (token: string | undefined) => Promise<Identity>
  edge: Edge
  lines: Lines
  users: LocalUsers
  subscriber: ReturnType<typeof createLiveSubscriber>
  log: Logger
}

export interface Opened {
  session: Session
  /** Lets the socket hear; call once it is in its user's room. */
  begin: () => void
}

/**
 * Lets a socket in, or refuses it with `{ code, message }` in the error's data. The order is what makes "nothing is missed
 * after connect" true: first the shard is heard, then the heads are read, then the client learns that it is connected.
 */
export function createHandshake({ authenticate, edge, lines, users, subscriber, log }: HandshakeOptions) {
  const opened = new WeakMap<ChatSocket, Opened>()

  const openFor = async (socket: ChatSocket): Promise<void> => {
    const { actor } = await authenticate(tokenOf(socket))
    const { tenantId, userId } = actor
    socket.data.actor = actor
    await subscriber.listenTo(tenantId)
    const leave = users.enter(tenantId, userId)
    const opening = lines.beginOpening(tenantId, userId)
    const release = () => {
      opening.abandon()
      leave()
    }
    // Also when the connection dies before Socket.IO calls it a socket.
    socket.conn.once('close', release)
    socket.once('disconnect', release)
    try {
      const session = await edge.openSession(actor, {})
      opened.set(socket, { session, begin: () => opening.finish(session.heads) })
    } catch (err) {
      release()
      throw err
    }
  }

  return {
    middleware(socket: ChatSocket, next: (err?: ExtendedError) => void): void {
      openFor(socket).then(
        () => next(),
        (err) => {
          if (!(err instanceof ParleyError)) log.error({ err }, 'handshake failed')
          const body = toErrorBody(err)
          next(Object.assign(new Error(body.message), { data: body }))
        },
      )
    },
    opened: (socket: ChatSocket): Opened => opened.get(socket)!,
  }
}

function tokenOf({ handshake }: ChatSocket): string | undefined {
  const { token } = handshake.auth as { token?: unknown }
  if (typeof token === 'string') return token
  if (token !== undefined) throw new ParleyError('unauthenticated', 'auth.token must be a string')
  const { authorization } = handshake.headers
  return authorization?.replace(/^Bearer\s+/i, '')
}
