import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { type Bus, followReplicas, rpcClient, serveRpc, serveTopic, type Unsubscribe } from '@parley/bus'
import {
  chat as chatContract,
  edge as edgeContract,
  type Head,
  type Heard,
  presence as presenceContract,
  type ServerEvent,
  type Session,
  topics,
} from '@parley/contracts'
import { type AddressGuard, type Identity, type Logger, type Meters, type Service, subsystem } from '@parley/runtime'
import { createChatServer } from './chat-server.ts'
import type { EphemeralAdapter } from './ephemeral-adapter.ts'
import { adminRoom, type ChatServer, type ChatSocket, conversationRoom, observerRoom, userOf, userRoom } from './io.ts'
import { EncodedJson } from './json-parser.ts'
import { Audiences } from './live/audiences.ts'
import { createControl } from './live/control.ts'
import { HeadOffers } from './live/head-offers.ts'
import { Lines } from './live/lines.ts'
import { createLiveSubscriber } from './live/live-subscriber.ts'
import { LocalUsers } from './live/local-users.ts'
import { RecentLeaves } from './live/recent-leaves.ts'
import { createGatewayMeter } from './meter.ts'
import { createPresence, PRESENCE_SETTINGS, type PresenceSettings } from './presence/presence.ts'
import type { PresenceRegistry } from './presence/registry.ts'
import { coalesceWrites } from './sockets/coalesce.ts'
import { cutSockets, drainSockets } from './sockets/drain-sockets.ts'
import { createEventHandlers } from './sockets/handlers.ts'
import { createHandshake, forgetHandshake } from './sockets/handshake.ts'
import { allowPayloads } from './sockets/payload-limit.ts'
import { SocketPlaces } from './sockets/socket-places.ts'
import { sweepSockets } from './sockets/sweep.ts'
import { createTyping } from './sockets/typing.ts'
import { Writers } from './sockets/writers.ts'

export interface GatewayDeps extends Meters {
  /** The server to attach to; it listens on its own. */
  http: HttpServer
  bus: Bus
  log: Logger
  authenticate: (token: string | undefined) => Promise<Identity>
  /** Stops addresses that send too much. */
  guard: AddressGuard
  /** Whether a page of this origin may connect; `cors` alone does not refuse a WebSocket. */
  isAllowedOrigin: (origin: string | undefined, request?: IncomingMessage) => boolean
  /** What the other gateways call this one. */
  gatewayId: string
  /** Redis in a cluster; left out, rooms are this process's own. */
  ephemeral?: EphemeralAdapter | undefined
  /** What this gateway and the others know together of who is there. */
  registry: PresenceRegistry
  presenceSettings?: PresenceSettings
  /** How many one user may have, and how many may come from one address; 0: as many as they like. */
  socketsPerUser?: number
  socketsPerAddress?: number
  /** Over how long sockets are moved away when the service closes, milliseconds. */
  drainMs: number
  /** Says who is connected to whoever asks on the bus: never in production. */
  development?: boolean
}

/** The Socket.IO edge: knows who is connected and how far each conversation was told, and nothing that cannot be lost. */
export function createGatewayService(deps: GatewayDeps): Service & { io: ChatServer; readonly lines: number } {
  const { http, bus, log, authenticate, guard, isAllowedOrigin, gatewayId, ephemeral, registry } = deps
  const {
    socketsPerUser = 0,
    socketsPerAddress = 0,
    drainMs,
    development = false,
    presenceSettings = PRESENCE_SETTINGS,
  } = deps
  let isClosed = false
  const places = new SocketPlaces({ registry, perUser: socketsPerUser, perAddress: socketsPerAddress })
  const io = createChatServer({ http, guard, places, isClosed: () => isClosed, isAllowedOrigin, ephemeral })
  const replicas = followReplicas(bus, 'conversation', subsystem(log, 'replicas'))
  const chat = rpcClient(bus, chatContract, { replicas })
  const edge = rpcClient(bus, edgeContract, { replicas })
  const recentLeaves = new RecentLeaves()
  const users = new LocalUsers()
  const writers = new Writers(edge)
  const meter = createGatewayMeter(deps, {
    sockets: () => io.of('/').sockets.size,
    users: () => users.size,
    // each socket has a room of its own besides
    rooms: () => io.of('/').adapter.rooms.size - io.of('/').adapter.sids.size,
    lines: () => lines.size,
  })
  const presence = createPresence({
    ...{ io, edge, registry, settings: presenceSettings, log: subsystem(log, 'presence') },
  })
  const isClusterWide = () => ephemeral?.connected ?? true
  const typing = createTyping({
    ...{ io, gatewayId, hasOthers: ephemeral !== undefined, isClusterWide, writers },
    hearsOfRemovals: () => bus.connected,
  })
  const lines = new Lines({
    edge,
    audiences: new Audiences(edge, users),
    users,
    recentLeaves,
    emit: (rooms, event, data) => {
      if (event === 'resync_required') meter.healed('resync', rooms.length)
      io.local.to([...rooms]).emit(event, ...([data] as never))
    },
    onChanged: (conversationId) => writers.forget(conversationId),
    onLeave: (room, conversationId) => {
      io.local.in(room).socketsLeave(conversationRoom(conversationId))
      const [, tenantId = ''] = room.split(':', 2)
      presence.userChanged(tenantId, userOf(tenantId, room))
    },
    meter,
    log: subsystem(log, 'lines'),
  })
  const headOffers = new HeadOffers({ lines, log: subsystem(log, 'heads') })
  const subscriber = createLiveSubscriber({ bus, lines, meter, log: subsystem(log, 'live') })
  const handshake = createHandshake({
    ...{ authenticate, guard, edge, lines, users, subscriber, places, meter, log },
  })
  const handleEvents = createEventHandlers({
    ...{ chat, meter },
    /** Its signature alone does not say that a token was not taken back since. */
    async authenticate(token) {
      const identity = await authenticate(token)
      await edge.requireToken(identity.actor, {})
      return identity
    },
    log: subsystem(log, 'sockets'),
    typing,
    presence,
    hasLeftSince(socket: ChatSocket, conversationId: string, time: number) {
      const { tenantId, userId } = socket.data.actor
      return recentLeaves.hasLeftSince(userRoom(tenantId, userId), conversationId, time)
    },
    onOpened(socket: ChatSocket, head: Head) {
      const { tenantId, userId } = socket.data.actor
      lines.opened(tenantId, userId, head)
      headOffers.opened(socket)
    },
    onGone: (socket: ChatSocket) => headOffers.closed(socket),
    onObserved(socket: ChatSocket, head: Head) {
      const { conversationId } = head
      lines.observe(socket.data.actor.tenantId, head, () => socket.emit('resync_required', { conversationId }))
    },
    onUnobserved(conversationId: string) {
      if (!io.of('/').adapter.rooms.has(observerRoom(conversationId))) lines.unobserve(conversationId)
    },
  })
  const control = createControl({
    bus,
    io,
    edge,
    users,
    writers,
    presence,
    gatewayId,
    development,
    log: subsystem(log, 'control'),
  })
  const stops: Unsubscribe[] = []
  const sweeping = sweepSockets(io, subsystem(log, 'sockets'), { meter })

  coalesceWrites(io)
  io.use(handshake.middleware)
  io.on('connection', (socket) => {
    const session = handshake.takeSession(socket)
    const { tenantId, userId } = socket.data.actor
    // Between the session's answer and here there was no socket to close.
    if (control.closeIfLate(socket)) return
    if (session.me.role === 'admin') {
      socket.data.isAdmin = true
      void socket.join(adminRoom(tenantId))
    }
    meter.connected()
    socket.once('disconnect', meter.disconnected)
    void socket.join(userRoom(tenantId, userId))
    presence.enter(socket)
    handleEvents(socket)
    allowPayloads(socket)
    forgetHandshake(socket)
    socket.emit('ready', readyOf(session, gatewayId) as never)
  })

  return {
    name: 'gateway',
    io,
    get lines() {
      return lines.size
    },
    async start() {
      await subscriber.start()
      await presence.start()
      stops.push(
        await serveRpc(bus, presenceContract, {
          ...{ queue: 'gateway', api: presence.desk },
          onError: (err, procedure) => log.error({ err, procedure }, 'call failed'),
        }),
      )
      stops.push(
        // in a queue of its own: every gateway answers
        await serveTopic(
          bus,
          topics.heard,
          gatewayId,
          (question, reply) => {
            const users = lines.listenersOf(question.conversationId)
            const heard: Heard = { gatewayId, ...subscriber.heardOf(question), users }
            reply(Buffer.from(JSON.stringify(heard)))
          },
          subsystem(log, 'live'),
        ),
      )
      await control.start()
      sweeping.start()
    },
    async close() {
      isClosed = true
      recentLeaves.close()
      headOffers.end()
      await Promise.all(stops.map((stop) => stop()))
      await presence.closing()
      await drainSockets(io, drainMs)
      sweeping.stop()
      await presence.close()
      typing.end()
      places.close()
      await control.close()
      await subscriber.close()
      await replicas.close()
      await cutSockets(io)
    },
  }
}

/** What was missed is JSON already. */
function readyOf({ me, at, unreadCount, sync }: Session, gatewayId: string): ServerEvent<'ready'> | EncodedJson {
  const ready = { me, at, unreadCount, gatewayId }
  return sync === undefined ? ready : new EncodedJson(`${JSON.stringify(ready).slice(0, -1)},"sync":${sync}}`)
}
