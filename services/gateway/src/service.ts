import { randomUUID } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { type Bus, followReplicas, rpcClient } from '@parley/bus'
import { chat as chatContract, edge as edgeContract, type Head } from '@parley/contracts'
import { type AddressGuard, type Identity, type Logger, type Service, subsystem } from '@parley/runtime'
import { Server } from 'socket.io'
import { encodedJsonParser } from './encoded-json.ts'
import type { EphemeralAdapter } from './ephemeral-adapter.ts'
import { type ChatServer, type ChatSocket, conversationRoom, observerRoom, userRoom } from './io.ts'
import { createAudiences } from './live/audiences.ts'
import { createControl } from './live/control.ts'
import { createDepartures } from './live/departures.ts'
import { createLines } from './live/lines.ts'
import { createLiveSubscriber } from './live/live-subscriber.ts'
import { createLocalUsers } from './live/local-users.ts'
import { coalesceWrites } from './sockets/coalesce.ts'
import { createEventHandlers } from './sockets/handlers.ts'
import { createHandshake, forgetHandshake } from './sockets/handshake.ts'
import { sweepSockets } from './sockets/sweep.ts'

export interface GatewayDeps {
  /** The server to attach to; it listens on its own. */
  http: HttpServer
  bus: Bus
  log: Logger
  authenticate: (token: string | undefined) => Promise<Identity>
  /** Stops addresses that send too much. */
  guard: AddressGuard
  /** Whether a page of this origin may connect; `cors` alone does not refuse a WebSocket. */
  isAllowedOrigin: (origin: string | undefined, host: string | undefined) => boolean
  /** Redis in a cluster; left out, rooms are this process's own. */
  ephemeral?: EphemeralAdapter | undefined
  /** Over how long sockets are moved away when the service closes, milliseconds. */
  drainMs?: number
  /** Says who is connected to whoever asks on the bus: never in production. */
  development?: boolean
}

/** The Socket.IO edge: knows who is connected and how far each conversation was told, and nothing that cannot be lost. */
export function createGatewayService(deps: GatewayDeps): Service & { io: ChatServer; readonly lines: number } {
  const { http, bus, log, authenticate, guard, isAllowedOrigin, ephemeral, drainMs = 2_000, development = false } = deps
  const gatewayId = randomUUID()
  const io: ChatServer = new Server(http, {
    serveClient: false,
    perMessageDeflate: false,
    parser: encodedJsonParser,
    maxHttpBufferSize: 1_000_000,
    // Both transports, so that a plain io(url) connects; polling needs affinity at the ingress.
    transports: ['polling', 'websocket'],
    cors: { origin: (origin, decide) => decide(null, isAllowedOrigin(origin, undefined)), credentials: true },
    allowRequest: (request, decide) => decide(null, isAllowedOrigin(request.headers.origin, request.headers.host)),
    ...(ephemeral && { adapter: ephemeral.adapter }),
  })
  const replicas = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const chat = rpcClient(bus, chatContract, { replicas })
  const edge = rpcClient(bus, edgeContract, { replicas })
  const departures = createDepartures()
  const users = createLocalUsers((room) => lines.dropUser(room))
  const lines = createLines({
    edge,
    audiences: createAudiences(edge, users),
    users,
    departures,
    emit: (rooms, event, data) => {
      io.local.to([...rooms]).emit(event, ...([data] as never))
    },
    onLeft: (room, conversationId) => io.local.in(room).socketsLeave(conversationRoom(conversationId)),
    log: subsystem(log, 'lines'),
  })
  const subscriber = createLiveSubscriber({ bus, lines, log: subsystem(log, 'live') })
  const handshake = createHandshake({ authenticate, guard, edge, lines, users, subscriber, log })
  const handleEvents = createEventHandlers({
    chat,
    log: subsystem(log, 'sockets'),
    isClusterWide: () => ephemeral?.connected ?? true,
    hasLeftSince(socket: ChatSocket, conversationId: string, time: number) {
      const { tenantId, userId } = socket.data.actor
      return departures.isSince(userRoom(tenantId, userId), conversationId, time)
    },
    onOpened(socket: ChatSocket, head: Head) {
      const { tenantId, userId } = socket.data.actor
      lines.opened(tenantId, userId, head)
    },
    onObserved(socket: ChatSocket, head: Head) {
      const { conversationId } = head
      lines.observe(socket.data.actor.tenantId, head, () => socket.emit('resync_required', { conversationId }))
    },
    onUnobserved(conversationId: string) {
      if (!io.of('/').adapter.rooms.has(observerRoom(conversationId))) lines.unobserve(conversationId)
    },
  })
  const control = createControl({ bus, io, edge, users, gatewayId, development, log: subsystem(log, 'control') })
  const sweeping = sweepSockets(io, subsystem(log, 'sockets'))

  coalesceWrites(io)
  io.use(handshake.middleware)
  io.on('connection', (socket) => {
    const session = handshake.takeSession(socket)
    const { tenantId, userId } = socket.data.actor
    // Disabled between the session's answer and here: there was no socket to close.
    if (control.hasShutOut(tenantId, userId, socket.handshake.issued)) return void socket.disconnect(true)
    if (session.me.role === 'admin') socket.data.isAdmin = true
    void socket.join(userRoom(tenantId, userId))
    handleEvents(socket)
    forgetHandshake(socket)
    socket.emit('ready', { me: session.me, at: session.at, unreadCount: session.unreadCount, gatewayId })
  })

  return {
    name: 'gateway',
    io,
    get lines() {
      return lines.size
    },
    async start() {
      await subscriber.start()
      await control.start()
      sweeping.start()
    },
    async close() {
      departures.close()
      sweeping.stop()
      // Each socket moves in its own moment, so that the other gateways are not asked by all of them at once.
      const sockets = [...io.of('/').sockets.values()]
      await Promise.all(
        sockets.map(async (socket) => {
          const reconnectInMs = Math.round(Math.random() * drainMs)
          socket.emit('server_draining', { reconnectInMs })
          await new Promise((resolve) => setTimeout(resolve, reconnectInMs))
          // The connection alone: a client that is told "disconnect" by the server takes it for final and stays away.
          socket.conn.close()
        }),
      )
      await control.close()
      await subscriber.close()
      await replicas.close()
      await io.close()
    },
  }
}
