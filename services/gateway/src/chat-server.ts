import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import { encodedJsonParser } from './encoded-json.ts'
import type { EphemeralAdapter } from './ephemeral-adapter.ts'
import type { ChatServer } from './io.ts'

export interface ChatServerOptions {
  http: HttpServer
  /** Whether a page of this origin may connect; `cors` alone does not refuse a WebSocket. */
  isAllowedOrigin: (origin: string | undefined, host: string | undefined) => boolean
  /** Left out, rooms are this process's own. */
  ephemeral?: EphemeralAdapter | undefined
}

/** The Socket.IO server, attached to an HTTP server that listens on its own. */
export function createChatServer({ http, isAllowedOrigin, ephemeral }: ChatServerOptions): ChatServer {
  return new Server(http, {
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
}
