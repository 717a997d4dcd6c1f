import fastifyJwt, { type FastifyJWTOptions, type JWT } from '@fastify/jwt'
import { type Actor, MAX_TOKEN_LENGTH, ParleyError } from '@parley/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import type { Static, TObject } from 'typebox'
import { sessionOf, toActor } from './claims.ts'
import { createKeySet } from './jwks.ts'
import type { identitySettings } from './settings.ts'
import { DEVELOPMENT_SECRET, readPublicKeys, type SigningAlgorithm } from './signing-keys.ts'

export type IdentityConfig = Static<TObject<typeof identitySettings>>

/** Who a token is for, and until when; `expiresAt` is in epoch milliseconds, null where a token has no end. */
export interface Identity {
  readonly actor: Readonly<Actor>
  readonly expiresAt: number | null
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Verifies a token, for REST and sockets alike. Throws `unauthenticated`; `unavailable` without the provider. */
    authenticate(token: string | undefined): Promise<Identity>
    /** An onRequest hook: `request.actor` from `Authorization: Bearer`, or `unauthenticated`. */
    requireActor(request: FastifyRequest): Promise<void>
  }
  interface FastifyRequest {
    /** Who asks; only on routes behind `requireActor`. */
    actor: Readonly<Actor>
  }
}

/** By how much the clock of this process may be off that of whoever issues tokens. RFC 7519, section 4.1.4: some leeway, for a few minutes at most. */
const CLOCK_TOLERANCE_MS = 60_000
/** Bounds how long a token of a key that its provider withdrew goes on working from memory. */
const REMEMBER_MS = 60_000
const MAX_REMEMBERED = 5_000
const NO_TOKEN = 'No token: send Authorization: Bearer <token>'

/**
 * Decorates an app with `authenticate` and `requireActor`. The configured key decides the algorithm, so neither `none`
 * nor HS256 signed with a public key passes. `exp` and `nbf` are checked where a token has them (a minute of tolerance);
 * `iss` and `aud` must be present and right when configured. A token without `exp` is accepted: hosts with sessions of
 * their own end them by revocation.
 */
export const identity = fastifyPlugin(
  async (app: FastifyInstance, { config }: { config: IdentityConfig }) => {
    const sources = keySources(config)
    if (sources.some(({ secret }) => secret === DEVELOPMENT_SECRET)) {
      if (config.NODE_ENV === 'production') throw new Error('The development secret is refused in production')
      app.log.warn('tokens are verified with the development secret, which everybody knows')
    }
    const requiredClaims = [...(config.JWT_ISSUER ? ['iss'] : []), ...(config.JWT_AUDIENCE ? ['aud'] : [])]
    for (const [index, { secret, algorithms }] of sources.entries())
      await app.register(fastifyJwt, {
        secret,
        // the usual one has no name of its own
        ...(index > 0 && { namespace: `key${index}` }),
        verify: {
          algorithms,
          clockTolerance: CLOCK_TOLERANCE_MS,
          // An allowed value alone is not checked on a token that lacks the claim.
          requiredClaims,
          ...(config.JWT_ISSUER && { allowedIss: config.JWT_ISSUER }),
          ...(config.JWT_AUDIENCE && { allowedAud: config.JWT_AUDIENCE }),
        },
      })
    const named = app.jwt as unknown as Record<string, JWT>
    const keys = sources.map((_, index) => (index === 0 ? app.jwt : named[`key${index}`]!))

    /** What a token says that one of the keys has signed; of several keys the first is the usual one. */
    const verify = async (token: string): Promise<Record<string, unknown>> => {
      let refused: unknown
      for (const key of keys)
        try {
          // Synchronous for a key at hand, a promise for a key set.
          return await key.verify<Record<string, unknown>>(token)
        } catch (err) {
          if (!OF_ANOTHER_KEY.has((err as { code?: string }).code ?? '')) throw err
          refused ??= err
        }
      throw refused
    }

    // fast-jwt's own cache also keeps refusals: forged tokens would push out real ones, and the provider's outage of a
    // moment would last. This one keeps only what was verified, whole tokens for keys, each with its end.
    const remembered = new LRUCache<string, Identity & { until: number }>({ max: MAX_REMEMBERED })

    async function authenticate(token: string | undefined): Promise<Identity> {
      if (!token) throw new ParleyError('unauthenticated', NO_TOKEN)
      if (token.length > MAX_TOKEN_LENGTH)
        throw new ParleyError('unauthenticated', `The token is longer than ${MAX_TOKEN_LENGTH} characters`)
      const now = Date.now()
      const known = remembered.get(token)
      if (known && now < known.until) return known
      remembered.delete(token)

      let claims: Record<string, unknown>
      try {
        claims = await verify(token)
      } catch (err) {
        throw refusal(err)
      }
      const { exp } = claims
      const expiresAt = typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null
      const actor = Object.freeze({ ...toActor(claims, config), sessionId: sessionOf(claims, token) })
      const verified = { actor, expiresAt }
      const until = Math.min(now + REMEMBER_MS, (expiresAt ?? Number.POSITIVE_INFINITY) + CLOCK_TOLERANCE_MS)
      remembered.set(token, { ...verified, until })
      return verified
    }

    app.decorate('authenticate', authenticate)
    app.decorate('requireActor', async (request) => {
      const { actor } = await authenticate(bearerToken(request.headers.authorization))
      request.actor = actor
    })
    app.decorateRequest('actor')
  },
  { name: 'parley-identity', fastify: '5.x' },
)

/** Until when somebody may stay who has shown this token just now: to its end, or, where that is over by our clock, as long as it is taken. */
export function staysUntil({ expiresAt }: Pick<Identity, 'expiresAt'>, now = Date.now()): number | null {
  return expiresAt === null || expiresAt > now ? expiresAt : expiresAt + CLOCK_TOLERANCE_MS
}

interface KeySource {
  secret: FastifyJWTOptions['secret']
  algorithms: SigningAlgorithm[]
}

/** The keys whose tokens are accepted, never none. */
function keySources(config: IdentityConfig): KeySource[] {
  if (config.JWT_JWKS_URL) {
    const keySet = createKeySet(config.JWT_JWKS_URL)
    // @fastify/jwt hands the function to fast-jwt as it is, which calls it with the decoded token alone.
    const find = ({ header }: { header: object }) => keySet.find(header)
    return [{ secret: { public: find }, algorithms: ['RS256', 'ES256', 'EdDSA'] }]
  }
  if (config.JWT_PUBLIC_KEY)
    return readPublicKeys(config.JWT_PUBLIC_KEY).map(({ pem, algorithm }) => ({
      secret: { public: pem },
      algorithms: [algorithm],
    }))
  const secrets = [config.JWT_SECRET ?? DEVELOPMENT_SECRET, ...(config.JWT_OTHER_SECRETS ?? [])]
  return secrets.map((secret) => ({ secret, algorithms: ['HS256'] }))
}

/** RFC 6750, section 2.1. The scheme's name has no case. */
function bearerToken(header: string | undefined): string | undefined {
  if (!header) return undefined
  if (header.slice(0, 7).toLowerCase() !== 'bearer ')
    throw new ParleyError('unauthenticated', 'The Authorization header must read: Bearer <token>')
  return header.slice(7).trim()
}

/** What another key may still accept. */
const OF_ANOTHER_KEY: ReadonlySet<string> = new Set(['FAST_JWT_INVALID_SIGNATURE', 'FAST_JWT_INVALID_ALGORITHM'])

const refusals: Record<string, string> = {
  FAST_JWT_EXPIRED: 'The token has expired',
  FAST_JWT_INACTIVE: 'The token is not valid yet',
  FAST_JWT_INVALID_ALGORITHM: 'The token is signed with an algorithm that is not accepted here',
  FAST_JWT_INVALID_SIGNATURE: "The token's signature is not right",
  FAST_JWT_MISSING_SIGNATURE: 'The token is not signed',
  FAST_JWT_INVALID_CLAIM_VALUE: 'The token is of another issuer or for another audience',
  FAST_JWT_INVALID_CLAIM_TYPE: 'A claim of the token has the wrong type',
  FAST_JWT_MISSING_REQUIRED_CLAIM: 'The token does not say its issuer or audience',
}

/** What a caller may know of a refusal. Texts of our own: the library's may quote what it was given. */
function refusal(err: unknown): ParleyError {
  const { code = '', originalError } = err as { code?: string; originalError?: unknown }
  if (originalError instanceof ParleyError) return originalError
  return new ParleyError('unauthenticated', refusals[code] ?? 'The token is not a valid JWT')
}
