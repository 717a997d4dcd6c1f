import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { ParleyError } from '@parley/contracts'
import { clientAddress, isPublicAddress, trustedProxies } from './client-address.ts'
import type { RateLimiter } from './rate-limiter.ts'

const WINDOW_MS = 10_000
/** Who guesses tokens is stopped sooner. */
const FAILURE_COST = 10

/**
 * Runs the authentication of a request, unless too much came from its client's address: then `rate_limited`. One that
 * fails as `unauthenticated` counts like ten requests.
 */
export interface AddressGuard {
  <T>(request: IncomingMessage, authenticate: () => Promise<T>): Promise<T>
  /** The first half of it: counts a request, before anybody knows who sent it. */
  count(request: IncomingMessage): Promise<void>
  /** The second half, for a request that was counted: what a failure costs besides. */
  watch<T>(request: IncomingMessage, authenticate: () => Promise<T>): Promise<T>
  /** The client's address, or its network, by which others may limit it too; undefined: it is never limited. */
  addressOf(request: IncomingMessage): string | undefined
}

export interface AddressGuardOptions {
  limiter: RateLimiter
  config: { RATE_LIMIT_IP: number; TRUST_PROXY: readonly string[] }
}

/**
 * Limits what one client address may send, before anything is known of who it is. Addresses that are not public belong
 * to a proxy or to the cluster itself, which speak for many, and are never limited.
 */
export function createAddressGuard({ limiter, config }: AddressGuardOptions): AddressGuard {
  const rule = { points: config.RATE_LIMIT_IP, durationMs: WINDOW_MS }
  const trust = trustedProxies(config.TRUST_PROXY)
  const more = Math.min(FAILURE_COST, rule.points) - 1

  const addressOf = (request: IncomingMessage): string | undefined => {
    const address = clientAddress(request, trust)
    if (address === undefined || !isPublicAddress(address)) return undefined
    return isIPv6(address) ? networkOf(address) : address
  }
  const keyOf = (request: IncomingMessage): string | undefined => {
    const address = rule.points > 0 ? addressOf(request) : undefined
    return address === undefined ? undefined : `address:${address}`
  }
  const watch = async <T>(key: string | undefined, authenticate: () => Promise<T>): Promise<T> => {
    try {
      return await authenticate()
    } catch (err) {
      if (key !== undefined && more > 0 && err instanceof ParleyError && err.code === 'unauthenticated')
        // Not waited for, and when it is too much the next request learns of it.
        limiter.consume(rule, key, more).catch(() => {})
      throw err
    }
  }

  return Object.assign(
    async <T>(request: IncomingMessage, authenticate: () => Promise<T>): Promise<T> => {
      const key = keyOf(request)
      if (key !== undefined) await limiter.consume(rule, key)
      return watch(key, authenticate)
    },
    {
      async count(request: IncomingMessage): Promise<void> {
        const key = keyOf(request)
        if (key !== undefined) await limiter.consume(rule, key)
      },
      addressOf,
      watch: <T>(request: IncomingMessage, authenticate: () => Promise<T>) => watch(keyOf(request), authenticate),
    },
  )
}

/** The first 64 bits: the least that a subscriber is given (RFC 6177), who may use every address in it. */
function networkOf(address: string): string {
  const [before = '', after] = address.split('::')
  const groups = before === '' ? [] : before.split(':')
  if (after !== undefined) {
    const last = after === '' ? [] : after.split(':')
    while (groups.length + last.length < 8) groups.push('0')
    groups.push(...last)
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
