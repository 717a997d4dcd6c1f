import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'

/** What the client of the benchmark says in its handshake to a peer. */
export interface PeerAuth {
  userId: string
  conversationId: string
}

/** Options as Parley's gateway has them: a difference in the figures is none of the transport. */
export function attachSockets(http: HttpServer): Server {
  return new Server(http, { serveClient: false, perMessageDeflate: false })
}

export const authOf = (socket: Socket) => socket.handshake.auth as PeerAuth

/** Listens on any port, tells the parent, and ends with it. */
export function listenForParent(http: HttpServer): void {
  process.on('disconnect', () => process.exit())
  http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }))
}
