import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { inputCheck, TenantId, UserId } from '@parley/contracts'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import { Type } from 'typebox'
import type { MailLinks, ReplyIdOf } from '../domain/ports/mail.ts'

export interface LinkSettings {
  NODE_ENV: string
  LINK_SECRET?: string
  JWT_SECRET?: string
}

/**
 * The key that links in e-mails and addresses for answers are signed with: LINK_SECRET, or one derived from JWT_SECRET (HKDF, RFC 5869), so
 * that neither can stand for the other. Throws a ConfigError in production where there is neither.
 */
export function mailKey({ NODE_ENV, LINK_SECRET, JWT_SECRET }: LinkSettings): Buffer {
  const secret = LINK_SECRET ?? JWT_SECRET
  if (secret === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'LINK_SECRET',
        detail: 'is not set: without JWT_SECRET production needs it to sign the links in e-mails',
      },
    ])
  return Buffer.from(hkdfSync('sha256', secret ?? DEVELOPMENT_SECRET, '', 'parley mail links', 32))
}

const check = inputCheck(Type.Tuple([TenantId, UserId]))

/**
 * Links over this key: `<public url>/v1/notifications/unsubscribe/<who>.<signature>`. They have no end: whoever finds an e-mail of last year turns
 * off what comes today.
 */
export function createMailLinks(key: Buffer, publicUrl: string | undefined): MailLinks {
  const sign = (text: string) => createHmac('sha256', key).update(`unsubscribe ${text}`).digest('base64url')
  return {
    unsubscribeUrl(tenantId, userId) {
      if (publicUrl === undefined) return null
      const who = Buffer.from(JSON.stringify([tenantId, userId])).toString('base64url')
      return `${publicUrl.replace(/\/+$/, '')}/v1/notifications/unsubscribe/${who}.${sign(who)}`
    },
    readUnsubscribe(token) {
      const [who = '', signature = ''] = token.split('.')
      const [given, right] = [Buffer.from(signature), Buffer.from(sign(who))]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const [tenantId, userId] = check(JSON.parse(Buffer.from(who, 'base64url').toString()))
      return { tenantId, userId }
    },
  }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Mail servers may change the case of an address: 160 bits in 32 characters that have none (RFC 4648, base32). */
export function createReplyIds(key: Buffer): ReplyIdOf {
  return (tenantId, { userId, conversationId }) => {
    const named = JSON.stringify(['reply', tenantId, userId, conversationId])
    const bytes = createHmac('sha256', key).update(named).digest().subarray(0, 20)
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')
  }
}
