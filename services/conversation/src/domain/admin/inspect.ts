import {
  type Actor,
  type Conversation,
  type ListAllConversations,
  type ListMessages,
  type Message,
  type Page,
  untouched,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { decodeActivityCursor, encodeActivityCursor, encodeSyncCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { pageOf } from '../messages/list-messages.ts'
import type { UnitOfWork } from '../ports.ts'
import { noSuchConversation } from '../refusals.ts'
import { audit } from './audit.ts'

/** All conversations of the tenant, the most recently active first. */
export async function listAllConversations(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor, ...filter }: ListAllConversations,
): Promise<Page<Conversation>> {
  requireAdmin(actor)
  const after = cursor === undefined ? undefined : decodeActivityCursor(cursor)
  return store.transaction(actor.tenantId, async (uow) => {
    const { ids, next } = await uow.conversations.listAll({ ...filter, after, limit })
    const data = await allInspected(uow, ids)
    await audit(uow, actor, 'conversations.listed', null, { ...filter, count: data.length })
    return { data, hasMore: next !== null, nextCursor: next && encodeActivityCursor(next) }
  })
}

/** A conversation as somebody sees it who is not in it and reads all of it. */
export async function inspectConversation(
  { store }: Deps,
  actor: Actor,
  { conversationId }: { conversationId: string },
  action = 'conversation.read',
): Promise<Conversation> {
  requireAdmin(actor)
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await inspected(uow, conversationId)
    await audit(uow, actor, action, conversationId)
    return conversation
  })
}

/** A page of any conversation's messages; positions as in `listMessages`. */
export async function inspectMessages({ store }: Deps, actor: Actor, input: ListMessages): Promise<Page<Message>> {
  requireAdmin(actor)
  const { conversationId } = input
  return store.transaction(actor.tenantId, async (uow) => {
    const page = await pageOf(input, async (range) => {
      const [head] = await uow.conversations.heads([conversationId])
      if (!head) throw noSuchConversation()
      return uow.messages.inspect(conversationId, range)
    })
    const seqs = page.data.map(({ seq }) => seq)
    await audit(uow, actor, 'messages.read', conversationId, { from: seqs[0] ?? null, to: seqs.at(-1) ?? null })
    return page
  })
}

export async function inspected(uow: UnitOfWork, id: string): Promise<Conversation> {
  const [conversation] = await allInspected(uow, [id])
  if (!conversation) throw noSuchConversation()
  return conversation
}

async function allInspected(uow: UnitOfWork, ids: readonly string[]): Promise<Conversation[]> {
  const found = await uow.conversations.loadShared(ids)
  const newest = await uow.messages.at(
    [...found.values()].map(({ id: conversationId, lastSeq: seq }) => ({ conversationId, seq })),
  )
  const lastMessages = new Map(newest.map((message) => [message.conversationId, message]))
  return ids.flatMap((id) => {
    const shared = found.get(id)
    if (!shared) return []
    return {
      ...shared,
      lastMessage: lastMessages.get(id) ?? null,
      cursor: encodeSyncCursor({ epoch: 0, seq: shared.lastSeq, rev: shared.rev, privateCounter: 0 }),
      unreadCount: 0,
      me: untouched(0),
    }
  })
}
