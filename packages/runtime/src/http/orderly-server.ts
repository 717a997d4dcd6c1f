import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { securityHeaders } from './security-headers.ts'

/** Sockets come in here: Socket.IO's own path. */
const SOCKET_PATH = /^\/socket\.io(\/|\?|$)/
/** No client of ours sends a request before the last one is answered; a few that wait are nobody's harm. */
const MAX_WAITING = 16
/** Longer than a long poll waits. */
const SILENT_MS = 60_000
const KEEP_ALIVE_MS = 72_000

/** Whoever has been answered and goes on sending without saying how much it will be has so long to read the answer. */
const LINGER_MS = 5_000

/** How often it is looked who takes too long to send a request. */
const LOOK_EVERY_MS = 30_000

/** Requests whose bodies may take longer than others'. */
const unhurried = new WeakSet<IncomingMessage>()

/** The body of this request may take as long as something of it comes: an upload over a slow line. It begins to be read after this. */
export function takeTimeFor(request: IncomingMessage): void {
  unhurried.add(request)
}

export interface OrderlyServerOptions {
  /** How long a caller may take to send a request, in milliseconds, unless `takeTimeFor` said otherwise of it. */
  requestTimeoutMs?: number | undefined
  /** A connection over which nothing has moved for so long is cut, in milliseconds: who asks has to read. */
  silentMs?: number | undefined
  /** How long what goes on coming without a known end after its answer is read past, in milliseconds; then the connection is cut. */
  lingerMs?: number | undefined
}

interface Connection {
  /** What is being answered. */
  answering: ServerResponse | undefined
  /** What came meanwhile. */
  waiting: [IncomingMessage, ServerResponse][]
  /** What came last, and when: no other can be on its way. */
  last?: { request: IncomingMessage; at: number }
}

/** Of a connection that was upgraded: it asks for nothing more here. */
const UPGRADED: Connection = { answering: undefined, waiting: [] }

/**
 * An HTTP server that does for a connection one thing at a time: Node hands over every request of a pipeline at once, and
 * keeps all their answers when nobody reads them. Here the next one begins when the answer before it has left, so that a
 * connection costs at most one answer. Who sends many all the same, or does not read, is cut off.
 *
 * A wish to upgrade is granted to WebSockets at the path of sockets. Any other (`h2c`, which Java's and curl's clients
 * offer) is ignored, as RFC 9110, 7.8 allows, and the request answered over HTTP/1.1.
 */
export class OrderlyServer extends Server {
  readonly #connections = new Map<Socket, Connection>()
  readonly #lingerMs: number

  constructor(
    handle?: RequestListener,
    { requestTimeoutMs = 60_000, silentMs = SILENT_MS, lingerMs = LINGER_MS }: OrderlyServerOptions = {},
  ) {
    // Node's own limit for a whole request knows no exception.
    super({ requestTimeout: 0, headersTimeout: requestTimeoutMs, keepAliveTimeout: KEEP_ALIVE_MS }, handle)
    this.setTimeout(silentMs)
    this.#lingerMs = lingerMs
    const look = () => this.#cutSlow(requestTimeoutMs)
    this.once('listening', () => {
      const timer = setInterval(look, Math.min(LOOK_EVERY_MS, requestTimeoutMs / 2)).unref()
      this.once('close', () => clearInterval(timer))
    })
  }

  // Everybody who listens, and whoever replaces the listeners as Socket.IO does, hears requests in turn.
  override emit(event: string, ...args: unknown[]): boolean {
    if (event === 'request') return this.#request(args[0] as IncomingMessage, args[1] as ServerResponse)
    if (event === 'upgrade') return this.#upgrade(args[0] as IncomingMessage, args[1] as Socket, args[2] as Buffer)
    if (event === 'connection') this.#connected(args[0] as Socket)
    return super.emit(event, ...args)
  }

  /**
   * Cuts connections on which nothing is being answered: those that have not sent a whole request, and those that were
   * upgraded, whatever they wait for.
   */
  cutUnasked(): void {
    for (const [socket, { answering }] of this.#connections)
      if (!answering || !(answering.req.complete || unhurried.has(answering.req))) socket.destroy()
  }

  /** Cuts every connection but those whose request may take its time, and is still being answered. */
  cutHurried(): void {
    for (const [socket, { answering }] of this.#connections)
      if (!answering || !unhurried.has(answering.req)) socket.destroy()
  }

  /** Cuts every connection. */
  cutAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  #connected(socket: Socket): void {
    if (this.#connections.has(socket)) return
    this.#connections.set(socket, { answering: undefined, waiting: [] })
    socket.once('close', () => this.#connections.delete(socket))
  }

  #request(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    // What it sent before it was cut off.
    if (socket.destroyed) return true
    const connection = this.#connections.get(socket)
    if (connection) connection.last = { request, at: performance.now() }
    if (!connection?.answering) this.#answer(connection, request, response)
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push([request, response])
    else socket.destroy()
    return true
  }

  /** As Node does it with its own limit. */
  #cutSlow(requestTimeoutMs: number): void {
    const before = performance.now() - requestTimeoutMs
    for (const [socket, { answering, last }] of this.#connections) {
      if (!last || last.request.complete || last.at > before) continue
      if (unhurried.has(last.request) && answering?.req === last.request) continue
      const err = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
      if (!this.emit('clientError', err, socket)) socket.destroy()
    }
  }

  #answer(connection: Connection | undefined, request: IncomingMessage, response: ServerResponse): void {
    for (const name in securityHeaders) response.setHeader(name, securityHeaders[name]!)
    if (connection) {
      connection.answering = response
      response.once('close', () => this.#answered(connection, request.socket))
    }
    response.once('finish', () => this.#linger(request))
    super.emit('request', request, response)
  }

  /** To cut at once would take the answer from a caller who has not read it yet. */
  #linger(request: IncomingMessage): void {
    if (request.complete || request.headers['content-length'] !== undefined) return
    const timer = setTimeout(() => request.complete || request.socket.destroy(), this.#lingerMs).unref()
    request.once('close', () => clearTimeout(timer))
  }

  #answered(connection: Connection, socket: Socket): void {
    connection.answering = undefined
    const next = connection.waiting.shift()
    if (next && !socket.destroyed) this.#answer(connection, ...next)
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): boolean {
    // Its bytes would mix with those of the answer under way.
    if (this.#connections.get(socket)?.answering) {
      socket.destroy()
      return true
    }
    if (request.headers.upgrade?.toLowerCase() === 'websocket' && SOCKET_PATH.test(request.url ?? '')) {
      this.#connections.set(socket, UPGRADED)
      return super.emit('upgrade', request, socket, head)
    }
    // Node has given the connection away. It takes it back with the request as if the wish had not been in it.
    socket.unshift(Buffer.concat([Buffer.from(withoutUpgrade(request), 'latin1'), head]))
    return super.emit('connection', socket)
  }
}

/** The head of a request as it was sent, but for what asks for an upgrade. */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    const value = rawHeaders[i + 1]!
    const isConnection = name.toLowerCase() === 'connection'
    const kept = isConnection
      ? value
          .split(',')
          .filter((option) => !isOfUpgrade(option.trim()))
          .join(',')
      : value
    if (isOfUpgrade(name) || (isConnection && kept === '')) continue
    lines.push(`${name}: ${kept}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

const isOfUpgrade = (name: string) => ['upgrade', 'http2-settings'].includes(name.toLowerCase())
