import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { inputCheck, TenantId, UserId } from '@parley/contracts'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import { Type } from 'typebox'
import type { MailLinks, ReplyIdsOf } from '../domain/ports/mail.ts'

export interface LinkSettings {
  NODE_ENV: string
  LINK_SECRET?: string
  LINK_OTHER_SECRETS?: readonly string[]
  JWT_SECRET?: string
  JWT_OTHER_SECRETS?: readonly string[]
}

/**
 * The keys of links in e-mails and of addresses for answers: the first signs, what any of them signed is accepted. They are derived (HKDF, RFC 5869) from
 * LINK_SECRET, from JWT_SECRET, and from those that either gives way to, so that neither can stand for the other. Throws a ConfigError in
 * production where there is none.
 */
export function mailKeys(settings: LinkSettings): [Buffer, ...Buffer[]] {
  const { NODE_ENV, LINK_SECRET, LINK_OTHER_SECRETS = [], JWT_SECRET, JWT_OTHER_SECRETS = [] } = settings
  if (LINK_SECRET === undefined && JWT_SECRET === undefined && NODE_ENV === 'production')
    throw new ConfigError([
      {
        name: 'LINK_SECRET',
        detail: 'is not set: without JWT_SECRET production needs it to sign the links in e-mails',
      },
    ])
  const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'parley mail links', 32))
  const first = LINK_SECRET ?? JWT_SECRET ?? DEVELOPMENT_SECRET
  const others = new Set([...LINK_OTHER_SECRETS, ...(JWT_SECRET ? [JWT_SECRET] : []), ...JWT_OTHER_SECRETS])
  others.delete(first)
  return [keyOf(first), ...[...others].map(keyOf)]
}

const check = inputCheck(Type.Tuple([TenantId, UserId]))

/**
 * Links over these keys: `<public url>/v1/notifications/unsubscribe/<who>.<signature>`. They have no end: whoever finds an e-mail of last year turns
 * off what comes today.
 */
export function createMailLinks(keys: readonly [Buffer, ...Buffer[]], publicUrl: string | undefined): MailLinks {
  const sign = (text: string, key = keys[0]) =>
    createHmac('sha256', key).update(`unsubscribe ${text}`).digest('base64url')
  return {
    unsubscribeUrl(tenantId, userId) {
      if (publicUrl === undefined) return null
      const who = Buffer.from(JSON.stringify([tenantId, userId])).toString('base64url')
      return `${publicUrl.replace(/\/+$/, '')}/v1/notifications/unsubscribe/${who}.${sign(who)}`
    },
    readUnsubscribe(token) {
      const [who = '', signature = ''] = token.split('.')
      const given = Buffer.from(signature)
      const isRight = keys.some((key) => {
        const right = Buffer.from(sign(who, key))
        return given.length === right.length && timingSafeEqual(given, right)
      })
      if (!isRight) return undefined
      const [tenantId, userId] = check(JSON.parse(Buffer.from(who, 'base64url').toString()))
      return { tenantId, userId }
    },
  }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Mail servers may change the case of an address: 160 bits in 32 characters that have none (RFC 4648, base32). */
export function createReplyIds(keys: readonly [Buffer, ...Buffer[]]): ReplyIdsOf {
  const idBy = (key: Buffer, named: string) => {
    const bytes = createHmac('sha256', key).update(named).digest().subarray(0, 20)
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')
  }
  const [first, ...others] = keys
  return (tenantId, { userId, conversationId }) => {
    const named = JSON.stringify(['reply', tenantId, userId, conversationId])
    return [idBy(first, named), ...others.map((key) => idBy(key, named))]
  }
}
