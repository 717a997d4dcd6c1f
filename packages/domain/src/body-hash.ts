import { createHash } from 'node:crypto'

/**
 * Recognises the same request again under its idempotency key: 128 bits of SHA-256 over the fields in order. Clients gain
 * nothing from a collision, since keys are their own.
 */
export function bodyHash(fields: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url').slice(0, 22)
}
