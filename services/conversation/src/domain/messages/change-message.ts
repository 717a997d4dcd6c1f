import {
  type Actor,
  builtInKind,
  type EditMessage,
  firstLink,
  kindOf,
  type Message,
  mentionsIn,
  ParleyError,
} from '@parley/contracts'
import { tellEdited } from '../attachments/claim-attachments.ts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'
import { blocked, invalidField } from '../refusals.ts'
import {
  changeMessage,
  type LockedMessage,
  lockMessage,
  requireOwn,
  requireSpeaker,
  requireWithin,
} from './lock-message.ts'
import { keptContent } from './message-body.ts'

/** Replaces the text of an own message; the previous one stays in the history. The card of a link stays while it is the first
 * one. Editing to the same text changes nothing. */
export async function editMessage(
  deps: Deps,
  actor: Actor,
  { messageId, content: given }: EditMessage,
): Promise<Message> {
  const { store, policies } = deps
  const policy = await policies.of(actor.tenantId)
  const content = given === '' ? '' : keptContent(given, policy)
  const { before, message: edited } = await store.transaction(actor.tenantId, async (uow) => {
    const { conversation, message, self } = await lockOwnMessage(uow, actor, messageId)
    // What they may not send they may not put into an earlier message either. Taking one back is another matter.
    if (self.blocked) throw blocked()
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    if (message.content === content) return { before: message, message }
    if (kindOf(message.type).content === 'none') throw new ParleyError('forbidden', 'This message has no text to edit')
    if (content === '' && !saysEnoughWithout(message)) throw invalidField('/content', 'required', 'is empty')
    requireWithin(policy.messages.editWindowSeconds, message, await uow.now(), 'edited')
    const named = mentionsIn(content).map((userId) => ({ conversationId: conversation.id, userId }))
    const present = named.length > 0 ? await uow.participants.findAll(named) : []
    const isPresent = (userId: string) => present.some((one) => one.userId === userId && one.active)
    const mentions = named.map(({ userId }) => userId).filter(isPresent)
    const keepsCard = message.linkPreview !== undefined && message.linkPreview.url === firstLink(content)
    const changed = await changeMessage(uow, conversation, (rev) =>
      uow.messages.edit({ id: messageId, content, mentions, keepsCard }, rev, actor.userId),
    )
    return { before: message, message: changed }
  })
  if (edited !== before) tellEdited(deps, actor, { before, message: edited }, policy)
  return edited
}

/** Whether its words are a caption, which may be taken away. */
const saysEnoughWithout = ({ type, attachments }: Message) =>
  attachments.length > 0 || builtInKind(type)?.content === 'optional'

/** Whoever wrote a message changes it, where the conversation can still be written to. */
async function lockOwnMessage(uow: UnitOfWork, actor: Actor, messageId: string): Promise<LockedMessage> {
  const locked = await lockMessage(uow, actor, messageId)
  requireOwn(actor, locked.message)
  requireSpeaker(locked)
  return locked
}
