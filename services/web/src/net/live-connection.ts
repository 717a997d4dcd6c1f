import type {
  Ack,
  ClientEventName,
  ClientToServer,
  ErrorBody,
  HandshakeSync,
  ServerEvent,
  ServerEventName,
  ServerToClient,
} from '@parley/contracts'
import { io, type Socket } from 'socket.io-client'
import type { ConnectionState } from '../chat/chat-state.ts'
import { isRefusal, notReached, type OnRefused, RequestFailure } from './request-failure.ts'
import { besidePage } from './site.ts'

type Input<N extends ClientEventName> = Parameters<ClientToServer[N]>[0]
type Reply<N extends ClientEventName> = Parameters<Parameters<ClientToServer[N]>[1]>[0]
type Output<N extends ClientEventName> = Extract<Reply<N>, { ok: true }>['data']

/** How long an acknowledgement may take. */
const ACK_TIMEOUT_MS = 6000
/** After so many vain attempts the page says that the server cannot be reached instead of "reconnecting". */
const ATTEMPTS_BEFORE_UNREACHABLE = 3

/** The socket needs nobody's order to be served anywhere: it asks, gets an answer or a `RequestFailure`, and reconnects. */
export interface LiveConnection extends Disposable {
  readonly connected: boolean
  request<N extends ClientEventName>(name: N, input: Input<N>): Promise<Output<N>>
}

export interface LiveListener {
  onState(state: ConnectionState): void
  onEvent<N extends ServerEventName>(name: N, data: ServerEvent<N>): void
  /** The server refuses this token for good. */
  onRefused: OnRefused
  /** What a new connection asks for at once; its `ready` has the answer. */
  missed(): HandshakeSync | undefined
}

export function connectLive(token: string, listener: LiveListener): LiveConnection {
  const socket: Socket<ServerToClient, ClientToServer> = io({
    path: besidePage('/socket.io'),
    auth: (show) => {
      const sync = isAsking ? listener.missed() : undefined
      show({ token, ...(sync && { sync }) })
    },
    // WebSocket needs no sticky session; polling would.
    transports: ['websocket'],
    autoConnect: false,
    reconnectionDelay: 400,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
  })
  let vain = 0
  let reopen: ReturnType<typeof setTimeout> | undefined
  let disposed = false
  let isOver = false
  /** A question that is refused keeps nobody out: the next connection is made without. */
  let isAsking = true

  const reconnectSoon = (ms: number) => {
    clearTimeout(reopen)
    reopen = setTimeout(() => !disposed && socket.connect(), ms)
  }
  const away = () => {
    if (!navigator.onLine) return 'offline'
    return vain < ATTEMPTS_BEFORE_UNREACHABLE ? 'reconnecting' : 'unreachable'
  }

  socket.onAny((name: ServerEventName, data) => {
    if (name === 'ready') {
      vain = 0
      listener.onState('online')
    }
    listener.onEvent(name, data)
  })
  socket.on('server_draining', ({ reconnectInMs }) => {
    setTimeout(() => {
      if (!disposed) socket.disconnect().connect()
    }, reconnectInMs)
  })
  socket.on('session_ended', ({ reason }) => {
    isOver = true
    if (reason === 'disabled') listener.onRefused('This account is disabled', 'forbidden')
    else listener.onRefused('You were signed out', 'unauthenticated', reason)
  })
  socket.on('disconnect', (reason) => {
    if (disposed || isOver) return
    listener.onState(away())
    // The server closed it on purpose, and then the client library does not reconnect by itself.
    if (reason === 'io server disconnect') reconnectSoon(500 + Math.random() * 1000)
  })
  socket.on('connect_error', (err) => {
    if (disposed) return
    vain++
    const refusal = (err as Error & { data?: Partial<ErrorBody> }).data
    isAsking = refusal?.code !== 'invalid_input'
    if (isRefusal(refusal?.code)) return listener.onRefused(refusal.message ?? err.message, refusal.code)
    listener.onState(away())
    if (!socket.active) reconnectSoon(refusal?.retryAfterMs ?? 2000 + Math.random() * 1000)
  })
  // Even a socket that says it is connected may have died with the network; a fresh one is sure, and costs one sync.
  const onOnline = () => {
    vain = 0
    socket.disconnect().connect()
  }
  const onOffline = () => listener.onState('offline')
  window.addEventListener('online', onOnline)
  window.addEventListener('offline', onOffline)
  socket.connect()

  return {
    get connected() {
      return socket.connected
    },
    async request(name, input) {
      // The library would keep it and send it later, beside our own retry.
      if (!socket.connected) throw notReached()
      let reply: Ack<unknown>
      try {
        // The event maps relate name, input and reply; the library's overloads lose the relation for a generic name.
        reply = await (socket.timeout(ACK_TIMEOUT_MS) as unknown as Emitter).emitWithAck(name, input)
      } catch {
        throw socket.connected
          ? new RequestFailure('timeout', 'The server took too long to answer')
          : new RequestFailure('disconnected', 'The connection was lost')
      }
      if (reply.ok) return reply.data as Output<typeof name>
      throw new RequestFailure(reply.error.code, reply.error.message, reply.error.retryAfterMs)
    },
    [Symbol.dispose]() {
      disposed = true
      clearTimeout(reopen)
      window.removeEventListener('online', onOnline)
      window.removeEventListener('offline', onOffline)
      socket.disconnect()
    },
  }
}

interface Emitter {
  emitWithAck(name: string, input: unknown): Promise<Ack<unknown>>
}
