import type { NatsConnection } from '@nats-io/nats-core'
import { errors, NatsConnectionImpl, setTransportFactory } from '@nats-io/nats-core/internal'
import { SetupError } from '@parley/contracts'
import { parseNatsAddress } from './nats-address.ts'
import { HungUpError, mergingTransport } from './nats-transport.ts'
import { unavailable } from './unavailable.ts'

/** Where a NATS server is, and as whom to join it. */
export interface NatsLogin {
  /** `nats://host:4222`, with `user:pass@` before the host if need be; several with commas between. */
  servers: string | readonly string[]
  /** Shown in the server's list of connections. */
  name: string
  user?: string
  pass?: string
  /** Where permissions narrow the inboxes of this user. */
  inboxPrefix?: string
  /** The server does not send back what this connection publishes. */
  noEcho?: boolean
}

/** Joins for good: reconnects however long that takes. The first attempt rejects with what to correct, credentials left out: `unavailable` when it may be too early. */
export async function dialNats({
  servers,
  name,
  user,
  pass,
  inboxPrefix,
  noEcho = false,
}: NatsLogin): Promise<NatsConnection> {
  const address = parseNatsAddress(servers)
  const credentials = user === undefined ? address : { user, pass }
  // The library has one for the whole process, and its own `connect` sets it to another.
  setTransportFactory(mergingTransport)
  try {
    return await NatsConnectionImpl.connect({
      servers: address.servers,
      name,
      ...(credentials.user !== undefined && { user: credentials.user }),
      ...(credentials.pass !== undefined && { pass: credentials.pass }),
      ...(user === undefined && address.token !== undefined && { token: address.token }),
      ...(inboxPrefix !== undefined && { inboxPrefix }),
      ...(address.tls && { tls: {} }),
      timeout: 5_000,
      noEcho,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      // A user that is being changed on the server is refused for a while, not for ever.
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
    })
  } catch (err) {
    const at = address.servers.map((server) => `nats://${server}`).join(', ')
    const message = `No connection to NATS at ${at}: ${reasonOf(err)}`
    throw mayPass(err) ? unavailable(message, err) : new SetupError(message, { cause: err })
  }
}

const codeOf = (err: unknown) => (err as { code?: unknown } | null)?.code

/** A server that is still to come up, is about to go, or is too busy to hear who we are; what it refuses stays refused. */
function mayPass(err: unknown): boolean {
  return (
    err instanceof errors.TimeoutError ||
    err instanceof HungUpError ||
    isLoginTimeout(err) ||
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE'].includes(
      String(codeOf(err)),
    )
  )
}

/** The client takes it for a refusal, but the server has only waited in vain for the login, by its `authorization.timeout`. */
const isLoginTimeout = (err: unknown) =>
  err instanceof errors.AuthorizationError && /authentication timeout/i.test(err.message)

export function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  if (codeOf(err) === 'ECONNREFUSED') return 'nothing listens there. Start nats-server, or correct the address.'
  if (codeOf(err) === 'ENOTFOUND' || codeOf(err) === 'EAI_AGAIN')
    return 'there is no host of that name. Correct the address.'
  if (err instanceof errors.TimeoutError)
    return 'it does not answer. Is that address a NATS server, and is it reachable from here?'
  if (isLoginTimeout(err)) return 'it had no login from us in time. Is it, or this machine, too busy?'
  if (err instanceof errors.AuthorizationError)
    return 'it refuses this user and password. Correct them in the address or in the server.'
  return err.message
}
