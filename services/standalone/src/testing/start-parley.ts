import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { startLocalServer } from '@parley/testkit'

/** A Parley for a test alone: everything in one process, on a port and with a database of its own, which go with it. */
export interface TestParley extends AsyncDisposable {
  readonly url: string
  /** A token that is accepted there. `claims` beside the user's id: `{ role: 'provider', name: 'Ben' }`. */
  token(userId: string, claims?: Record<string, unknown>): string
  /** Asks as somebody: `await ana('POST', '/v1/messages', { ... })` resolves to what is answered, and rejects where it is refused. */
  as(userId: string, claims?: Record<string, unknown>): Ask
  /** Every event from here on, of these types (`['message.*']`; without them of all), as a webhook of yours gets it. */
  events(types?: string[]): Promise<TestEvents>
  /** Ends it and removes its data. Can be called twice. */
  stop(): Promise<void>
}

export type Ask = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>

/** What a webhook is sent. */
export interface TestEvent {
  id: string
  type: string
  conversationId: string | null
  data: Record<string, unknown>
}

export interface TestEvents {
  /** The first one of this type that was not taken yet, once it is there. Rejects where none comes in ten seconds. */
  next(type: string): Promise<TestEvent>
}

const EVENT_MS = 10_000
const main = fileURLToPath(new URL('../main.js', import.meta.url)).replace(/([\\/])src\1main\.js$/, '$1dist$1main.js')

/**
 * Starts Parley for a test, from the built services. `settings` are those of the README's table. Nothing of the caller's environment
 * counts: it embeds its database and its bus.
 */
export async function startParley({ settings = {} }: { settings?: Record<string, string> } = {}): Promise<TestParley> {
  const secret = randomBytes(32).toString('hex')
  const receivers: AsyncDisposable[] = []
  const server = await startLocalServer({
    name: 'standalone',
    program: '/usr/bin/env',
    args: ({ port, data }) => ['-i', ...assignments({ PORT: String(port), PARLEY_DATA: data }), process.execPath, main],
    url: (port) => `http://127.0.0.1:${port}`,
    ready: /Parley is ready/,
    stopSignal: 'SIGKILL',
    restartSignal: 'SIGTERM',
  })
  function assignments(own: Record<string, string>): string[] {
    const all = { NODE_ENV: 'test', WEBHOOK_ALLOW_PRIVATE: 'true', JWT_SECRET: secret, ...settings, ...own }
    return Object.entries(all).map(([name, value]) => `${name}=${value}`)
  }
  const token = (userId: string, claims: Record<string, unknown> = {}) => sign({ ...claims, sub: userId }, secret)
  const as = (userId: string, claims: Record<string, unknown> = {}): Ask =>
    askWith(server.url, token(userId, { name: userId, ...claims }))
  const stop = async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver[Symbol.asyncDispose]()))
    await server.stop()
  }
  return {
    url: server.url,
    token,
    as,
    async events(types = ['*']) {
      const receiver = await receiveEvents()
      receivers.push(receiver)
      await as('backend', { role: 'service' })('POST', '/v1/webhooks', { url: receiver.url, events: types })
      return receiver
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** RFC 7519, signed with HS256. */
function sign(claims: Record<string, unknown>, secret: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: now, exp: now + 3_600, ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function askWith(url: string, token: string): Ask {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text && JSON.parse(text)
  }
}

async function receiveEvents(): Promise<TestEvents & AsyncDisposable & { url: string }> {
  const waiting: TestEvent[] = []
  const seen = new Set<string>()
  const arrivals = new EventTarget()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const event = JSON.parse(body) as TestEvent
    // at least once: the same may come again
    if (!seen.has(event.id)) waiting.push(event)
    seen.add(event.id)
    response.writeHead(204).end()
    arrivals.dispatchEvent(new Event('arrival'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async next(type) {
      const late = AbortSignal.timeout(EVENT_MS)
      for (;;) {
        const at = waiting.findIndex((event) => event.type === type)
        const [found] = at < 0 ? [] : waiting.splice(at, 1)
        if (found) return found
        await once(arrivals, 'arrival', { signal: late }).catch(() => {
          const came = waiting.map((event) => event.type).join(', ') || 'nothing'
          throw new Error(`No ${type} within ${EVENT_MS / 1000} s; what came: ${came}`)
        })
      }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
