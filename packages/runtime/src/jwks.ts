import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { ParleyError } from '@parley/contracts'
import { algorithmOf, type PublicKeyAlgorithm } from './signing-keys.ts'

/** After this long a set is fetched anew, in the background: a withdrawn key stops working within it. */
const FRESH_MS = 5 * 60_000
/** How long known keys go on serving while the provider cannot be reached. */
const STALE_MS = 60 * 60_000
/** Unknown key ids cause at most one request in this time: forged tokens must not turn us against the provider. */
const COOLDOWN_MS = 10_000
const FETCH_TIMEOUT_MS = 5_000
const MAX_BYTES = 1024 * 1024

interface ProviderKey {
  id: string | undefined
  algorithm: PublicKeyAlgorithm
  pem: string
}

export interface KeySet {
  /**
   * The PEM of the key that a token's header names. Throws `unauthenticated` where the provider has no such key, and
   * `unavailable` where no key is known and the provider does not answer.
   */
  find(header: { kid?: unknown; alg?: unknown }): Promise<string>
}

/** The key set (RFC 7517) at a URL, kept in memory. Keys of other uses and kinds are left out. */
export function createKeySet(url: string, { cooldownMs = COOLDOWN_MS } = {}): KeySet {
  let keys: ProviderKey[] = []
  let fetchedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  async function fetchKeys(): Promise<void> {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    const text = await response.text()
    if (!response.ok || text.length > MAX_BYTES) throw new Error(`The key set's address answered ${response.status}`)
    const body = JSON.parse(text) as { keys?: unknown }
    if (!Array.isArray(body.keys)) throw new Error('The key set holds no keys')
    keys = body.keys.flatMap(readKey)
    fetchedAt = performance.now()
  }

  /** One request at a time, and none within the cooldown of the last: then it changes nothing. */
  function refresh(): Promise<void> {
    if (fetching) return fetching
    if (performance.now() - attemptedAt < cooldownMs) return Promise.resolve()
    attemptedAt = performance.now()
    fetching = fetchKeys().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  function known(kid: unknown, alg: unknown): string | undefined {
    if (performance.now() - fetchedAt > STALE_MS) return undefined
    const candidates = keys.filter((key) => key.algorithm === alg)
    // RFC 7515 makes `kid` optional; with a single key of the kind there is no doubt which is meant.
    if (kid === undefined) return candidates.length === 1 ? candidates[0]?.pem : undefined
    return candidates.find((key) => key.id === kid)?.pem
  }

  return {
    async find({ kid, alg }) {
      const pem = known(kid, alg)
      if (pem) {
        if (performance.now() - fetchedAt > FRESH_MS) refresh().catch(() => {})
        return pem
      }
      const failure = await refresh().then(
        () => undefined,
        (err: unknown) => err,
      )
      const found = known(kid, alg)
      if (found) return found
      if (failure || performance.now() - fetchedAt > STALE_MS)
        throw new ParleyError('unavailable', 'The identity provider does not answer', {
          retryAfterMs: cooldownMs,
          cause: failure,
        })
      throw new ParleyError('unauthenticated', 'The token is signed with a key that is not known here')
    },
  }
}

function readKey(jwk: JsonWebKey & { kid?: unknown; use?: unknown; alg?: unknown }): ProviderKey[] {
  if (jwk === null || typeof jwk !== 'object' || (jwk.use !== undefined && jwk.use !== 'sig')) return []
  try {
    // Refuses symmetric keys ("oct"): a published one would be no secret.
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const algorithm = algorithmOf(key)
    if (!algorithm || (jwk.alg !== undefined && jwk.alg !== algorithm)) return []
    const id = typeof jwk.kid === 'string' ? jwk.kid : undefined
    return [{ id, algorithm, pem: key.export({ type: 'spki', format: 'pem' }).toString() }]
  } catch {
    return []
  }
}
