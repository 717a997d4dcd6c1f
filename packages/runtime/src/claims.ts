import { createHash } from 'node:crypto'
import {
  type Actor,
  isReservedUserId,
  ParleyError,
  SessionId,
  shownLine,
  TenantId,
  UserId,
  UserProfile,
} from '@parley/contracts'
import { Compile } from 'typebox/compile'

/** Which claims of a token say what. The first claim of a list that a token has decides. */
export interface ClaimNames {
  JWT_CLAIM_USER: string[]
  JWT_CLAIM_ROLE: string[]
  JWT_CLAIM_TENANT: string[]
}

const DEFAULT_TENANT = 'default'
const MAX_URL_LENGTH = 2048
/** The year 5138. */
const MAX_TIME_S = 1e11

const userIdCheck = Compile(UserId)
const tenantIdCheck = Compile(TenantId)
const sessionIdCheck = Compile(SessionId)
const nameCheck = Compile(UserProfile.properties.name)
const roleWord = /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u

/**
 * Turns verified claims into the actor that they describe. Throws `unauthenticated` for a user id or tenant that Parley
 * cannot hold; a name, avatar or role of a bad form is only left out, since nobody's access depends on it.
 */
export function toActor(claims: Record<string, unknown>, names: ClaimNames): Readonly<Actor> {
  const userId = toIdentifier(firstOf(claims, names.JWT_CLAIM_USER))
  if (!userIdCheck.Check(userId))
    throw new ParleyError(
      'unauthenticated',
      `The token names no user: ${names.JWT_CLAIM_USER.join(' or ')} must be an id of 1 to 128 characters, all of which are seen`,
    )
  if (isReservedUserId(userId))
    throw new ParleyError('unauthenticated', "The user in the token begins with parley:, as Parley's own ids do")
  const tenantId = toIdentifier(firstOf(claims, names.JWT_CLAIM_TENANT) ?? DEFAULT_TENANT)
  if (!tenantIdCheck.Check(tenantId))
    throw new ParleyError('unauthenticated', 'The tenant in the token is not 1 to 40 of a-z, 0-9 and -')
  const hostRole = toRoleWord(firstOf(claims, names.JWT_CLAIM_ROLE))
  const role = hostRole === 'admin' || hostRole === 'service' ? hostRole : 'user'
  return Object.freeze({
    tenantId,
    userId,
    role,
    hostRole,
    name: toName(firstOf(claims, ['name'])),
    avatarUrl: toAvatarUrl(firstOf(claims, ['picture'])),
    ...(isTime(claims.iat) && { issuedAt: claims.iat }),
  })
}

/**
 * The session that a token is of: `sid`, which tokens share that follow each other on a device, or `jti`. One that has neither, or in
 * words that are none, is a session of its own.
 */
export function sessionOf(claims: Record<string, unknown>, token: string): string {
  const said = toIdentifier(firstOf(claims, ['sid', 'jti']))
  return sessionIdCheck.Check(said) ? said : createHash('sha256').update(token).digest('base64url')
}

function firstOf(claims: Record<string, unknown>, names: string[]): unknown {
  for (const name of names) if (Object.hasOwn(claims, name) && claims[name] !== null) return claims[name]
  return undefined
}

/** Hosts with numeric ids put numbers into tokens. An unsafe one has lost digits: two users would become one. */
function toIdentifier(claim: unknown): unknown {
  return typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim
}

function toRoleWord(claim: unknown): string | null {
  const word = Array.isArray(claim) ? claim[0] : claim
  return typeof word === 'string' && roleWord.test(word) ? word : null
}

function toName(claim: unknown): string | null {
  if (typeof claim !== 'string' || claim.length > 1000) return null
  const name = shownLine(claim)
  return nameCheck.Check(name) ? name : null
}

/** Milliseconds would be of the far future, and beat whatever is said after them. */
function isTime(claim: unknown): claim is number {
  return typeof claim === 'number' && claim >= 0 && claim < MAX_TIME_S
}

function toAvatarUrl(claim: unknown): string | null {
  if (typeof claim !== 'string' || claim.length > MAX_URL_LENGTH || !URL.canParse(claim)) return null
  const { protocol, href } = new URL(claim)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
