import type { Actor, BeforeSend, ConversationKind, Message } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import type { MessageDraft } from '../ports/messages.ts'
import type { Store, UnitOfWork } from '../ports.ts'
import { noSuchConversation } from '../refusals.ts'

const MAX_NAMED = 16
/** What kind a conversation is of stays so for ever, so this many are remembered. */
const MAX_REMEMBERED = 20_000

/** Who says it and where, for who has to judge it. */
export type Place = Pick<BeforeSend, 'conversation' | 'sender'>

export async function placeOf({ conversations }: UnitOfWork, actor: Actor, conversationId: string): Promise<Place> {
  const shared = (await conversations.loadShared([conversationId])).get(conversationId)
  if (!shared) throw noSuchConversation()
  const { id, kind, context, title, participants } = shared
  const self = participants.find(({ userId }) => userId === actor.userId)
  const participantIds = participants.slice(0, MAX_NAMED).map(({ userId }) => userId)
  return {
    conversation: { id, kind, context, title, participantIds },
    sender: { userId: actor.userId, name: self?.name ?? actor.name },
  }
}

export function questionOf(place: Place, { type, content, extras }: MessageDraft, clientId: string | null): BeforeSend {
  const { payload = null, attachments = [], replyTo = null, forwarded } = extras ?? {}
  return {
    kind: 'message',
    ...place,
    action: null,
    message: { id: null, clientId, type, content, payload, attachments, replyTo, forwarded: forwarded === true },
  }
}

/** About other words of a message, or words that are said about it. */
export function questionAbout(
  place: Place,
  { id, type, payload, attachments, replyTo, forwarded }: Message,
  said: { content: string; payload?: object | undefined; action?: string },
): BeforeSend {
  return {
    kind: said.action === undefined ? 'edit' : 'action',
    ...place,
    action: said.action ?? null,
    message: {
      ...{ id, clientId: null, type, content: said.content, payload: said.payload ?? payload, attachments },
      ...{ replyTo: replyTo?.id ?? null, forwarded: forwarded === true },
    },
  }
}

export type KindOf = (tenantId: string, conversationId: string) => Promise<ConversationKind | undefined>

export function createKindOf(store: Pick<Store, 'snapshot'>): KindOf {
  const known = new LRUCache<string, ConversationKind>({ max: MAX_REMEMBERED })
  return async (tenantId, conversationId) => {
    const key = `${tenantId} ${conversationId}`
    const before = known.get(key)
    if (before) return before
    const names = await store.snapshot(tenantId, ({ conversations }) => conversations.names([conversationId]))
    const kind = names.get(conversationId)?.kind
    if (kind) known.set(key, kind)
    return kind
  }
}
