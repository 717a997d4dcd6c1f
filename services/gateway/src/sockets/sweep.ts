import type { Logger } from '@parley/runtime'
import type { ChatServer } from '../io.ts'

/** What may wait for a client that does not read. It comes back and syncs, as after any lost connection. */
const MAX_BUFFERED_BYTES = 1024 * 1024
const SWEEP_MS = 500

/** What of engine.io's connection says how much waits in it: its own queue, and what `ws` has not handed to the system. */
interface Connection {
  writeBuffer: { data?: string | ArrayBufferView }[]
  transport: { socket?: { bufferedAmount?: number; terminate?: () => void } }
  close(discard: boolean): void
}

function bufferedBytes({ writeBuffer, transport }: Connection): number {
  let bytes = transport.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) bytes += typeof data === 'string' ? data.length : (data?.byteLength ?? 0)
  return bytes
}

/**
 * Looks at every socket twice a second while there are any: cuts off those behind which too much has piled up, and closes
 * those whose token has ended. Both may come back by themselves, the latter with a new token.
 */
export function sweepSockets(io: ChatServer, log: Logger) {
  let timer: NodeJS.Timeout | undefined
  const sweep = () => {
    if (io.of('/').sockets.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
    const now = Date.now()
    for (const { conn, data } of io.of('/').sockets.values()) {
      // The connection alone: a client that is told "disconnect" by the server takes it for final and stays away.
      if (data.expiresAt !== null && data.expiresAt <= now) conn.close()
      // engine.io types these as private or not at all; the test with a client that stops reading holds them to it
      const connection = conn as unknown as Connection
      const buffered = bufferedBytes(connection)
      if (buffered <= MAX_BUFFERED_BYTES) continue
      log.info({ buffered }, 'a client does not read; cut off')
      // A farewell would wait behind what is not read.
      connection.transport.socket?.terminate?.()
      connection.close(true)
    }
  }
  const begin = () => {
    timer ??= setInterval(sweep, SWEEP_MS)
  }
  return {
    start: () => void io.of('/').on('connection', begin),
    stop() {
      io.of('/').off('connection', begin)
      clearInterval(timer)
    },
  }
}
