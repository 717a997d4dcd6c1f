import { connect, ErrorCode, type NatsConnection, NatsError } from 'nats'
import { parseNatsAddress } from './nats-address.ts'

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
}

/** Joins for good: reconnects however long that takes. The first attempt rejects with what to correct, credentials left out. */
export async function dialNats({ servers, name, user, pass, inboxPrefix }: NatsLogin): Promise<NatsConnection> {
  const address = parseNatsAddress(servers)
  const credentials = user === undefined ? address : { user, pass }
  try {
    return await connect({
      servers: address.servers,
      name,
      ...(credentials.user !== undefined && { user: credentials.user }),
      ...(credentials.pass !== undefined && { pass: credentials.pass }),
      ...(user === undefined && address.token !== undefined && { token: address.token }),
      ...(inboxPrefix !== undefined && { inboxPrefix }),
      ...(address.tls && { tls: {} }),
      timeout: 5_000,
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
    throw new Error(`No connection to NATS at ${at}: ${reasonOf(err)}`, { cause: err })
  }
}

export function reasonOf(err: unknown): string {
  if (!(err instanceof NatsError)) return err instanceof Error ? err.message : String(err)
  switch (err.code) {
    case ErrorCode.ConnectionRefused:
      return 'nothing listens there. Start nats-server, or correct the address.'
    case ErrorCode.Timeout:
      return 'it does not answer. Is that address a NATS server, and is it reachable from here?'
    case ErrorCode.AuthorizationViolation:
      return 'it refuses this user and password. Correct them in the address or in the server.'
    default:
      return err.message
  }
}
