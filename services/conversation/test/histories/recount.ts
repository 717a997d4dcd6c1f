import type { Actor, Chat, Conversation, Message } from '@parley/contracts'
import { previewOf } from '@parley/contracts/message-text'
import { expect } from 'vitest'
import { codeOf } from '../callers.ts'
import { type ModelConversation, type ModelMessage, type ModelOffer, unreadOf, visibleTo } from './model.ts'
import { placeKey, type Tables } from './tables.ts'

/** Whatever the use-cases answer somebody is what a recount of the tables says. */
export async function expectRecounted(chat: Chat, actor: Actor, tables: Tables): Promise<void> {
  await expectLists(chat, actor, tables)
  await expectFound(chat, actor, tables)
  for (const conversation of tables.model.values()) await expectConversation(chat, actor, conversation, tables)
}

const descending = (...pairs: readonly (readonly [string | number, string | number])[]): number => {
  for (const [a, b] of pairs) if (a !== b) return a < b ? 1 : -1
  return 0
}

async function expectLists(chat: Chat, actor: Actor, { model, times }: Tables): Promise<void> {
  const { userId } = actor
  const mine = [...model.values()].filter(({ people }) => people.get(userId)!.isActive)
  const selfIn = ({ people }: ModelConversation) => people.get(userId)!
  const listed = (accepts: (conversation: ModelConversation) => boolean) => {
    const pinned = ({ id }: ModelConversation) => times.pinnedConversation.get(placeKey(id, userId)) ?? 0
    const activity = ({ id }: ModelConversation) => times.activity.get(id)!
    return mine
      .filter((one) => !selfIn(one).isCleared && accepts(one))
      .sort((a, b) =>
        descending([pinned(a), pinned(b)], ...(pinned(a) > 0 ? [] : [[activity(a), activity(b)] as const]), [
          a.id,
          b.id,
        ]),
      )
      .map(({ id }) => id)
  }
  const isUnread = (one: ModelConversation) => unreadOf(one, userId) > 0
  const filters = [
    [{}, listed((one) => !selfIn(one).isArchived)],
    [{ archived: true }, listed((one) => selfIn(one).isArchived)],
    [{ unread: true }, listed((one) => !selfIn(one).isArchived && isUnread(one))],
    [{ unread: false }, listed((one) => !selfIn(one).isArchived && !isUnread(one))],
    [{ q: 'about' }, listed((one) => !selfIn(one).isArchived && one.title!.startsWith('About'))],
  ] as const
  for (const [filter, expected] of filters) {
    const { data } = await chat.listConversations(actor, filter)
    expect([userId, filter, data.map(({ id }) => id)]).toEqual([userId, filter, expected])
  }
  const paged: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: { data: Conversation[]; nextCursor: string | null } = await chat.listConversations(actor, {
      limit: 1,
      ...(cursor && { cursor }),
    })
    paged.push(...page.data.map(({ id }) => id))
    cursor = page.nextCursor
  }
  expect([userId, 'page by page', paged]).toEqual([userId, 'page by page', filters[0][1]])

  const drafts = mine
    .filter((one) => selfIn(one).draft !== null)
    .sort((a, b) => {
      const [one, other] = [a, b].map(({ id }) => times.draft.get(placeKey(id, userId))!) as [number, number]
      return descending([one, other], [a.id, b.id])
    })
    .map((one) => ({ id: one.id, ...selfIn(one).draft }))
  const shown = (await chat.listDrafts(actor, {})).data.map(
    ({ conversation: { id }, draft: { content, replyTo } }) => ({
      ...{ id, content, replyTo },
    }),
  )
  expect([userId, 'drafts', shown]).toEqual([userId, 'drafts', drafts])

  const unread = mine.reduce((sum, one) => sum + unreadOf(one, userId), 0)
  expect([userId, await chat.getTotalUnreadCount(actor, {})]).toEqual([userId, { unreadCount: unread }])
}

/** What somebody finds, all that has happened being indexed: what they see that has a word that begins so. */
async function expectFound(chat: Chat, actor: Actor, { model }: Tables): Promise<void> {
  const { userId } = actor
  const seen = [...model.values()].flatMap((conversation) => visibleTo(conversation, userId))
  for (const [q, word] of [
    ['one', /(^| )one/],
    ['edit', /(^| )edit/],
    ['unicode', /(^| )ünïcode/],
    ['offer', /(^| )Offer/],
  ] as const) {
    const { data, hasMore } = await chat.searchMessages(actor, { q, limit: 100 })
    const expected = seen.filter(({ type, content, offer }) => type !== 'system' && word.test(offer?.title ?? content))
    expect([userId, q, data.map(({ message }) => message.id).sort(), hasMore]).toEqual([
      ...[userId, q, expected.map(({ id }) => id).sort(), false],
    ])
  }
}

async function expectConversation(
  chat: Chat,
  actor: Actor,
  model: ModelConversation,
  { times }: Tables,
): Promise<void> {
  const { userId } = actor
  const { id: conversationId, title } = model
  const self = model.people.get(userId)!
  if (!self.isActive) {
    expect(await codeOf(chat.getConversation(actor, { conversationId }))).toBe('not_found')
    return
  }
  const seen = visibleTo(model, userId)
  const conversation = await chat.getConversation(actor, { conversationId })
  const { me } = conversation
  expect([userId, conversation]).toMatchObject([
    userId,
    {
      title,
      unreadCount: unreadOf(model, userId),
      lastSeq: model.messages.length,
      me: {
        lastReadSeq: self.read,
        unreadFrom: self.unreadFrom,
        mutedUntil: self.mutedUntil,
        clearedBeforeSeq: self.clearedBefore,
      },
    },
  ])
  const own = {
    isArchived: me.archivedAt !== null,
    isPinned: me.pinnedAt !== null,
    isCleared: me.clearedAt !== null,
    draft: me.draft && { content: me.draft.content, replyTo: me.draft.replyTo },
  }
  const { isArchived, isPinned, isCleared, draft } = self
  expect([userId, own]).toEqual([userId, { isArchived, isPinned, isCleared, draft }])
  const watermarks = conversation.participants.map((one) => [one.userId, one.lastReadSeq, one.lastDeliveredSeq])
  expect(Object.fromEntries(watermarks.map(([id, ...marks]) => [id, marks]))).toEqual(
    Object.fromEntries(
      [...model.people].filter(([, one]) => one.isActive).map(([id, one]) => [id, [one.read, one.delivered]]),
    ),
  )

  const { data } = await chat.listMessages(actor, { conversationId, limit: 100 })
  expect([userId, data.map(shownAs)]).toEqual([userId, seen.map((message) => expectedOf(message, seen))])
  expect(conversation.lastMessage && shownAs(conversation.lastMessage)).toEqual(
    seen.length > 0 ? expectedOf(seen.at(-1)!, seen) : null,
  )

  const pins = (await chat.listPins(actor, { conversationId })).data.map(({ seq }) => seq)
  const expected = seen
    .filter(({ pinnedBy }) => pinnedBy !== null)
    .sort((a, b) => descending([times.pin.get(a.id)!, times.pin.get(b.id)!], [a.seq, b.seq]))
    .map(({ seq }) => seq)
  expect([userId, 'pins', pins]).toEqual([userId, 'pins', expected])

  for (const message of [seen[0], seen.at(-1)]) if (message) await expectReceipts(chat, actor, message, model)
}

async function expectReceipts(chat: Chat, actor: Actor, message: ModelMessage, { people }: ModelConversation) {
  const { id: messageId, seq, senderId } = message
  const { data, readCount, deliveredCount } = await chat.listReceipts(actor, { messageId })
  const others = [...people]
    .filter(([userId, { isActive, visibleFrom }]) => isActive && userId !== senderId && visibleFrom < seq)
    .map(([userId, { read, delivered }]) => ({ userId, isRead: read >= seq, isDelivered: delivered >= seq }))
  const shown = data.map(({ userId, readAt, deliveredAt }) => ({
    ...{ userId, isRead: readAt !== null, isDelivered: deliveredAt !== null },
  }))
  expect([actor.userId, seq, shown]).toEqual([actor.userId, seq, others])
  expect([readCount, deliveredCount]).toEqual([
    others.filter(({ isRead }) => isRead).length,
    others.filter(({ isDelivered }) => isDelivered).length,
  ])
  for (const { readAt, deliveredAt } of data) if (readAt !== null) expect(deliveredAt! <= readAt).toBe(true)
}

function shownAs({
  id,
  seq,
  senderId,
  type,
  content,
  payload,
  deletedAt,
  editedAt,
  pinned,
  replyTo,
  ...message
}: Message) {
  const { reactions, forwarded = false } = message
  return {
    ...{ id, seq, senderId, type, content, isForwarded: forwarded },
    offer: type === 'service_offer' && payload ? offerOf(payload) : null,
    isDeleted: deletedAt !== null,
    isEdited: editedAt !== null,
    pinnedBy: pinned?.by ?? null,
    replyTo: replyTo && { id: replyTo.id, content: replyTo.content, hidden: replyTo.hidden },
    reactions,
  }
}

function offerOf(payload: object): ModelOffer {
  const { title, amount, currency, status, supersedes = null, supersededBy = null } = payload as ModelOffer
  return { title, amount, currency, status, supersedes, supersededBy }
}

const lineOf = ({ type, content, offer, isDeleted }: ModelMessage) =>
  isDeleted ? '' : previewOf({ type, content, payload: offer && { ...offer } })

function expectedOf(
  { key: _key, decision: _decision, replyTo, reactions, ...message }: ModelMessage,
  seen: readonly ModelMessage[],
) {
  const original = seen.find(({ id }) => id === replyTo)
  const emojis = [...new Set(reactions.map(({ emoji }) => emoji))]
  return {
    ...message,
    replyTo: replyTo && { id: replyTo, content: original ? lineOf(original) : '', hidden: !original },
    reactions: emojis.map((emoji) => ({
      emoji,
      userIds: reactions.filter((one) => one.emoji === emoji).map(({ userId }) => userId),
    })),
  }
}
