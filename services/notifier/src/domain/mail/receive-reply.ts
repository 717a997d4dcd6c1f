import { createHash } from 'node:crypto'
import { type Actor, type Audience, ParleyError } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import type { ReplyIdsOf } from '../ports/mail.ts'
import type { Store } from '../ports/store.ts'
import { stripQuoted } from './strip-quoted.ts'

/** An e-mail as it came in, read. */
export interface ReceivedMail {
  /** As whoever sent it named it; undefined where they did not. */
  messageId: string | undefined
  text: string
  /** A machine wrote it: somebody is away, or what was sent did not arrive. */
  isAutomatic: boolean
}

export interface ReplyDeps {
  store: Store
  audience: Pick<Audience, 'sendReply'>
  replyIdsOf: ReplyIdsOf
  /** Where answers are received; undefined: nowhere. */
  domain: string | undefined
}

/** Addresses that are known to be kept: most e-mails are of a conversation that there was one of before. */
const MOST_REMEMBERED = 10_000

const LOCAL_PART = /^reply\+([a-z2-7]{32})$/

/** Answers to e-mails, which become messages of whoever answers. */
export interface Replies {
  /** Where somebody's answer arrives in that conversation; null where answers are not received. */
  addressOf(tenantId: string, userId: string, conversationId: string): Promise<string | null>
  /** Whether there is such an address. */
  isKnown(address: string): Promise<boolean>
  /**
   * Sends what was answered, once for each e-mail. Rejects with `not_found` where there is no such address, with what sending it is refused
   * with, and with `invalid_input` where nothing was said.
   */
  receive(address: string, mail: ReceivedMail): Promise<'sent' | 'ignored'>
}

export function createReplies({ store, audience, replyIdsOf, domain }: ReplyDeps): Replies {
  const idIn = (address: string) => {
    const at = address.lastIndexOf('@')
    if (address.slice(at + 1).toLowerCase() !== domain?.toLowerCase()) return undefined
    return LOCAL_PART.exec(address.slice(0, at).toLowerCase())?.[1]
  }
  const placeOf = async (address: string) => {
    const id = idIn(address)
    const place = id === undefined ? undefined : await store.replyAddress(id)
    // of a key that is good no more: it was withdrawn
    return place && replyIdsOf(place.tenantId, place).some((right) => right === id) ? place : undefined
  }
  const kept = new LRUCache<string, true>({ max: MOST_REMEMBERED })
  return {
    async addressOf(tenantId, userId, conversationId) {
      if (domain === undefined) return null
      const place = { userId, conversationId }
      const [id] = replyIdsOf(tenantId, place)
      if (!kept.has(id)) await store.transaction(tenantId, ({ addresses }) => addresses.keepReplyAddress(id, place))
      kept.set(id, true)
      return `reply+${id}@${domain}`
    },
    isKnown: async (address) => (await placeOf(address)) !== undefined,
    async receive(address, { messageId, text, isAutomatic }) {
      const place = await placeOf(address)
      if (!place) throw new ParleyError('not_found', 'No such address')
      if (isAutomatic) return 'ignored'
      const content = stripQuoted(text)
      if (content === '') throw new ParleyError('invalid_input', 'There is nothing in it besides what it quotes')
      const { tenantId, userId, conversationId } = place
      const actor: Actor = { tenantId, userId, role: 'user', hostRole: null, name: null, avatarUrl: null }
      // without a name it is itself: an e-mail that comes twice is sent once
      const named = createHash('sha256')
        .update(messageId ?? text)
        .digest('hex')
        .slice(0, 40)
      await audience.sendReply(actor, { conversationId, content, clientId: `mail-${named}` }).catch((err) => {
        // the same e-mail, on another way, where a list or a scanner has changed it; or it was taken, and somebody looks at it
        if (err instanceof ParleyError && ['key_reused', 'held_for_review'].includes(err.code)) return
        throw err
      })
      return 'sent'
    },
  }
}
