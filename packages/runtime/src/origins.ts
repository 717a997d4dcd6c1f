import type { IncomingMessage } from 'node:http'
import { type Site, siteOf, trustedProxies } from './client-address.ts'

/** Any port of this machine, by its usual names. */
const localhost = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Which pages may call: those of CORS_ORIGINS, and outside production those of this machine, so that a front end in
 * development works without settings. With the request, also a page of the very site that it was sent to, as the client
 * knows it: of proxies that TRUST_PROXY names, what they say of that is believed.
 */
export function originCheck(config: {
  CORS_ORIGINS: readonly string[]
  NODE_ENV: string
  TRUST_PROXY: readonly string[]
}): (origin: string | undefined, request?: IncomingMessage) => boolean {
  const listed = new Set(config.CORS_ORIGINS)
  const everybody = listed.has('*')
  const development = config.NODE_ENV !== 'production'
  const trust = trustedProxies(config.TRUST_PROXY)
  return (origin, request) => {
    // no page sent it: a server, an app, a command line
    if (origin === undefined) return true
    if (everybody || listed.has(origin)) return true
    if (development && localhost.test(origin)) return true
    return request !== undefined && isOf(origin, siteOf(request, trust))
  }
}

/** Where nobody says the protocol, TLS may have ended before us: either is right then. */
function isOf(origin: string, { host, protocol }: Site): boolean {
  if (host === undefined) return false
  return (protocol === undefined ? ['http', 'https'] : [protocol]).some(
    (scheme) => URL.canParse(`${scheme}://${host}`) && new URL(`${scheme}://${host}`).origin === origin,
  )
}
