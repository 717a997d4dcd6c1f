import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'
import { LRUCache } from 'lru-cache'

/** Whether the proxy with this address is believed; `hop` counts from the nearest, which is 0. */
export type Trust = (address: string, hop: number) => boolean

/** What TRUST_PROXY says: the addresses and networks of the proxies, or how many there are. False: nobody is believed. */
export function trustedProxies(proxies: readonly string[]): Trust | false {
  const [first] = proxies
  if (first === undefined) return false
  if (proxies.length === 1 && /^\d$/.test(first)) return (_address, hop) => hop < Number(first)
  return proxyAddress.compile([...proxies])
}

/**
 * Who sent a request, by the nearest address that is no trusted proxy; a client may write what it likes before that.
 * Undefined where there is none: over a Unix socket, or when the connection is gone.
 */
export function clientAddress(request: IncomingMessage, trust: Trust | false): string | undefined {
  const address = trust ? proxyAddress(request, trust) : request.socket.remoteAddress
  return address === undefined ? undefined : bare(address)
}

/** The site that a request was sent to, as the client knows it. */
export interface Site {
  host: string | undefined
  /** Undefined where nobody who is believed says it. */
  protocol: string | undefined
}

/**
 * By the request's own Host, or by what the farthest trusted proxy says in `X-Forwarded-Host` and `-Proto`. In front of
 * the entries of trusted proxies a client may have written what it likes.
 */
export function siteOf(request: IncomingMessage, trust: Trust | false): Site {
  const { headers, socket } = request
  const own = { host: headers.host, protocol: undefined }
  if (trust === false || !trust(socket.remoteAddress ?? '', 0)) return own
  const proxies = Math.max(1, proxyAddress.all(request, trust).length - 1)
  const said = (name: string) => {
    const entries = headers[name]?.toString().split(',') ?? []
    return entries[Math.max(0, entries.length - proxies)]?.trim() || undefined
  }
  // some say `wss` for a WebSocket's handshake
  const protocol = said('x-forwarded-proto')?.toLowerCase().replace(/^ws/, 'http')
  return { host: said('x-forwarded-host') ?? own.host, protocol }
}

/** An address without what may come with it: the port that some proxies add, or IPv6's form of an IPv4 address. */
function bare(address: string): string {
  return address
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=[\d.]+$)/i, '')
    .replace(/%.*$/, '')
}

const nobodyOutside = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  // RFC 6598: between a provider and its customers, and what several clouds give to the pods of a cluster.
  ['100.64.0.0', 10],
] as const)
  nobodyOutside.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::1', 128],
  ['fe80::', 10],
  ['fc00::', 7],
] as const)
  nobodyOutside.addSubnet(network, bits, 'ipv6')

const MAX_REMEMBERED = 5_000
/** To look costs more than to know a token, and addresses come again and again. */
const remembered = new LRUCache<string, boolean>({ max: MAX_REMEMBERED })

/** False for loopback, link-local and private addresses, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  let isPublic = remembered.get(address)
  if (isPublic === undefined) {
    const version = isIP(address)
    isPublic = version !== 0 && !nobodyOutside.check(address, version === 6 ? 'ipv6' : 'ipv4')
    remembered.set(address, isPublic)
  }
  return isPublic
}
