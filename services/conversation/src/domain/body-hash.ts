import { hash } from 'node:crypto'

/**
 * Recognises the same request again under its idempotency key: 128 bits of SHA-256 over the fields in order. Clients gain
 * nothing from a collision, since keys are their own.
 */
export function bodyHash(fields: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(fields), 'base64url').slice(0, 22)
}
