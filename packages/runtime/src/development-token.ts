import { createHmac, randomUUID } from 'node:crypto'
import { toActor } from './claims.ts'
import type { IdentityConfig } from './identity.ts'
import { DEVELOPMENT_SECRET } from './signing-keys.ts'

export interface DevelopmentTokenInput {
  userId: string
  role?: string
  tenant?: string
  name?: string
  /** URL of an avatar. */
  picture?: string
  /** Seconds; a day unless told. */
  expiresIn?: number
}

const DAY_S = 24 * 60 * 60

/**
 * Signs a token (HS256) that `identity` with the same configuration accepts: for trying things out and for demo data.
 * Throws in production, where tokens are the host's to issue, and where only the host has the signing key.
 */
export function signDevelopmentToken(input: DevelopmentTokenInput, config: IdentityConfig): string {
  if (config.NODE_ENV === 'production') throw new Error('Development tokens are not signed in production')
  if (config.JWT_PUBLIC_KEY || config.JWT_JWKS_URL)
    throw new Error('Tokens are verified with a public key: only the holder of the private key can sign them')
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    [config.JWT_CLAIM_USER[0] ?? 'sub']: input.userId,
    ...(input.role !== undefined && { [config.JWT_CLAIM_ROLE[0] ?? 'role']: input.role }),
    ...(input.tenant !== undefined && { [config.JWT_CLAIM_TENANT[0] ?? 'tenant']: input.tenant }),
    ...(input.name !== undefined && { name: input.name }),
    ...(input.picture !== undefined && { picture: input.picture }),
    ...(config.JWT_ISSUER && { iss: config.JWT_ISSUER }),
    ...(config.JWT_AUDIENCE && { aud: config.JWT_AUDIENCE }),
    // each is a session of its own, also of those that are signed in the same second
    jti: randomUUID(),
    iat: now,
    exp: now + (input.expiresIn ?? DAY_S),
  }
  // A token that every request would refuse is better refused here, with the reason.
  toActor(claims, config)
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(claims)}`
  const signature = createHmac('sha256', config.JWT_SECRET ?? DEVELOPMENT_SECRET)
    .update(signed)
    .digest('base64url')
  return `${signed}.${signature}`
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
