import { lookup } from 'node:dns/promises'
import { createConnection, type Socket } from 'node:net'
import { connect as secure, TLSSocket } from 'node:tls'
import {
  type ConnectionOptions,
  errors,
  type Server,
  type ServerInfo,
  type Transport,
  type TransportFactory,
} from '@nats-io/nats-core/internal'

/** It took the connection and ended it before it was one: it is starting, or going. */
export class HungUpError extends errors.ConnectionError {
  constructor() {
    super('the server has hung up')
  }
}

/** The first that a server says: what it is, and what it wants. */
const INFO = /^INFO (\{.*\})\s*\r\n/i
const MAX_INFO_BYTES = 1024 * 1024

/**
 * TCP, with TLS where the server or the options want it, as the client library asks for it (`Transport`). Two things are
 * other than in the library's own for Node:
 *
 * - What is written in one turn of the event loop leaves in one system call. Written one by one, a reply, the live
 *   envelope and the events of a commit would each wake the server, and every receiver.
 * - `disconnect` drops the socket without a good-bye. A server that is frozen takes none, and our writes would pile up in
 *   memory for as long as TCP keeps trying.
 */
class MergingTransport implements Transport {
  readonly lang = 'nats.js'
  readonly version = '3'
  closeError?: Error
  #socket: Socket | undefined
  /** The client has been told that it is connected, so it has to be told of the end. */
  #isConnected = false
  #isClosed = false
  #isHeld = false
  #frames: Uint8Array[] = []
  #wakeReader = () => {}
  #tellClosed: (err: Error | undefined) => void = () => {}
  readonly #closed = new Promise<Error | undefined>((resolve) => {
    this.#tellClosed = resolve
  })

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Rejects with what the system says (`ECONNREFUSED`, a certificate that nobody trusts), or a ConnectionError: a HungUpError where the server ends it. */
  async connect({ hostname, port, tlsName }: Server, { tls }: ConnectionOptions): Promise<void> {
    const plain = createConnection({ host: hostname, port, noDelay: true })
    this.#follow(plain)
    await happened(plain, 'connect')
    const info = await this.#readInfo()
    if (info.tls_required || (info.tls_available && tls !== null)) {
      plain.removeAllListeners('data')
      // Certificates of our own are not among our settings: those that Node trusts are.
      const encrypted = secure({ socket: plain, servername: tlsName })
      this.#follow(encrypted)
      await happened(encrypted, 'secureConnect')
    } else if (tls) throw new errors.ConnectionError('the server does not offer TLS')
    this.#isConnected = !this.#isClosed
  }

  send(frame: Uint8Array): void {
    const socket = this.#socket
    if (!socket || this.#isClosed) return
    if (!this.#isHeld) {
      this.#isHeld = true
      socket.cork()
      setImmediate(() => {
        this.#isHeld = false
        socket.uncork()
      })
    }
    socket.write(frame)
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    while (true) {
      const frames = this.#frames
      this.#frames = []
      for (const frame of frames) yield frame
      if (this.#isClosed) return
      if (this.#frames.length === 0) await this.#moreFrames()
    }
  }

  isEncrypted(): boolean {
    return this.#socket instanceof TLSSocket
  }

  async close(err?: Error): Promise<void> {
    this.#over(err)
  }

  disconnect(): void {
    this.#over()
  }

  closed(): Promise<Error | undefined> {
    return this.#closed
  }

  /** Another transport takes over: nothing more is told. */
  discard(): void {
    this.#isConnected = false
    this.#frames = []
    this.#over()
  }

  #follow(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (frame: Uint8Array) => {
      this.#frames.push(frame)
      this.#wakeReader()
    })
    let failure: Error | undefined
    socket.on('error', (err) => {
      failure = err
    })
    socket.on('close', () => this.#over(failure))
  }

  #over(err?: Error): void {
    this.#socket?.destroy()
    if (this.#isClosed) return
    this.#isClosed = true
    if (err) this.closeError = err
    this.#wakeReader()
    if (this.#isConnected) this.#tellClosed(err)
  }

  /** Reads it and leaves it to the client, who wants it too. */
  async #readInfo(): Promise<Partial<ServerInfo>> {
    while (!this.#isClosed) {
      const said = Buffer.concat(this.#frames)
      if (said.includes('\r\n')) {
        const [, info] = INFO.exec(said.toString()) ?? []
        if (info !== undefined) return JSON.parse(info)
      }
      if (said.includes('\r\n') || said.length > MAX_INFO_BYTES)
        throw new errors.ConnectionError('what answers is no NATS server')
      await this.#moreFrames()
    }
    throw this.closeError ?? new HungUpError()
  }

  #moreFrames(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve
    })
  }
}

function happened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(new HungUpError()))
  })
}

export const mergingTransport: TransportFactory = {
  factory: () => new MergingTransport(),
  // A name may stand for several servers.
  dnsResolveFn: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
}
