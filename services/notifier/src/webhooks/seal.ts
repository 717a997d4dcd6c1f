import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import type { Sealing } from '../domain/ports/sealing.ts'

const [NONCE_BYTES, TAG_BYTES] = [12, 16]

export interface SealSettings {
  NODE_ENV: string
  WEBHOOK_KEY?: string
  JWT_SECRET?: string
}

/**
 * The key that secrets of webhooks are sealed with: WEBHOOK_KEY, or one derived from JWT_SECRET (HKDF, RFC 5869). Throws a ConfigError in
 * production where there is neither.
 */
export function sealKey({ NODE_ENV, WEBHOOK_KEY, JWT_SECRET }: SealSettings): Buffer {
  const secret = WEBHOOK_KEY ?? JWT_SECRET
  if (secret === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'WEBHOOK_KEY',
        detail: "is not set: without JWT_SECRET production needs it to keep webhooks' secrets unreadable",
      },
    ])
  return Buffer.from(hkdfSync('sha256', secret ?? DEVELOPMENT_SECRET, '', 'parley webhook secrets', 32))
}

/** AES-256-GCM over this key: nonce, tag and text in base64url. */
export function createSealing(key: Buffer): Sealing {
  return {
    seal(secret) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const text = Buffer.concat([cipher.update(secret), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString()
      } catch {
        throw new Error('The secret was stored with another WEBHOOK_KEY or JWT_SECRET; rotate it')
      }
    },
  }
}
