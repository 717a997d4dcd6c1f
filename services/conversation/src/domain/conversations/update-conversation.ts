import type { Actor, Conversation, UpdateConversation } from '@parley/contracts'
import { requirePicture } from '../attachments/pictures.ts'
import type { Deps } from '../deps.ts'
import { keptTitle } from '../kept-text.ts'
import { lockGroup, requireDescriber } from '../participants/group-rights.ts'
import { noSuchConversation } from '../refusals.ts'

/** An owner or a moderator gives a group another title, picture or metadata. */
export async function updateConversation(
  deps: Deps,
  actor: Actor,
  { conversationId, ...given }: UpdateConversation,
): Promise<Conversation> {
  const { store, policies, newId } = deps
  const { groups } = await policies.of(actor.tenantId)
  const details = { ...given, ...(given.title !== undefined && { title: keptTitle(given.title) }) }
  await requirePicture(deps, actor, given.pictureUrl, '/pictureUrl')
  await store.transaction(actor.tenantId, async (uow) => {
    const { conversation, self, changes } = await lockGroup(uow, actor, conversationId)
    requireDescriber(conversation, self)
    if (Object.keys(details).length > 0) await changes.setDetails(details)
    const { title } = details
    if (groups.notices && title !== undefined && title !== conversation.title)
      await changes.note(newId(), { event: 'conversation_renamed', actorId: actor.userId, title })
  })
  const [conversation] = await store.reads.conversations(actor, [conversationId])
  if (!conversation) throw noSuchConversation()
  return conversation
}
