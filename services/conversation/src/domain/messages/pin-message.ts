import {
  type Actor,
  type ConversationRef,
  MAX_PINS,
  type Message,
  ParleyError,
  type PinnedMessages,
} from '@parley/contracts'
import { changesOf } from '../conversations/conversation-changes.ts'
import type { Deps } from '../deps.ts'
import type { ParticipantRecord } from '../ports/participants.ts'
import { blocked, invalidField, noSuchConversation } from '../refusals.ts'
import { changeMessage, lockMessage, requireSpeaker } from './lock-message.ts'

/** Keeps a message at hand for everybody in its conversation. Whose it is does not matter; again changes nothing. */
export async function pinMessage(
  { store, policies, newId }: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<Message> {
  const { messages, groups } = await policies.of(actor.tenantId)
  return store.transaction(actor.tenantId, async (uow) => {
    const locked = await lockMessage(uow, actor, messageId)
    const { conversation, message, self } = locked
    requireSpeaker(locked)
    if (messages.pinning !== 'everyone' && !(messages.pinning === 'moderators' && isModerator(self)))
      throw new ParleyError('forbidden', 'You may not pin messages here')
    if (self.blocked) throw blocked()
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    if (message.pinned) return message
    if ((await uow.messages.countPins(conversation.id)) >= MAX_PINS)
      throw invalidField('/messageId', 'maxItems', `would be more than the ${MAX_PINS} that a conversation pins`)
    const pinned = await changeMessage(uow, conversation, (rev) => uow.messages.setPin(messageId, actor.userId, rev))
    conversation.rev = pinned.rev
    const notice = { event: 'message_pinned', actorId: actor.userId, messageId, seq: message.seq } as const
    if (groups.notices) await changesOf(uow, conversation).note(newId(), notice)
    return pinned
  })
}

/** Takes down what is pinned: whoever pinned it, or may pin; moderators also where nobody pins any more. */
export async function unpinMessage(
  { store, policies }: Deps,
  actor: Actor,
  { messageId }: { messageId: string },
): Promise<Message> {
  const { pinning } = (await policies.of(actor.tenantId)).messages
  return store.transaction(actor.tenantId, async (uow) => {
    const locked = await lockMessage(uow, actor, messageId)
    const { conversation, message, self } = locked
    requireSpeaker(locked)
    if (pinning !== 'everyone' && !isModerator(self) && message.pinned?.by !== actor.userId)
      throw new ParleyError('forbidden', 'Only moderators and whoever pinned it may take a message down')
    if (!message.pinned) return message
    return changeMessage(uow, conversation, (rev) => uow.messages.setPin(messageId, null, rev))
  })
}

/** What is pinned of what the actor sees, the latest first. */
export async function listPins(
  { store }: Deps,
  actor: Actor,
  { conversationId }: ConversationRef,
): Promise<PinnedMessages> {
  return store.snapshot(actor.tenantId, async ({ participants, messages }) => {
    const viewer = await participants.find(conversationId, actor.userId)
    if (!viewer?.active) throw noSuchConversation()
    return { data: await messages.pinned(actor.userId, conversationId) }
  })
}

const isModerator = ({ role, via }: ParticipantRecord) =>
  via === 'admin' || (via === null && (role === 'owner' || role === 'moderator'))
