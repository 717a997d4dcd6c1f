import type { Socket as NetSocket } from 'node:net'
import type { ChatServer } from '../io.ts'

/** What of engine.io's connection leads to the operating system's socket. */
interface Connection {
  transport: { socket?: { _socket?: NetSocket } }
}

/**
 * Frames that leave a socket in one turn of the event loop leave in one system call, which is most of what a delivery
 * costs. A client that gets ten messages of a batch gets them as ten frames all the same.
 */
export function coalesceWrites(io: ChatServer): void {
  io.engine.on('connection', (connection: Connection & { on(event: 'flush', listener: () => void): void }) => {
    connection.on('flush', () => {
      // ws types its socket as private; without it frames leave one by one, as they would anyway
      const socket = connection.transport.socket?._socket
      if (!socket || socket.writableCorked > 0) return
      socket.cork()
      setImmediate(() => socket.uncork())
    })
  })
}
