import {
  type Actor,
  type CannedReply,
  type CannedReplyRef,
  type ListCannedReplies,
  type ListTenantCannedReplies,
  MAX_CANNED_REPLY,
  MAX_OWN_CANNED_REPLIES,
  MAX_TENANT_CANNED_REPLIES,
  type Page,
  type PutCannedReply,
  type PutTenantCannedReply,
  type TenantCannedReply,
} from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { audit } from '../admin/audit.ts'
import { decodeCannedCursor, encodeCannedCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import type { CannedReplyRecord } from '../ports/canned-replies.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation } from '../refusals.ts'
import { fill, firstOf, requireTemplate, type Values, variablesOf } from './template.ts'

/** Of a page of replies, as JSON. */
const MAX_PAGE_BYTES = 256 * 1024

/** Shortcuts that differ in case alone are one. */
const keptShortcut = (shortcut: string) => shortcut.normalize('NFC').toLowerCase()

/** What the actor has at hand, by shortcut; with a conversation, as it reads there. */
export async function listCannedReplies(
  { store }: Deps,
  actor: Actor,
  { q, conversationId, limit = 20, cursor }: ListCannedReplies,
): Promise<Page<CannedReply>> {
  const after = cursor === undefined ? undefined : decodeCannedCursor(cursor)
  return store.snapshot(actor.tenantId, async (uow) => {
    const values = conversationId === undefined ? null : await valuesIn(uow, actor, conversationId)
    const user = { userId: actor.userId, role: actor.hostRole, anyRole: actor.role !== 'user' }
    const query = q?.normalize('NFC').toLowerCase()
    const found = await uow.cannedReplies.listFor(user, { query, after, limit: limit + 1 })
    return pageOf(found, limit, (record) => toCannedReply(record, values))
  })
}

/** Keeps a reply of the actor's own, instead of the one under that shortcut. */
export async function putCannedReply(
  { store }: Deps,
  actor: Actor,
  { shortcut, text }: PutCannedReply,
): Promise<CannedReply> {
  const reply = { shortcut: keptShortcut(shortcut), ownerId: actor.userId, text: keptTemplate(text), roles: null }
  const put = await store.transaction(actor.tenantId, ({ cannedReplies }) =>
    cannedReplies.put(reply, MAX_OWN_CANNED_REPLIES),
  )
  return toCannedReply(required(put, MAX_OWN_CANNED_REPLIES), null)
}

export async function deleteCannedReply(
  { store }: Deps,
  actor: Actor,
  { shortcut }: CannedReplyRef,
): Promise<Record<string, never>> {
  await store.transaction(actor.tenantId, ({ cannedReplies }) =>
    cannedReplies.delete(actor.userId, keptShortcut(shortcut)),
  )
  return {}
}

/** The tenant's, by shortcut. */
export async function listTenantCannedReplies(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor }: ListTenantCannedReplies,
): Promise<Page<TenantCannedReply>> {
  requireAdmin(actor)
  const after = cursor === undefined ? undefined : decodeCannedCursor(cursor)
  const found = await store.snapshot(actor.tenantId, ({ cannedReplies }) =>
    cannedReplies.listOfTenant(after, limit + 1),
  )
  return pageOf(found, limit, toTenantCannedReply)
}

export async function putTenantCannedReply(
  { store }: Deps,
  actor: Actor,
  { shortcut: given, text, roles = null }: PutTenantCannedReply,
): Promise<TenantCannedReply> {
  requireAdmin(actor)
  const shortcut = keptShortcut(given)
  const reply = { shortcut, ownerId: null, text: keptTemplate(text), roles }
  return store.transaction(actor.tenantId, async (uow) => {
    const put = required(await uow.cannedReplies.put(reply, MAX_TENANT_CANNED_REPLIES), MAX_TENANT_CANNED_REPLIES)
    await audit(uow, actor, 'canned_reply.put', shortcut, { text: reply.text, roles })
    return toTenantCannedReply(put)
  })
}

export async function deleteTenantCannedReply(
  { store }: Deps,
  actor: Actor,
  { shortcut: given }: CannedReplyRef,
): Promise<Record<string, never>> {
  requireAdmin(actor)
  const shortcut = keptShortcut(given)
  await store.transaction(actor.tenantId, async (uow) => {
    if (await uow.cannedReplies.delete(null, shortcut)) await audit(uow, actor, 'canned_reply.deleted', shortcut)
  })
  return {}
}

/** A text as it is kept, whose variables there are. */
function keptTemplate(text: string): string {
  const kept = keptText(text, '/text')
  // what is composed otherwise may be longer than what was given
  if ([...kept].length > MAX_CANNED_REPLY)
    throw invalidField('/text', 'maxLength', `is longer than ${MAX_CANNED_REPLY} characters`)
  requireTemplate(kept)
  return kept
}

function required(put: CannedReplyRecord | null, max: number): CannedReplyRecord {
  if (put) return put
  throw invalidField('/shortcut', 'maxItems', `would be one more than the ${max} that there may be`)
}

/** What the variables say in a conversation of the actor's. */
async function valuesIn(uow: UnitOfWork, actor: Actor, conversationId: string): Promise<Values> {
  const self = await uow.participants.find(conversationId, actor.userId)
  if (!self?.active) throw noSuchConversation()
  const { title, context } = (await uow.conversations.loadShared([conversationId])).get(conversationId)!
  const [pair] = await uow.participants.pairs([conversationId])
  const otherId = [pair?.one, pair?.other].find((id) => id !== undefined && id !== actor.userId)
  const profiles = await uow.users.profiles([actor.userId, ...(otherId === undefined ? [] : [otherId])])
  const me = profiles(actor.userId).name
  const name = otherId === undefined ? null : profiles(otherId).name
  return {
    name,
    firstName: firstOf(name),
    'me.name': me,
    'me.firstName': firstOf(me),
    'conversation.title': title,
    'context.type': context?.type ?? null,
    'context.id': context?.id ?? null,
    'context.title': context?.title ?? null,
    'context.status': context?.status ?? null,
  }
}

function toCannedReply({ shortcut, ownerId, text, updatedAt }: CannedReplyRecord, values: Values | null): CannedReply {
  const { filled, missing } = values === null ? { filled: null, missing: [] } : fill(text, values)
  return { shortcut, scope: ownerId === null ? 'tenant' : 'own', text, filled, missing, updatedAt }
}

function toTenantCannedReply({ shortcut, text, roles, updatedAt }: CannedReplyRecord): TenantCannedReply {
  return { shortcut, text, roles, variables: variablesOf(text), updatedAt }
}

/** A page ends early where its texts are long, as those are that say a long title over and over. */
function pageOf<T>(found: CannedReplyRecord[], limit: number, toItem: (record: CannedReplyRecord) => T): Page<T> {
  const data: T[] = []
  let bytes = 0
  for (const record of found.slice(0, limit)) {
    const item = toItem(record)
    bytes += Buffer.byteLength(JSON.stringify(item))
    if (bytes > MAX_PAGE_BYTES && data.length > 0) break
    data.push(item)
  }
  const last = found[data.length - 1]
  const hasMore = found.length > data.length
  const nextCursor =
    hasMore && last ? encodeCannedCursor({ shortcut: last.shortcut, own: last.ownerId !== null }) : null
  return { data, hasMore, nextCursor }
}
