import { createPublicKey, type KeyObject } from 'node:crypto'

/** Signs tokens where nobody has configured a key and the process is not in production. Known to everybody. */
export const DEVELOPMENT_SECRET = 'parley-development-secret-known-to-everybody'

const MIN_SECRET_LENGTH = 32
const MIN_RSA_BITS = 2048

export type SigningAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA'
export type PublicKeyAlgorithm = Exclude<SigningAlgorithm, 'HS256'>

/** The one algorithm that a public key may verify: the key decides it, never the token's header (RFC 8725, 3.1). */
export function algorithmOf(key: KeyObject): PublicKeyAlgorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256'
  return undefined
}

export interface PublicKey {
  pem: string
  algorithm: PublicKeyAlgorithm
}

/** Reads the PEMs of JWT_PUBLIC_KEY, one after the other. Throws with the reason, which never quotes a key. */
export function readPublicKeys(text: string): PublicKey[] {
  const given = text.replaceAll('\\n', '\n').trim()
  // Node would derive the public half, and the private one would go on lying in an environment where it has no use.
  if (given.includes('PRIVATE KEY')) throw new Error('is a private key: give its public half only')
  const pems = given.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []
  for (const mark of ['-----BEGIN', '-----END'])
    if (given.split(mark).length - 1 !== pems.length)
      throw new Error('has a key that is cut off: each is from its line -----BEGIN to its line -----END')
  return (pems.length > 0 ? pems : [given]).map(readPublicKey)
}

function readPublicKey(given: string): PublicKey {
  let key: KeyObject
  try {
    key = createPublicKey(given)
  } catch {
    throw new Error('is not a public key in PEM form')
  }
  const algorithm = algorithmOf(key)
  if (!algorithm) throw new Error('is of a kind not accepted here: RSA of 2048 bits or more, EC P-256 and Ed25519 are')
  return { pem: key.export({ type: 'spki', format: 'pem' }).toString(), algorithm }
}

interface KeySettings {
  JWT_SECRET?: string
  JWT_OTHER_SECRETS?: readonly string[]
  JWT_PUBLIC_KEY?: string
  JWT_JWKS_URL?: string
}

/** What is wrong with the keys that tokens are verified with, for configurations that have any such setting. */
export function keyProblems(
  asked: object,
  { JWT_SECRET: secret, JWT_OTHER_SECRETS: others = [], JWT_PUBLIC_KEY: publicKey, JWT_JWKS_URL: jwksUrl }: KeySettings,
  production: boolean,
): { name: string; detail: string }[] {
  if (!('JWT_SECRET' in asked)) return []
  const problems: { name: string; detail: string }[] = []
  const given = [secret, publicKey, jwksUrl].filter((value) => value !== undefined).length
  if (given > 1)
    problems.push({ name: 'JWT_SECRET', detail: 'and JWT_PUBLIC_KEY and JWT_JWKS_URL exclude each other: set one' })
  if (given === 0 && production)
    problems.push({ name: 'JWT_SECRET', detail: 'is not set: production needs it, JWT_PUBLIC_KEY or JWT_JWKS_URL' })
  if (secret?.includes('-----BEGIN'))
    problems.push({ name: 'JWT_SECRET', detail: 'is a PEM key: a public key belongs into JWT_PUBLIC_KEY' })
  if (secret === DEVELOPMENT_SECRET && production)
    problems.push({ name: 'JWT_SECRET', detail: 'is the development secret, which everybody knows' })
  if (secret !== undefined && secret.length < MIN_SECRET_LENGTH && production)
    problems.push({ name: 'JWT_SECRET', detail: `is too short: expected at least ${MIN_SECRET_LENGTH} characters` })
  if (others.length > 0 && secret === undefined)
    problems.push({ name: 'JWT_OTHER_SECRETS', detail: 'are for tokens with secrets: JWT_SECRET is not set' })
  if (production && others.some((other) => other === DEVELOPMENT_SECRET || other.length < MIN_SECRET_LENGTH))
    problems.push({
      name: 'JWT_OTHER_SECRETS',
      detail: `has one that is too short or that everybody knows: expected at least ${MIN_SECRET_LENGTH} characters`,
    })
  if (publicKey !== undefined) {
    try {
      readPublicKeys(publicKey)
    } catch (err) {
      problems.push({ name: 'JWT_PUBLIC_KEY', detail: (err as Error).message })
    }
  }
  return problems
}
