import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ChatServer, ChatSocket } from '../io.ts'

/**
 * What is needed of engine.io and `ws` and is private there, or has no type: in this one place, and held to it by tests
 * with real clients, since a release may change it.
 */
export interface Engine {
  /** The connections that stand, by session id; a plain object. */
  clients: Record<string, Connection>
  /** Makes WebSockets of upgrades. Another one whenever the HTTP server begins to listen. */
  ws?: { options: WebSocketOptions }
  on(event: 'connection', listener: (connection: Connection) => void): void
}

/** Of those that are still to be opened. */
export interface WebSocketOptions {
  maxPayload: number
  WebSocket: WebSocketClass
}

export type WebSocketClass = new (
  // biome-ignore lint/suspicious/noExplicitAny: a class that is made of another one can have no other parameters
  ...args: any[]
) => {
  /** The operating system's. */
  _socket?: Socket
  close(code?: number, reason?: string): void
  terminate(): void
}

export interface Connection {
  readonly readyState: string
  /** Of its handshake; let go of once it is over. */
  readonly request: IncomingMessage
  transport: Transport
  /** What waits to be handed to the transport. */
  writeBuffer: { data?: string | ArrayBufferView }[]
  close(discard?: boolean): void
  on(event: 'upgrade', listener: (transport: Transport) => void): void
  on(event: 'close', listener: (reason: string) => void): void
  once(event: 'close', listener: (reason: string) => void): void
}

export interface Transport {
  /** Of polling: the largest body of a request. */
  maxHttpBufferSize?: number
  /** Of a WebSocket. */
  socket?: {
    bufferedAmount: number
    terminate(): void
    pause(): void
    resume(): void
    _receiver?: {
      _maxPayload: number
      /** Of a frame, and of the frames of a message, whose rest is still to come. */
      _bufferedBytes: number
      _messageLength: number
    }
  }
}

export const engineOf = (io: ChatServer) => io.engine as unknown as Engine
export const connectionOf = ({ conn }: Pick<ChatSocket, 'conn'>) => conn as unknown as Connection

/** Sets what is to hold for every WebSocket of this server. */
export function configureWebSockets(io: ChatServer, http: HttpServer, configure: (options: WebSocketOptions) => void) {
  const engine = engineOf(io)
  const begin = () => {
    if (engine.ws) configure(engine.ws.options)
  }
  begin()
  http.on('listening', begin)
}
