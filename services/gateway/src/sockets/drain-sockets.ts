import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatServer } from '../io.ts'
import { engineOf } from './engine.ts'
import { Intake } from './intake.ts'

/** As long as a call may take that is under way when its socket is to go, and how often is looked whether it is done. */
const UNANSWERED_MS = 1_500
const LOOK_MS = 25

/**
 * Moves all sockets elsewhere within `drainMs`, each in its own moment, so that the other gateways are not asked by all of
 * them at once. What they have asked is answered before they go, unless that takes too long.
 */
export async function drainSockets(io: ChatServer, drainMs: number): Promise<void> {
  const sockets = [...io.of('/').sockets.values()]
  await Promise.all(
    sockets.map(async (socket) => {
      const reconnectInMs = Math.round(Math.random() * drainMs)
      socket.emit('server_draining', { reconnectInMs })
      await sleep(reconnectInMs)
      for (let waited = 0; waited < UNANSWERED_MS && Intake.isBusy(socket); waited += LOOK_MS) await sleep(LOOK_MS)
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
