import type { Server as HttpServer } from 'node:http'
import type { ChatServer } from '../io.ts'
import { configureWebSockets, connectionOf, engineOf, type WebSocketClass } from './engine.ts'

/** What is on its way already when a client is told to go, and its own farewell. */
const MAX_FAREWELL_BYTES = 64 * 1024

/**
 * `ws` waits half a minute for a client's farewell, and reads all that comes meanwhile: one that sends without end costs
 * as much as if it were still served. Whoever has been told to go may send so much more, and is cut off then.
 */
function withShortFarewell(WebSocket: WebSocketClass): WebSocketClass {
  return class extends WebSocket {
    #left: number | undefined

    override close(code?: number, reason?: string): void {
      super.close(code, reason)
      if (this.#left !== undefined) return
      this.#left = MAX_FAREWELL_BYTES
      this._socket?.on('data', ({ length }: Buffer) => {
        this.#left! -= length
        if (this.#left! < 0) this.terminate()
      })
    }
  }
}

/** For the WebSockets that are closed for whatever reason, also of those that never became a session's. */
export function shortenFarewells(io: ChatServer, http: HttpServer): void {
  configureWebSockets(io, http, (options) => {
    options.WebSocket = withShortFarewell(options.WebSocket)
  })
}

/** What engine.io says of a connection that a broken or too large payload has ended. */
const FAULTS: ReadonlySet<string> = new Set(['transport error', 'parse error'])

/** Who sends what no client sends is not waited for at all: neither for a farewell, nor until they have read theirs. */
export function cutFaulty(io: ChatServer): void {
  engineOf(io).on('connection', (connection) => {
    connection.on('close', (reason) => {
      if (FAULTS.has(reason)) connection.transport.socket?.terminate()
    })
  })
  io.on('connection', (socket) => {
    socket.on('error', (fault: unknown) => {
      // Also the name of an event that a client may send, whose argument is never an Error.
      if (!(fault instanceof Error)) return
      const connection = connectionOf(socket)
      connection.transport.socket?.terminate()
      connection.close(true)
    })
  })
}
