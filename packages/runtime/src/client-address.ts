import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import proxyAddress from '@fastify/proxy-addr'

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

/** False for loopback, link-local and private addresses, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !nobodyOutside.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
