import type { ChatServer } from '../io.ts'
import { engineOf } from './engine.ts'

/**
 * Moves all sockets elsewhere within `drainMs`, each in its own moment, so that the other gateways are not asked by all of
 * them at once.
 */
export async function drainSockets(io: ChatServer, drainMs: number): Promise<void> {
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
}

/**
 * Cuts every connection that is left: a client that does not read has not heard that it was to go, and is not waited for.
 * The HTTP server is somebody else's, and goes on.
 */
export async function cutSockets(io: ChatServer): Promise<void> {
  for (const { transport } of Object.values(engineOf(io).clients)) transport.socket?.terminate()
  io.engine.close()
  await io.of('/').adapter.close()
}
