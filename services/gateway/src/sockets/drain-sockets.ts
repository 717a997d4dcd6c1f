import type { ChatServer } from '../io.ts'

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
