import {
  type Actor,
  type Edge,
  HandshakeSync,
  inputCheck,
  MAX_SESSION_HEADS,
  ParleyError,
  type Session,
  toErrorBody,
} from '@parley/contracts'
import { type AddressGuard, type Identity, type Logger, staysUntil } from '@parley/runtime'
import type { ExtendedError } from 'socket.io'
import { type ChatSocket, userRoom } from '../io.ts'
import type { Lines } from '../live/lines.ts'
import type { createLiveSubscriber } from '../live/live-subscriber.ts'
import type { LocalUsers } from '../live/local-users.ts'
import type { GatewayMeter } from '../meter.ts'
import type { SocketPlaces } from './socket-places.ts'

/**
 * So long after its first try a session is tried for once more. A try takes five seconds at most, and Socket.IO closes here who is not let in
 * after ten (CONNECT_MS), with no word to anybody.
 */
const PATIENCE_MS = 4_000
/** Where who refused does not say when to come again. */
const AGAIN_MS = 250
const checkSync = inputCheck(HandshakeSync)
/** While many are not let in, the log says so once in this time. */
const TOLD_EVERY_MS = 10_000

export interface HandshakeOptions {
  authenticate: (token: string | undefined) => Promise<Identity>
  guard: AddressGuard
  edge: Edge
  lines: Lines
  users: LocalUsers
  subscriber: ReturnType<typeof createLiveSubscriber>
  /** How many sockets a user may have. */
  places: Pick<SocketPlaces, 'takeForUser' | 'requireRoomForUser'>
  meter: Pick<GatewayMeter, 'refused'>
  log: Logger
}

/**
 * Lets a socket in, or refuses it with `{ code, message, retryAfterMs? }` in the error's data. The order is what makes
 * "nothing is missed after ready" true: first the shard is heard, then the heads are read and its user hears, then the
 * client learns that it is connected. What it asks to have been told of its absence is read with the heads: where something was told of
 * its conversations since then, before it hears itself, it is left to ask again.
 */
export function createHandshake(options: HandshakeOptions) {
  const { authenticate, guard, edge, lines, users, subscriber, places, meter, log } = options
  const sessions = new WeakMap<ChatSocket, Opened>()
  const asked = new WeakSet<object>()
  const asking = new WeakSet<object>()
  /** The connection was counted when it came; a client that shows another token over it counts again. */
  const identify = ({ conn, request, handshake }: ChatSocket) => {
    const check = () => authenticate(tokenOf(handshake))
    if (asked.has(conn)) return guard(request, check)
    asked.add(conn)
    return guard.watch(request, check)
  }

  const openSession = async (actor: Readonly<Actor>, sync: HandshakeSync | undefined): Promise<Session> => {
    await subscriber.listenTo(actor.tenantId)
    return edge.openSession(actor, { ...(sync && { sync }) })
  }

  const openFor = async (socket: ChatSocket): Promise<void> => {
    // Forgotten with the first one that this connection had: who wants another comes over a new connection.
    if (!socket.request) throw new ParleyError('unavailable', 'Connect again')
    const { actor, expiresAt } = await identify(socket)
    const { tenantId, userId } = actor
    const room = userRoom(tenantId, userId)
    const sync = syncOf(socket.handshake)
    const giveBack = places.takeForUser(room, socket.conn)
    socket.data.actor = actor
    socket.data.expiresAt = staysUntil({ expiresAt })
    const onTheWay = sync && users.expect(room)
    if (onTheWay) socket.conn.once('close', onTheWay.end)
    const opening = whileUnavailable(socket.conn, () =>
      Promise.all([openSession(actor, sync), places.requireRoomForUser(room)]),
    )
    const [session] = await opening.catch((err) => {
      onTheWay?.end()
      if (socket.conn.readyState === 'open') giveBack()
      throw err
    })
    if (socket.conn.readyState !== 'open') throw new ParleyError('unavailable', 'The client is gone')
    const isFirst = !users.has(room)
    const removeSocket = users.addSocket(tenantId, userId, session.heads.length < MAX_SESSION_HEADS)
    // Also when the connection dies before Socket.IO calls it a socket.
    socket.conn.once('close', removeSocket)
    socket.once('disconnect', removeSocket)
    lines.enter(tenantId, userId, session, isFirst)
    sessions.set(socket, { session, onTheWay })
  }

  let untold = 0
  let toldAt = Number.NEGATIVE_INFINITY
  const tellOfUnserved = (err: ParleyError) => {
    untold++
    if (performance.now() - toldAt < TOLD_EVERY_MS) return
    log.warn({ err, sockets: untold }, 'sockets are not let in')
    toldAt = performance.now()
    untold = 0
  }

  return {
    middleware(socket: ChatSocket, next: (err?: ExtendedError) => void): void {
      const { conn } = socket
      // One at a time: each costs a session.
      if (asking.has(conn)) return void conn.close()
      asking.add(conn)
      const opening = openFor(socket).finally(() => asking.delete(conn))
      opening.then(
        () => next(),
        (err) => {
          if (!(err instanceof ParleyError)) log.error({ err }, 'handshake failed')
          // who has gone was not refused
          else if (err.code === 'unavailable' && conn.readyState === 'open') tellOfUnserved(err)
          const body = toErrorBody(err)
          meter.refused(body.code)
          // A plain client takes a refusal for final. Whom we cannot serve at the moment is to come again by itself, as
          // after any lost connection.
          if (body.code === 'unavailable' || body.code === 'internal') socket.conn.close()
          next(Object.assign(new Error(body.message), { data: body }))
        },
      )
    },
    /** What its session said, once: nobody needs it afterwards. The socket has to hear from this turn of the event loop on. */
    takeSession(socket: ChatSocket): Session {
      const { session, onTheWay } = sessions.get(socket)!
      sessions.delete(socket)
      if (!onTheWay) return session
      onTheWay.end()
      socket.conn.removeListener('close', onTheWay.end)
      const { sync, ...rest } = session
      return onTheWay.expected.hasMissed || sync === undefined ? rest : session
    },
  }
}

interface Opened {
  session: Session
  onTheWay: ReturnType<LocalUsers['expect']> | undefined
}

/**
 * Does it again while the conversation service, or what that stands on, has no answer for a moment: that costs everybody less than
 * another connection, and a client that comes while a process starts or a disk is busy sees nothing of it.
 */
async function whileUnavailable<T>(conn: { readyState: string }, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (err) {
      if (!(err instanceof ParleyError) || err.code !== 'unavailable') throw err
      // those who were refused together do not return together
      const waitMs = (err.retryAfterMs ?? AGAIN_MS) * (0.5 + Math.random())
      if (performance.now() + waitMs > until) throw err
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      if (conn.readyState !== 'open') throw err
    }
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

function syncOf({ auth }: ChatSocket['handshake']): HandshakeSync | undefined {
  const { sync } = auth as { sync?: unknown }
  return sync === undefined ? undefined : checkSync(sync)
}

function tokenOf(handshake: ChatSocket['handshake']): string | undefined {
  const { token } = handshake.auth as { token?: unknown }
  if (typeof token === 'string') return token
  if (token !== undefined) throw new ParleyError('unauthenticated', 'auth.token must be a string')
  const { authorization } = handshake.headers
  return authorization?.replace(/^Bearer\s+/i, '')
}
