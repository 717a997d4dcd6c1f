import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import type { Sealing } from '../domain/ports/sealing.ts'

const [NONCE_BYTES, TAG_BYTES] = [12, 16]

export interface SealSettings {
  NODE_ENV: string
  WEBHOOK_KEY?: string
  WEBHOOK_OTHER_KEYS?: readonly string[]
  JWT_SECRET?: string
  JWT_OTHER_SECRETS?: readonly string[]
}

/**
 * The keys that secrets of webhooks are sealed with: the first seals, all open. They are derived (HKDF, RFC 5869) from WEBHOOK_KEY, from
 * JWT_SECRET, and from those that either gives way to. Throws a ConfigError in production where there is none.
 */
export function sealKeys(settings: SealSettings): [Buffer, ...Buffer[]] {
  const { NODE_ENV, WEBHOOK_KEY, WEBHOOK_OTHER_KEYS = [], JWT_SECRET, JWT_OTHER_SECRETS = [] } = settings
  if (WEBHOOK_KEY === undefined && JWT_SECRET === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'WEBHOOK_KEY',
        detail: "is not set: without JWT_SECRET production needs it to keep webhooks' secrets unreadable",
      },
    ])
  const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'parley webhook secrets', 32))
  const first = WEBHOOK_KEY ?? JWT_SECRET ?? DEVELOPMENT_SECRET
  const others = new Set([...WEBHOOK_OTHER_KEYS, ...(JWT_SECRET ? [JWT_SECRET] : []), ...JWT_OTHER_SECRETS])
  others.delete(first)
  return [keyOf(first), ...[...others].map(keyOf)]
}

/** AES-256-GCM over these keys: nonce, tag and text in base64url. */
export function createSealing(keys: readonly [Buffer, ...Buffer[]]): Sealing {
  return {
    seal(secret) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keys[0], nonce)
      const text = Buffer.concat([cipher.update(secret), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
    },
    open(sealed) {
      for (const key of keys) {
        const secret = opened(Buffer.from(sealed, 'base64url'), key)
        if (secret !== undefined) return secret
      }
      throw new Error('The secret was stored with another WEBHOOK_KEY or JWT_SECRET; rotate it')
    },
  }
}

/** Undefined where it was sealed with another key. */
function opened(bytes: Buffer, key: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}
