import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http'
import { ParleyError } from '@parley/contracts'
import { type AddressGuard, PROBLEM_TYPE, securityHeaderLines, toParleyError, toProblem } from '@parley/runtime'
import { Server } from 'socket.io'
import type { EphemeralAdapter } from './ephemeral-adapter.ts'
import type { ChatServer } from './io.ts'
import { jsonParser } from './json-parser.ts'
import { engineOf } from './sockets/engine.ts'
import { cutFaulty, shortenFarewells } from './sockets/farewell.ts'
import { limitPayloads, MAX_PAYLOAD_BYTES } from './sockets/payload-limit.ts'
import type { SocketPlaces } from './sockets/socket-places.ts'

export interface ChatServerOptions {
  http: HttpServer
  /** Stops addresses that send too much. */
  guard: Pick<AddressGuard, 'count' | 'addressOf'>
  /** Says how many sockets may be open from an address. */
  places: Pick<SocketPlaces, 'letIn' | 'connected'>
  /** Takes no more sockets. */
  isClosed: () => boolean
  /** Whether a page of this origin may connect; `cors` alone does not refuse a WebSocket. */
  isAllowedOrigin: (origin: string | undefined, request?: IncomingMessage) => boolean
  /** Left out, rooms are this process's own. */
  ephemeral?: EphemeralAdapter | undefined
}

/** For the first packet, with the token. Longer than a slow phone takes, and all that a connection without one costs. */
const CONNECT_MS = 10_000

/** The Socket.IO server, attached to an HTTP server that listens on its own. */
export function createChatServer(options: ChatServerOptions): ChatServer {
  const { http, guard, places, isClosed, isAllowedOrigin, ephemeral } = options
  const io: ChatServer = new Server(http, {
    serveClient: false,
    perMessageDeflate: false,
    parser: jsonParser,
    maxHttpBufferSize: MAX_PAYLOAD_BYTES,
    connectTimeout: CONNECT_MS,
    // Both transports, so that a plain io(url) connects; polling needs affinity at the ingress.
    transports: ['polling', 'websocket'],
    cors: { origin: (origin, decide) => decide(null, isAllowedOrigin(origin)), credentials: true },
    allowRequest: (request, decide) => decide(null, isAllowedOrigin(request.headers.origin, request)),
    ...(ephemeral && { adapter: ephemeral.adapter }),
  })
  limitPayloads(io, http)
  shortenFarewells(io, http)
  countHandshakes(io, async (request) => {
    if (isClosed()) throw new ParleyError('unavailable', 'This gateway closes: connect again', { retryAfterMs: 1_000 })
    await guard.count(request)
    await places.letIn(request, guard.addressOf(request))
  })
  engineOf(io).on('connection', (connection) => places.connected(connection.request, connection))
  closeDeserted(io)
  cutFaulty(io)
  return io
}

/**
 * Whatever is not of a session that stands is a handshake, or an attempt at one that will be refused: each counts for its
 * client's address, whether a token ever comes or not. Too many are refused before anything is kept of them.
 */
function countHandshakes(io: ChatServer, count: (request: IncomingMessage) => Promise<void>): void {
  const { clients } = engineOf(io)
  io.engine.use(
    (request: IncomingMessage & { _query?: Record<string, string> }, response: object, next: () => void) => {
      const { sid } = request._query ?? {}
      if (sid !== undefined && Object.hasOwn(clients, sid)) return next()
      count(request).then(next, (err) => refuse(request, response, toParleyError(err)))
    },
  )
}

/** Who has left, and keeps the connection, is no socket that anybody looks after. */
function closeDeserted(io: ChatServer): void {
  io.on('connection', (socket) => {
    socket.once('disconnect', () => {
      const { conn } = socket
      if (conn.readyState !== 'open') return
      const timer = setTimeout(() => conn.close(), CONNECT_MS)
      conn.once('close', () => clearTimeout(timer))
    })
  })
}

function refuse({ socket }: IncomingMessage, response: object, err: ParleyError): void {
  const problem = toProblem(err, crypto.randomUUID())
  const body = JSON.stringify(problem)
  const headers: Record<string, string> = {
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
  }
  if (err.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(err.retryAfterMs / 1_000))
  if (response instanceof ServerResponse) return void response.writeHead(problem.status, headers).end(body)
  // A WebSocket's handshake has no response to write to.
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nconnection: close\r\n${lines.join('')}${securityHeaderLines}\r\n${body}`,
    () => socket.destroy(),
  )
}
