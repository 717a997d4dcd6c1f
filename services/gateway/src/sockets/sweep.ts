import type { Logger } from '@parley/runtime'
import type { ChatServer, ChatSocket } from '../io.ts'
import type { Decoder } from '../json-parser.ts'
import type { GatewayMeter } from '../meter.ts'
import { type Connection, connectionOf } from './engine.ts'

/** What may wait for a client that does not read. It comes back and syncs, as after any lost connection. */
const MAX_BUFFERED_BYTES = 1024 * 1024
const SWEEP_MS = 500
/** In which the rest of a payload comes, over a slow line too. */
const UNFINISHED_MS = 30_000

/** So long before its end a client is told that its token ends. */
const EXPIRING_MS = 60_000

function tellExpiring(socket: ChatSocket, expiresAt: number, now: number): void {
  const inMs = expiresAt - now
  if (inMs > EXPIRING_MS || socket.data.toldExpiring === expiresAt) return
  socket.data.toldExpiring = expiresAt
  socket.emit('token_expiring', { expiresAt: new Date(expiresAt).toISOString(), inMs })
}

function bufferedBytes({ writeBuffer, transport }: Connection): number {
  let bytes = transport.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) bytes += typeof data === 'string' ? data.length : (data?.byteLength ?? 0)
  return bytes
}

/** `client` is Socket.IO's, whose decoder is ours. */
const packetsOf = (client: unknown) => (client as { decoder: Decoder }).decoder.packets

function isUnfinished({ transport: { socket } }: Connection): boolean {
  return socket?._receiver !== undefined && socket._receiver._bufferedBytes + socket._receiver._messageLength > 0
}

/**
 * Looks at every socket twice a second while there are any: cuts off those behind which too much has piled up, and those
 * that have begun a payload and do not end it; tells those whose token ends soon, and closes those whose token has ended. All may come
 * back by themselves, the last with a new token.
 */
export function sweepSockets(
  io: ChatServer,
  log: Logger,
  { unfinishedMs = UNFINISHED_MS, meter }: { unfinishedMs?: number; meter?: Pick<GatewayMeter, 'dropped'> } = {},
) {
  /** Since when the payload behind so many packets has been unfinished. */
  const unfinished = new WeakMap<Connection, { packets: number; since: number }>()
  const waitsTooLong = (connection: Connection, packets: number, now: number): boolean => {
    const known = unfinished.get(connection)
    if (known?.packets === packets) return now - known.since > unfinishedMs
    unfinished.set(connection, { packets, since: now })
    return false
  }

  let timer: NodeJS.Timeout | undefined
  const sweep = () => {
    if (io.of('/').sockets.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
    const now = Date.now()
    for (const socket of io.of('/').sockets.values()) {
      const { conn, client, data } = socket
      // The connection alone: a client that is told "disconnect" by the server takes it for final and stays away.
      if (data.expiresAt !== null && data.expiresAt <= now) conn.close()
      else if (data.expiresAt !== null) tellExpiring(socket, data.expiresAt, now)
      const connection = connectionOf({ conn })
      const buffered = bufferedBytes(connection)
      if (buffered > MAX_BUFFERED_BYTES) {
        log.info({ buffered }, 'a client does not read; cut off')
        meter?.dropped('slow_reader')
      } else if (isUnfinished(connection) && waitsTooLong(connection, packetsOf(client), now)) {
        log.info('a client does not end what it began to send; cut off')
        meter?.dropped('unfinished_payload')
      } else continue
      // A farewell would wait behind what is not read.
      connection.transport.socket?.terminate()
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
