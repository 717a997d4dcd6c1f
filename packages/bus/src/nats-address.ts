export interface NatsAddress {
  /** host:port, as the client wants them and as a log may show them. */
  servers: string[]
  tls: boolean
  user?: string
  pass?: string
  token?: string
}

/**
 * Reads `nats://user:pass@host:4222`, or several of them with commas between. The client library takes credentials only
 * as options, and an address that holds them must not reach a log.
 */
export function parseNatsAddress(servers: string | readonly string[]): NatsAddress {
  const urls = (typeof servers === 'string' ? servers.split(',') : servers).map((server) => parse(server.trim()))
  const named = urls.find((url) => url.username !== '')
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    tls: urls.some(({ protocol }) => protocol === 'tls:'),
    ...(named && credentials(decodeURIComponent(named.username), decodeURIComponent(named.password))),
  }
}

const credentials = (user: string, pass: string) => (pass === '' ? { token: user } : { user, pass })

function parse(server: string): URL {
  try {
    return new URL(server.includes('://') ? server : `nats://${server}`)
  } catch {
    throw new TypeError('A NATS server is given as nats://host:4222 or nats://user:pass@host:4222')
  }
}
