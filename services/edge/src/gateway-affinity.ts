import type { IncomingMessage } from 'node:http'

const GATEWAY_COOKIE = 'parley_gateway'

/** Long-polling sessions whose gateway is remembered; the oldest go first. */
const REMEMBERED = 10_000

/** The part of a polling handshake that names the session: `0{"sid":"...",...}`. */
const SESSION = /^0\{"sid":"([\w-]+)"/

/**
 * Which gateway a Socket.IO request belongs to. All requests of a long-polling session must reach the process that holds
 * it. Browsers are bound by a cookie. Programs without a cookie jar (socket.io-client in Node) are bound by the session
 * id, which is read from the first answer as it passes.
 */
export function gatewayAffinity() {
  const bySession = new Map<string, string>()
  return {
    /** The gateway's name, if the request is bound to one. */
    gatewayOf(request: IncomingMessage): string | undefined {
      const session = sessionOf(request)
      return (session && bySession.get(session)) || cookieOf(request)
    },
    /** Looks at an answer on its way back to the client. */
    learn(request: IncomingMessage, response: IncomingMessage, gateway: string): void {
      if (request.method !== 'GET' || sessionOf(request) !== undefined || response.statusCode !== 200) return
      response.once('data', (chunk: Buffer) => {
        const session = SESSION.exec(chunk.toString('latin1', 0, 200))?.[1]
        if (!session) return
        bySession.set(session, gateway)
        if (bySession.size > REMEMBERED) bySession.delete(bySession.keys().next().value ?? '')
      })
    },
  }
}

/** The header that binds a browser to a gateway for as long as the browser runs. */
export function gatewayCookie(gateway: string): string {
  return `${GATEWAY_COOKIE}=${gateway}; Path=/socket.io; HttpOnly; SameSite=Lax`
}

/** The gateway that the request's cookie names. */
export function cookieOf(request: IncomingMessage): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === GATEWAY_COOKIE) return value
  }
  return undefined
}

function sessionOf(request: IncomingMessage): string | undefined {
  return new URL(request.url ?? '/', 'http://local').searchParams.get('sid') ?? undefined
}
