import type {
  Actor,
  ConversationName,
  Draft,
  ListDrafts,
  MuteConversation,
  OwnConversation,
  Page,
  PutDraft,
} from '@parley/contracts'
import { decodeActivityCursor, encodeActivityCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import type { OwnStates } from '../ports/own-states.ts'
import type { PlaceOf } from '../ports/participants.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, noSuchConversation } from '../refusals.ts'

/** Muted until they take it back. */
const FOR_EVER = '9999-12-31T23:59:59.999Z'

interface Ref {
  conversationId: string
}

/** Changes what a conversation is to the actor alone, tells all of their sockets, and answers how it stands then. */
async function changeOwn(
  deps: Deps,
  actor: Actor,
  { conversationId }: Ref,
  change: (uow: UnitOfWork, place: PlaceOf) => Promise<boolean>,
): Promise<OwnConversation> {
  const place = { conversationId, userId: actor.userId }
  await deps.store.transaction(actor.tenantId, async (uow) => {
    if (await change(uow, place)) uow.tellOwn(place)
  })
  const standing = await deps.store.ownState(actor, conversationId)
  if (!standing) throw noSuchConversation()
  const { cursor, unreadCount, me } = standing
  return { conversationId, cursor, unreadCount, me }
}

/** A use-case of one such change that takes nothing but the conversation. */
const changing =
  (change: (states: OwnStates, place: PlaceOf) => Promise<boolean>) => (deps: Deps, actor: Actor, ref: Ref) =>
    changeOwn(deps, actor, ref, ({ ownStates }, place) => change(ownStates, place))

export const unarchiveConversation = changing((states, place) => states.unarchive(place))
export const unmuteConversation = changing((states, place) => states.mute(place, null))
export const unpinConversation = changing((states, place) => states.unpin(place))
export const deleteConversation = changing((states, place) => states.clear(place))
export const deleteDraft = changing((states, place) => states.deleteDraft(place))

/** Whether something new brings it back is what the policy says by now. */
export async function archiveConversation(deps: Deps, actor: Actor, ref: Ref): Promise<OwnConversation> {
  const { conversations } = await deps.policies.of(actor.tenantId)
  return changeOwn(deps, actor, ref, ({ ownStates }, place) =>
    ownStates.archive(place, !conversations.unarchiveOnMessage),
  )
}

export async function muteConversation(deps: Deps, actor: Actor, input: MuteConversation): Promise<OwnConversation> {
  const time = input.until === null ? undefined : new Date(input.until)
  return changeOwn(deps, actor, input, async ({ ownStates, now }, place) => {
    if (time && !(time > new Date(await now()) && time.getUTCFullYear() <= 9_999))
      throw invalidField('/until', 'past', 'is not a time to come')
    return ownStates.mute(place, time?.toISOString() ?? FOR_EVER)
  })
}

export async function pinConversation(deps: Deps, actor: Actor, ref: Ref): Promise<OwnConversation> {
  const { maxPinned } = (await deps.policies.of(actor.tenantId)).conversations
  return changeOwn(deps, actor, ref, async ({ ownStates, participants }, place) => {
    const self = await participants.find(place.conversationId, place.userId)
    if (!self?.active) throw noSuchConversation()
    if ((await ownStates.countPinned(place)) >= maxPinned)
      throw invalidField('/conversationId', 'maxPinned', `would be one more than the ${maxPinned} that may be pinned`)
    return ownStates.pin(place)
  })
}

/** Keeps what they have begun to write, or that they are about to answer something. */
export async function putDraft(deps: Deps, actor: Actor, input: PutDraft): Promise<OwnConversation> {
  const { replyTo = null } = input
  const content = input.content === '' && replyTo !== null ? '' : keptText(input.content, '/content')
  return changeOwn(deps, actor, input, async ({ ownStates, messages }, place) => {
    const original = replyTo === null ? null : await messages.findVisible(actor.userId, replyTo)
    if (replyTo !== null && original?.conversationId !== place.conversationId)
      throw invalidField('/replyTo', 'not_found', 'is no message of this conversation that you see')
    return ownStates.putDraft(place, { content, replyTo })
  })
}

/** The actor's drafts, the latest first, with what their conversations are called. */
export async function listDrafts(
  { store }: Deps,
  actor: Actor,
  { limit = 20, cursor }: ListDrafts,
): Promise<Page<{ conversation: ConversationName; draft: Draft }>> {
  const before = cursor === undefined ? undefined : decodeActivityCursor(cursor)
  return store.snapshot(actor.tenantId, async ({ ownStates, conversations }) => {
    const found = await ownStates.drafts(actor.userId, before, limit + 1)
    const page = found.slice(0, limit)
    const names = await conversations.names(page.map(({ conversationId }) => conversationId))
    const last = page.at(-1)
    const hasMore = found.length > limit
    return {
      data: page.map(({ conversationId, draft }) => ({ conversation: names.get(conversationId)!, draft })),
      hasMore,
      nextCursor: hasMore && last ? encodeActivityCursor({ id: last.conversationId, at: last.at }) : null,
    }
  })
}
