import { once } from 'node:events'
import { Agent, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { OrderlyServer, takeTimeFor } from '@parley/runtime'
import { createProxyServer, proxyUpgrade } from 'httpxy'
import { cookieOf, gatewayAffinity, gatewayCookie } from './gateway-affinity.ts'
import { serveStatic } from './static-files.ts'
import { type Upstream, type UpstreamPool, type Upstreams, watchUpstreams } from './upstreams.ts'

export interface ProxyOptions {
  conversations: Upstreams
  gateways: Upstreams
  storages: Upstreams
  notifiers: Upstreams
  host: string
  /** 0: any free one. */
  port: number
  /** The built web page; without it `/` goes to the conversation service like everything else. */
  webFolder?: string | undefined
}

export interface EdgeProxy {
  readonly url: string
  /** Asks every upstream for its readiness now, and not only within the next half second. */
  check(): Promise<void>
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>
}

/** Bodies up to this size are held until an upstream has taken them, so that they can be offered to another. */
const HELD_BODY_BYTES = 256 * 1024
const CONNECT_MS = 2_000
/** Bounds also how long a client's leaving goes unnoticed: nobody reads from it before the gateway has answered. */
const UPGRADE_MS = 10_000
const ANSWER_MS = 120_000

/**
 * One port for all processes. `/socket.io/` goes to a gateway: long polling always to the same one, WebSockets to
 * whichever is next. Attachments and pictures go to the storage processes in turn, and
 * what concerns notifications and webhooks to the notification workers. Files of the web page come from disk. Everything else goes to the
 * conversation replicas in turn.
 * Processes that are not ready are passed over, and a request whose process turns out to be gone, or hung, goes to the
 * next one.
 *
 * It is a program of ours and not haproxy or nginx because it then works wherever Node does: nothing to install, no
 * root, no configuration to generate. The library moves the bytes; what is written here is only the choice of a process.
 */
export async function startProxy(options: ProxyOptions): Promise<EdgeProxy> {
  const agents = new Map<string, Agent>()
  // Unbounded: a waiting long poll holds its connection, and the default of 256 would make others queue behind it.
  const agentFor = (url: string) => {
    const agent = agents.get(url) ?? new Agent({ keepAlive: true })
    agents.set(url, agent)
    return agent
  }
  // What hangs there is offered to another, if it may be.
  const cut = ({ url }: Upstream) => agentFor(url).destroy()
  const forget = () => forgetUnlisted(agents, new Set(Object.values(pools).flatMap((pool) => pool.urls())))
  const conversations = watchUpstreams(options.conversations, cut, forget)
  const gateways = watchUpstreams(options.gateways, undefined, forget)
  const storages = watchUpstreams(options.storages, cut, forget)
  const notifiers = watchUpstreams(options.notifiers, cut, forget)
  const pools = { conversations, gateways, storages, notifiers }
  const stopAll = () => {
    for (const pool of Object.values(pools)) pool.stop()
  }
  const checkAll = async () => {
    await Promise.all(Object.values(pools).map((pool) => pool.check()))
  }
  const affinity = gatewayAffinity()
  const forwarder = createProxyServer({ proxyTimeout: ANSWER_MS })
  const chosen = new WeakMap<IncomingMessage, Upstream>()
  forwarder.on('proxyRes', (answer, request) => {
    const gateway = isSocketIo(request) ? chosen.get(request)?.name : undefined
    if (gateway === undefined) return
    affinity.learn(request, answer, gateway)
    if (cookieOf(request) === gateway) return
    answer.headers['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), gatewayCookie(gateway)]
  })

  async function forward(pool: UpstreamPool, request: IncomingMessage, response: ServerResponse): Promise<void> {
    addForwarded(request)
    const body = await holdBody(request)
    // Whoever takes it knows how long it may take.
    if (body === undefined) takeTimeFor(request)
    for (const upstream of pool.candidates(pool === gateways ? affinity.gatewayOf(request) : undefined)) {
      chosen.set(request, upstream)
      try {
        const attempt = body === undefined ? {} : { buffer: Readable.from(body.length > 0 ? [body] : []) }
        await forwarder.web(request, response, { target: upstream.url, agent: agentFor(upstream.url), ...attempt })
        return
      } catch (error) {
        if (response.headersSent || response.destroyed) return void response.destroy()
        if (isUnreachable(error)) pool.failed(upstream.name)
        if (body === undefined || !mayTryAnother(request, error)) break
      }
    }
    const problem = { type: 'about:blank', title: 'Bad Gateway', status: 502, code: 'unavailable' }
    sayJson(response, 502, problem, 'application/problem+json')
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/healthz') return sayJson(response, 200, { status: 'ok' })
    if (request.url === '/readyz') return sayReadiness(response, pools)
    if (isSocketIo(request)) return await forward(gateways, request, response)
    if (isOfStorage(request)) return await forward(storages, request, response)
    if (isOfNotifier(request)) return await forward(notifiers, request, response)
    if (options.webFolder && (await serveStatic(options.webFolder, request, response))) return
    await forward(conversations, request, response)
  }

  const server = new OrderlyServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const upgraded = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    // A client may vanish at any time, and an error event that nobody hears ends the process.
    socket.on('error', () => socket.destroy())
    upgrade(gateways, affinity.gatewayOf(request), request, socket, head).catch(() => socket.destroy())
  })
  // Who is behind a name is known before the first request.
  const kinds = Object.keys(pools) as (keyof typeof pools)[]
  await Promise.all(kinds.filter((kind) => typeof options[kind] === 'function').map((kind) => pools[kind].check()))
  server.listen(options.port, options.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    stopAll()
    throw error
  }
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  const host = options.host === '0.0.0.0' || options.host === '::' ? 'localhost' : options.host
  return {
    url: `http://${host}:${port}`,
    check: checkAll,
    async close() {
      stopAll()
      const closed = once(server, 'close')
      server.close()
      server.cutAll()
      for (const socket of upgraded) socket.destroy()
      await closed
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

/** Of processes that are gone: what they still answer comes to its end, and nothing is kept for another request. */
function forgetUnlisted(agents: Map<string, Agent>, listed: ReadonlySet<string>): void {
  for (const [url, agent] of agents) {
    if (listed.has(url)) continue
    agents.delete(url)
    agent.maxFreeSockets = 0
    for (const socket of Object.values(agent.freeSockets).flatMap((idle) => idle ?? [])) socket.destroy()
  }
}

/**
 * Ready where of each kind there is a process that is; in the form of any service's own answer. For whoever waits until everything is
 * up: a balancer asks `/healthz`, since the page and what is there are served without the rest.
 */
function sayReadiness(response: ServerResponse, pools: Record<string, UpstreamPool>): void {
  const checks = Object.fromEntries(Object.entries(pools).map(([kind, pool]) => [kind, { ok: pool.hasReady() }]))
  const ok = Object.values(checks).every((check) => check.ok)
  sayJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', checks })
}

function sayJson(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type })
  response.end(JSON.stringify(body))
}

/**
 * Hands a WebSocket to the first gateway that accepts a connection. The connection is made here, because the library
 * gives up on the client's socket with the first gateway that refuses; it then talks over the one that we made.
 */
async function upgrade(
  gateways: UpstreamPool,
  preferred: string | undefined,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  addForwarded(request)
  for (const gateway of gateways.candidates(preferred)) {
    const upstream = await connectTo(gateway.url).catch(() => undefined)
    if (!upstream) {
      gateways.failed(gateway.name)
      continue
    }
    upstream.on('error', () => {})
    // The library only half-closes it, which leaves the end to a gateway that may be hung.
    socket.once('close', () => upstream.destroy())
    // It rejects when the gateway answers something else than an upgrade, having passed that answer on.
    await proxyUpgrade(gateway.url, request, socket, head, {
      agent: agentOf(upstream),
      xfwd: false,
      upgradeTimeout: UPGRADE_MS,
    }).catch(() => {})
    return
  }
  socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
}

/**
 * Adds what is seen here to what stands in `X-Forwarded-*` already, once for each request: services count from the end, as many
 * entries as there are proxies that they believe, and a client may write what it likes before those. The library keeps to
 * what a client wrote where there is something.
 */
function addForwarded({ headers, socket }: IncomingMessage): void {
  const seen = { for: socket.remoteAddress, host: headers.host, port: socket.localPort, proto: 'http' }
  for (const [what, value = ''] of Object.entries(seen)) {
    const name = `x-forwarded-${what}`
    headers[name] = headers[name] ? `${headers[name]}, ${value}` : `${value}`
  }
}

async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** An agent for one request, over a connection that stands already. */
function agentOf(socket: Socket): Agent {
  const agent = new Agent()
  agent.createConnection = () => socket
  return agent
}

/** The body, if it is small and of a known length; undefined if it has to be streamed, and so can be sent only once. */
async function holdBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const length = request.headers['content-length']
  if (length === undefined) return request.headers['transfer-encoding'] === undefined ? Buffer.alloc(0) : undefined
  if (Number(length) > HELD_BODY_BYTES) return undefined
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function isSocketIo(request: IncomingMessage): boolean {
  return /^\/socket\.io(\/|\?|$)/.test(request.url ?? '')
}

/** What the notification worker answers: what somebody was told, how they want to be, and webhooks. */
function isOfNotifier(request: IncomingMessage): boolean {
  return /^\/(v1\/(notifications|push-key|me\/(devices|notification-preferences)|conversations\/[^/?]+\/notification-level|webhooks|admin\/(notifications|dead-letters))([/?]|$)|dev\/sink)/.test(
    request.url ?? '',
  )
}

/** Files and pictures, and what admins do with them. */
function isOfStorage(request: IncomingMessage): boolean {
  return /^\/v1\/(attachments|pictures|admin\/users\/[^/?]+\/attachments)([/?]|$)/.test(request.url ?? '')
}

/**
 * A refused connection means that nobody saw the request: any may go elsewhere. After a cut one, only a request that may
 * be carried out twice: by its method (RFC 9110, 9.2.2), or because it carries a key that makes it so.
 */
function mayTryAnother(request: IncomingMessage, error: unknown): boolean {
  const isRepeatable =
    ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(request.method ?? '') ||
    request.headers['idempotency-key'] !== undefined
  return codeOf(error) === 'ECONNREFUSED' || (isRepeatable && isUnreachable(error))
}

function isUnreachable(error: unknown): boolean {
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
