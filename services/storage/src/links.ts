import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { AttachmentId, inputCheck, TenantId, type VariantName } from '@parley/contracts'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import { Type } from 'typebox'
import type { Linked, Links } from './domain/ports/links.ts'

/** At most: whoever is removed from a conversation keeps what they were given for so long. */
const LIFETIME_MS = 5 * 60_000

const VARIANTS: Record<string, VariantName | undefined> = {
  original: undefined,
  thumbnail: 'thumbnail',
  medium: 'medium',
}
const DISPOSITIONS: Record<string, Linked['disposition']> = { inline: 'inline', attachment: 'attachment' }
const check = inputCheck(Type.Object({ tenantId: TenantId, attachmentId: AttachmentId }))

export interface LinkSettings {
  NODE_ENV: string
  LINK_SECRET?: string
  LINK_OTHER_SECRETS?: readonly string[]
  JWT_SECRET?: string
  JWT_OTHER_SECRETS?: readonly string[]
}

/**
 * The keys of links: the first signs, all are accepted. They are derived (HKDF, RFC 5869) from LINK_SECRET, from JWT_SECRET, and from those that
 * either gives way to, so that neither can stand for the other. Throws a ConfigError in production where there is none.
 */
export function linkKeys(settings: LinkSettings): [Buffer, ...Buffer[]] {
  const { NODE_ENV, LINK_SECRET, LINK_OTHER_SECRETS = [], JWT_SECRET, JWT_OTHER_SECRETS = [] } = settings
  if (LINK_SECRET === undefined && JWT_SECRET === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'LINK_SECRET',
        detail: 'is not set: without JWT_SECRET production needs it to sign the links of attachments',
      },
    ])
  const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'parley attachment links', 32))
  const first = LINK_SECRET ?? JWT_SECRET ?? DEVELOPMENT_SECRET
  const others = new Set([...LINK_OTHER_SECRETS, ...(JWT_SECRET ? [JWT_SECRET] : []), ...JWT_OTHER_SECRETS])
  others.delete(first)
  return [keyOf(first), ...[...others].map(keyOf)]
}

/** Links over these keys: `/v1/attachments/link/<tenant>.<id>.<variant>.<disposition>.<expiry>.<signature>`. */
export function createLinks(keys: readonly [Buffer, ...Buffer[]], now = Date.now): Links {
  const sign = (text: string, key = keys[0]) => createHmac('sha256', key).update(text).digest('base64url')
  return {
    sign({ tenantId, attachmentId, variant = 'original' as VariantName, disposition }) {
      const expiresAt = Math.floor((now() + LIFETIME_MS) / 1000) * 1000
      const text = [tenantId, attachmentId, variant, disposition, expiresAt / 1000].join('.')
      return {
        url: `/v1/attachments/link/${text}.${sign(text)}`,
        expiresAt: new Date(expiresAt).toISOString(),
      }
    },
    read(token) {
      const at = token.lastIndexOf('.')
      const text = token.slice(0, Math.max(0, at))
      const given = Buffer.from(token.slice(at + 1))
      const isRight = keys.some((key) => {
        const right = Buffer.from(sign(text, key))
        return given.length === right.length && timingSafeEqual(given, right)
      })
      if (!isRight) return undefined
      // signed by us, and so of this form
      const [tenant, id, variant = '', disposition = '', seconds] = text.split('.')
      const endsInMs = Number(seconds) * 1000 - now()
      if (!(endsInMs > 0)) return undefined
      const { tenantId, attachmentId } = check({ tenantId: tenant, attachmentId: id })
      return {
        tenantId,
        attachmentId,
        variant: VARIANTS[variant],
        disposition: DISPOSITIONS[disposition] ?? 'attachment',
        endsInMs,
      }
    },
  }
}
