import { get, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { isIPv6 } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { isOfTheInternet, publicAgents, type Resolver } from '@parley/runtime'

const MAX_REDIRECTS = 3
const MAX_URL_LENGTH = 2_048

export interface PublicFetchOptions {
  /** How it calls itself. */
  userAgent: string
  resolver?: Resolver
  /** Addresses that are connected to though they are not public, on any port: for tests. */
  allowed?: string[]
}

/** A page or picture as it begins to come. Its bytes are unpacked; whoever stops reading them hangs up. */
export interface PublicAnswer {
  /** Where it was found in the end. */
  url: URL
  /** Lower case, with parameters. */
  contentType: string
  body: Readable
}

/** Gets what anybody on the internet can get; null where there is none, or it may not be asked for. */
export type PublicFetch = (url: URL, accept: string, signal: AbortSignal) => Promise<PublicAnswer | null>

/**
 * A client for addresses that strangers write. It speaks HTTP on its usual ports to public addresses, says nothing of us, keeps no cookies,
 * and looks at every redirect as at the first address.
 */
export function publicFetch({ userAgent, resolver, allowed = [] }: PublicFetchOptions): PublicFetch {
  const agents = publicAgents({ allowed, ...(resolver && { resolver }) })

  async function ask(url: URL, accept: string, signal: AbortSignal): Promise<IncomingMessage | undefined> {
    if (!mayBeAsked(url, allowed)) return undefined
    const tls = url.protocol === 'https:'
    const headers = { 'user-agent': userAgent, accept, 'accept-encoding': 'gzip, deflate, br' }
    return new Promise((resolve, reject) => {
      const request = (tls ? getTls : get)(
        url,
        { agent: agents[tls ? 'https:' : 'http:'], headers, signal, maxHeaderSize: 16 * 1024 },
        resolve,
      )
      request.on('error', reject)
    })
  }

  return async (from, accept, signal) => {
    let url = from
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await ask(url, accept, signal)
      if (!answer) return null
      const { statusCode = 0, headers } = answer
      if (statusCode === 200)
        return { url, contentType: (headers['content-type'] ?? '').toLowerCase(), body: unpacked(answer) }
      answer.destroy()
      const next = statusCode >= 301 && statusCode <= 308 && statusCode !== 304 ? headers.location : undefined
      if (next === undefined || !URL.canParse(next, url.href)) return null
      url = new URL(next, url)
    }
    return null
  }
}

/** Before anything is resolved. Addresses that stand in place of a name are never resolved, and so are looked at here as well. */
function mayBeAsked(url: URL, allowed: readonly string[]): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  if (url.username !== '' || url.password !== '' || url.href.length > MAX_URL_LENGTH) return false
  // No test server listens on a usual port.
  if (url.port !== '' && allowed.length === 0) return false
  return !isIPv6(host) || isOfTheInternet(host) || allowed.includes(host)
}

function unpacked(answer: IncomingMessage): Readable {
  const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }
  const coding = (answer.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (coding === 'identity') return answer
  if (!(coding in unpack)) return answer.destroy(new Error(`An encoding that was not asked for: ${coding}`))
  // What ends early is read as far as it came.
  return pipeline(answer, unpack[coding as keyof typeof unpack](), () => {})
}
