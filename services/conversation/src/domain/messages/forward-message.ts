import {
  type Actor,
  type ForwardedMessages,
  type ForwardMessage,
  kindOf,
  type Message,
  mentionsIn,
  ParleyError,
  type Policy,
  type SentMessage,
  toErrorBody,
} from '@parley/contracts'
import { copy, releaseAfter, tellWritten } from '../attachments/claim-attachments.ts'
import { hookFor } from '../before-send/ask-host.ts'
import { passHost } from '../before-send/pass-host.ts'
import { bodyHash } from '../body-hash.ts'
import type { Deps } from '../deps.ts'
import { mayUsersSend } from '../policy/custom-types.ts'
import type { MessageDraft, MessageExtras, Messages } from '../ports/messages.ts'
import { noSuchMessage } from '../refusals.ts'
import { limitConversation, limitMessages } from './message-limits.ts'

/**
 * Sends what a message says that the actor sees to other conversations, in their own name and each by itself: what one refuses
 * does not stop the others. It says that it was passed on, and neither from where nor by whom it was. An answer answers nothing there.
 */
export async function forwardMessage(deps: Deps, actor: Actor, input: ForwardMessage): Promise<ForwardedMessages> {
  const { messageId, conversationIds } = input
  const policy = await deps.policies.of(actor.tenantId)
  const message = await deps.turns.take(actor, () =>
    deps.store.snapshot(actor.tenantId, ({ messages }) => messages.findVisible(actor.userId, messageId)),
  )
  if (!message) throw noSuchMessage()
  requireForwardable(message, actor, policy)
  const ids = [...new Set(conversationIds)]
  const outcomes = new Map(
    await Promise.all(
      ids.map(
        async (id) => [id, await sendOn(deps, actor, policy, message, { ...input, conversationId: id })] as const,
      ),
    ),
  )
  return {
    data: conversationIds.map((conversationId) => {
      const outcome = outcomes.get(conversationId)!
      if (!(outcome instanceof ParleyError)) return { conversationId, message: outcome, error: null }
      const { code, message: words } = toErrorBody(outcome)
      return { conversationId, message: null, error: { code, message: words } }
    }),
  }
}

/** What an earlier call with the same key and message made, where all of it is there. */
export async function forwardedBefore(
  { store }: Deps,
  { tenantId, userId: senderId }: Actor,
  { messageId, conversationIds, clientId }: ForwardMessage,
): Promise<ForwardedMessages | undefined> {
  if (clientId === undefined) return undefined
  return store.snapshot(tenantId, async ({ messages }) => {
    const data: ForwardedMessages['data'] = []
    for (const conversationId of conversationIds) {
      const message = await findForwarded(messages, conversationId, { senderId, clientId, bodyHash: hashOf(messageId) })
      if (!message) return undefined
      data.push({ conversationId, message: { ...message, clientId }, error: null })
    }
    return { data }
  })
}

/**
 * What was passed on before: as it is now, for it may have been edited since; as it was sent, for who is not there any more, and is told
 * nothing of what became of it.
 */
async function findForwarded(
  messages: Messages,
  conversationId: string,
  key: { senderId: string; clientId: string; bodyHash: string },
): Promise<Message | undefined> {
  const sent = await messages.findSent({ conversationId }, key)
  if (!sent) return undefined
  const seen = await messages.findVisible(key.senderId, sent.id)
  if (seen) return seen
  const { pinned: _, ...kept } = sent
  return { ...kept, rev: 0, reactions: [], editedAt: null }
}

const hashOf = (messageId: string) => bodyHash(['forward', messageId])

/** Refuses what only its sender may say, and what binds the two who agree on it. */
function requireForwardable({ type, deletedAt }: Message, actor: Actor, policy: Policy): void {
  if (deletedAt !== null) throw new ParleyError('forbidden', 'This message was deleted')
  if (kindOf(type).forwarded === false || (actor.role !== 'service' && !mayUsersSend(policy, type)))
    throw new ParleyError('forbidden', `Messages of the type ${type} are not passed on`)
}

async function sendOn(
  deps: Deps,
  actor: Actor,
  policy: Policy,
  { type, content, payload, attachments: originals }: Message,
  { messageId, conversationId, ...input }: ForwardMessage & { conversationId: string },
): Promise<Message | ParleyError> {
  const { tenantId, userId: senderId } = actor
  const id = deps.newId()
  const clientId = input.clientId ?? id
  const mentions = mentionsIn(content)
  const extras: MessageExtras = {
    forwarded: true,
    ...(payload && { payload: { ...payload } }),
    ...(mentions.length > 0 && { mentions }),
  }
  try {
    await limitMessages(deps, actor, senderId, policy)
    await limitConversation(deps, actor, conversationId, policy)
    const bodyHashed = hashOf(messageId)
    const place = { tenantId, conversationId, senderId, id, clientId, bodyHash: bodyHashed }
    const draft: MessageDraft = { ...place, type, content, extras, interactive: actor.role !== 'service' }
    const attachmentIds = originals.map((one) => one.id)
    const hook = hookFor(actor, policy)
    const pass = async (complete: MessageDraft) =>
      hook
        ? passHost(deps, actor, {
            ...{ hook, policy, draft: complete, said: { content, extras }, attachmentIds },
            isKeyed: input.clientId !== undefined,
          })
        : complete
    const sent =
      originals.length === 0
        ? await deps.store.append(hook ? await pass(draft) : draft)
        : await sendCopies(deps, actor, attachmentIds, draft, pass)
    if (sent.created) tellWritten(deps, actor, sent.message, policy)
    const message = sent.created ? sent.message : await present(deps, actor, draft, sent.message)
    return { ...message, clientId }
  } catch (err) {
    if (err instanceof ParleyError) return err
    throw err
  }
}

/** The files are stored once, and each message has its own right to them. */
async function sendCopies(
  deps: Deps,
  actor: Actor,
  attachmentIds: string[],
  draft: MessageDraft,
  pass: (complete: MessageDraft) => Promise<MessageDraft>,
): Promise<SentMessage> {
  const { conversationId, senderId, clientId } = draft
  const key = { conversationId, senderId, clientId }
  try {
    const attachments = await copy(deps, actor, { key, attachmentIds })
    return await deps.store.append(await pass({ ...draft, extras: { ...draft.extras, attachments } }))
  } catch (err) {
    releaseAfter(deps, actor, key, err)
    throw err
  }
}

async function present({ store, turns }: Deps, actor: Actor, draft: MessageDraft, sent: Message): Promise<Message> {
  const found = await turns.take(actor, () =>
    store.snapshot(actor.tenantId, ({ messages }) => findForwarded(messages, draft.conversationId, draft)),
  )
  return found ?? sent
}
