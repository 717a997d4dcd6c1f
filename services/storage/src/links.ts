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
  JWT_SECRET?: string
}

/**
 * The key that links are signed with: LINK_SECRET, or one derived from JWT_SECRET (HKDF, RFC 5869), so that neither can stand for the
 * other. Throws a ConfigError in production where there is neither.
 */
export function linkKey({ NODE_ENV, LINK_SECRET, JWT_SECRET }: LinkSettings): Buffer {
  const secret = LINK_SECRET ?? JWT_SECRET
  if (secret === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'LINK_SECRET',
        detail: 'is not set: without JWT_SECRET production needs it to sign the links of attachments',
      },
    ])
  return Buffer.from(hkdfSync('sha256', secret ?? DEVELOPMENT_SECRET, '', 'parley attachment links', 32))
}

/** Links over this key: `/v1/attachments/link/<tenant>.<id>.<variant>.<disposition>.<expiry>.<signature>`. */
export function createLinks(key: Buffer, now = Date.now): Links {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
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
      const [given, right] = [token.slice(at + 1), sign(text)].map((signature) => Buffer.from(signature)) as [
        Buffer,
        Buffer,
      ]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
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
