import type { Server as HttpServer } from 'node:http'
import type { ChatServer, ChatSocket } from '../io.ts'
import { type Connection, configureWebSockets, connectionOf, engineOf, type Transport } from './engine.ts'

/** As much as a request of REST may have. */
export const MAX_PAYLOAD_BYTES = 1_000_000
/** The longest token that is looked at, as many cursors as a handshake may carry, and what is around them. */
const MAX_FIRST_PAYLOAD_BYTES = 16 * 1024

const allowed = new WeakSet<Connection>()

function limit(transport: Transport, bytes: number): void {
  if (transport.socket?._receiver) transport.socket._receiver._maxPayload = bytes
  else if ('maxHttpBufferSize' in transport) transport.maxHttpBufferSize = bytes
}

/**
 * Until it has shown a token, a connection may send what a token takes; what is larger closes it before it is read to its
 * end. engine.io knows one limit for all, so that each transport's own is set.
 */
export function limitPayloads(io: ChatServer, http: HttpServer): void {
  configureWebSockets(io, http, (options) => {
    options.maxPayload = MAX_FIRST_PAYLOAD_BYTES
  })
  engineOf(io).on('connection', (connection) => {
    limit(connection.transport, MAX_FIRST_PAYLOAD_BYTES)
    connection.on('upgrade', (transport) => {
      if (allowed.has(connection)) limit(transport, MAX_PAYLOAD_BYTES)
    })
  })
}

/** It has shown a token. */
export function allowPayloads(socket: ChatSocket): void {
  const connection = connectionOf(socket)
  allowed.add(connection)
  limit(connection.transport, MAX_PAYLOAD_BYTES)
}
