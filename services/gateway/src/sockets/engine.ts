import type { ChatServer, ChatSocket } from '../io.ts'

/**
 * What is needed of engine.io and `ws` and is private there, or has no type: in this one place, and held to it by tests
 * with real clients, since a release may change it.
 */
export interface Engine {
  /** The connections that stand, by session id; a plain object. */
  clients: Record<string, Connection>
  /** Makes WebSockets of upgrades. Another one whenever the HTTP server begins to listen. */
  ws?: { options: { maxPayload: number } }
  on(event: 'connection', listener: (connection: Connection) => void): void
}

export interface Connection {
  readonly readyState: string
  transport: Transport
  /** What waits to be handed to the transport. */
  writeBuffer: { data?: string | ArrayBufferView }[]
  close(discard?: boolean): void
  on(event: 'upgrade', listener: (transport: Transport) => void): void
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
