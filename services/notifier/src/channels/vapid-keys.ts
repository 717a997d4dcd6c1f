import { createECDH, hkdfSync } from 'node:crypto'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import type { VapidKeys } from './web-push-channel.ts'

export interface VapidConfig {
  NODE_ENV: string
  JWT_SECRET?: string
  JWT_OTHER_SECRETS?: readonly string[]
  VAPID_PUBLIC_KEY?: string
  VAPID_PRIVATE_KEY?: string
  VAPID_SUBJECT: string
}

/**
 * What browsers subscribe with: the keys that are set, else those that the secret leads to (HKDF, RFC 5869), the same in every process.
 * Undefined where there is neither. Throws a ConfigError where those that are set do not belong together.
 */
export function vapidKeys(config: VapidConfig): VapidKeys | undefined {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = config
  if ((publicKey === undefined) !== (privateKey === undefined))
    throw wrong(publicKey === undefined ? 'VAPID_PUBLIC_KEY' : 'VAPID_PRIVATE_KEY', 'is not set, and the other one is')
  const ecdh = createECDH('prime256v1')
  if (publicKey !== undefined && privateKey !== undefined) {
    ecdh.setPrivateKey(privateKey, 'base64url')
    if (ecdh.getPublicKey('base64url') !== publicKey)
      throw wrong('VAPID_PUBLIC_KEY', 'does not belong to VAPID_PRIVATE_KEY')
    return { publicKey, privateKey, subject }
  }
  const secret = config.JWT_SECRET ?? (config.NODE_ENV === 'production' ? undefined : DEVELOPMENT_SECRET)
  if (secret === undefined) return undefined
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'parley web push', 32))
  ecdh.setPrivateKey(derived)
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey: derived.toString('base64url'), subject }
}

/** Whether the key hangs on a secret that gives way to another, and every browser's subscription with it. */
export function browserKeyAtRisk(config: VapidConfig): boolean {
  const { JWT_SECRET: secret, JWT_OTHER_SECRETS: others = [], VAPID_PUBLIC_KEY: publicKey } = config
  return secret !== undefined && others.length > 0 && publicKey === undefined
}

const wrong = (name: string, detail: string) => new ConfigError([{ name, detail }])
