import { type KeyObject, sign } from 'node:crypto'

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A signed token (RFC 7519), as services of pushes want it of who sends. */
export function signedToken(
  key: KeyObject,
  header: { alg: 'ES256' | 'RS256'; kid?: string },
  claims: Readonly<Record<string, unknown>>,
): string {
  const text = `${encode({ typ: 'JWT', ...header })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
