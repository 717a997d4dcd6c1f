import { type Actor, type Message, ParleyError, type React } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { blocked, invalidField } from '../refusals.ts'
import { changeMessage, lockMessage, requireSpeaker } from './lock-message.ts'

/** Different emojis on one message: what people can take in. */
const MAX_EMOJIS = 20
/**
 * All reactions of a message together, as JSON: 500 people with long ids and 20 emojis would make a message that the bus refuses,
 * and it would refuse it after the commit.
 */
const MAX_BYTES = 64 * 1024
/** Every emoji that Unicode recommends for interchange, sequences such as flags and families included (UTS #51). */
const RECOMMENDED = '\\p{RGI_Emoji}'
const EMOJI = new RegExp(`^${RECOMMENDED}$`, 'v')
const EMOJI_PRESENTATION = '\ufe0f'

/** A reaction of the actor's to a message that they see: one more, or, where the rules give each one, instead of theirs. */
export async function addReaction(
  { store, policies }: Deps,
  actor: Actor,
  { messageId, emoji }: React,
): Promise<Message> {
  const wanted = toEmoji(emoji)
  const rule = (await policies.of(actor.tenantId)).messages.reactions
  return store.transaction(actor.tenantId, async (uow) => {
    const locked = await lockMessage(uow, actor, messageId)
    const { conversation, message, self } = locked
    requireSpeaker(locked)
    if (rule === 'none') throw new ParleyError('forbidden', 'There are no reactions here')
    if (self.blocked) throw blocked()
    if (message.deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
    const there = message.reactions.find((reaction) => reaction.emoji === wanted)
    if (there?.userIds.includes(actor.userId)) return message
    const alone = rule === 'one'
    if (!there && message.reactions.length >= MAX_EMOJIS)
      throw invalidField('/emoji', 'maxItems', `would be one more than the ${MAX_EMOJIS} that a message can have`)
    if (sizeOf(message.reactions) + sizeOf([{ emoji: wanted, userIds: [actor.userId] }]) > MAX_BYTES)
      throw invalidField('/emoji', 'maxLength', 'would be more than a message can carry')
    return changeMessage(uow, conversation, (rev) =>
      uow.messages.addReaction(messageId, { userId: actor.userId, emoji: wanted, alone }, rev),
    )
  })
}

/** Takes a reaction of the actor's back, also when a block stands between the two. */
export async function removeReaction({ store }: Deps, actor: Actor, { messageId, emoji }: React): Promise<Message> {
  const wanted = toEmoji(emoji)
  return store.transaction(actor.tenantId, async (uow) => {
    const locked = await lockMessage(uow, actor, messageId)
    const { conversation, message } = locked
    requireSpeaker(locked)
    const there = message.reactions.find((reaction) => reaction.emoji === wanted)
    if (!there?.userIds.includes(actor.userId)) return message
    return changeMessage(uow, conversation, (rev) =>
      uow.messages.removeReaction(messageId, { userId: actor.userId, emoji: wanted }, rev),
    )
  })
}

const sizeOf = (reactions: Message['reactions']) => Buffer.byteLength(JSON.stringify(reactions))

/** Keyboards leave the sign that asks for a coloured picture out or in: both are the same reaction. */
export function toEmoji(text: string): string {
  const emoji = [text, text + EMOJI_PRESENTATION].find((candidate) => EMOJI.test(candidate))
  if (emoji === undefined) throw invalidField('/emoji', 'emoji', 'is not an emoji')
  return emoji
}
