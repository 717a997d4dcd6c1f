import {
  type Actor,
  ParleyError,
  type Policy,
  type SendMessage,
  type SentMessage,
  SYSTEM_USER_ID,
} from '@parley/contracts'
import { claim, releaseAfter, tellWritten, typeWith } from '../attachments/claim-attachments.ts'
import type { Turn } from '../conversations/conversation-finder.ts'
import { hasStates, waiting } from '../deals/deadline.ts'
import type { Deps } from '../deps.ts'
import { orFirstResult } from '../made-before.ts'
import { mayUsersSend } from '../policy/custom-types.ts'
import type { MessageDraft } from '../ports/messages.ts'
import { invalidField, keyReused, noSuchUser, requireOrdinaryId } from '../refusals.ts'
import { hashOfBody, keptBody, requireBody } from './message-body.ts'
import { limitConversation, limitMessages } from './message-limits.ts'
import { findSentBefore, sentBefore } from './sent-before.ts'

/**
 * Appends to a conversation, or to the one with `to` or of `context`, which the first message creates. The reply says what
 * is committed. Without a clientId the call is not repeatable: a second one is a second message.
 *
 * The host's backend sends in the name of a user with `as`, and as the system with the type `system`. `unattended`: its sender is not
 * there, and sending it says nothing of what they have read.
 */
export async function sendMessage(
  deps: Deps,
  given: Actor,
  input: SendMessage,
  { unattended = false } = {},
): Promise<SentMessage> {
  const actor = await deps.access.identify(given)
  await requireWellFormed(deps, actor, input)
  const { clientId } = input
  const rule = async () => {
    const { rateLimits } = await deps.policies.of(actor.tenantId)
    return actor.role === 'service'
      ? rateLimits.tenantMessages
      : (rateLimits.userMessages ?? rateLimits.conversationMessages)
  }
  // the append has looked for an earlier one itself
  let isAppending = false
  const onAppend = () => {
    isAppending = true
  }
  return orFirstResult(
    deps,
    actor,
    { clientId, rule },
    () => sendAs(deps, actor, input, unattended, onAppend),
    async () => (isAppending ? undefined : sentBefore(deps, actor, input)),
  )
}

async function sendAs(
  deps: Deps,
  given: Actor,
  input: SendMessage,
  unattended: boolean,
  onAppend: () => void,
): Promise<SentMessage> {
  const policy = await deps.policies.of(given.tenantId)
  const { conversationId, as, type = 'text', attachments: attachmentIds = [] } = input
  const hasFiles = attachmentIds.length > 0
  // Whether the sender is disabled is a question of the append; what is decided before it asks for itself.
  const decides = conversationId === undefined || as !== undefined || type === 'system' || hasFiles
  const actor = decides ? await deps.access.requireEnabled(given) : given
  const kept = keptBody(input, policy)
  const { senderId, interactive } = senderOf(actor, input, policy)
  await limitMessages(deps, actor, senderId, policy)
  const { content, extras } = hasStates(type) ? await waiting(deps, actor, type, kept, policy) : kept
  const target = conversationId ?? (await targetOf(deps, actor, senderId, input))
  await limitConversation(deps, actor, target, policy)
  const id = deps.newId()
  const clientId = input.clientId ?? id
  const draft: MessageDraft = {
    tenantId: actor.tenantId,
    conversationId: target,
    senderId,
    id,
    clientId,
    bodyHash: hashOfBody(input),
    type,
    content,
    extras,
    interactive: interactive && !unattended,
  }
  const append = (complete: MessageDraft) => {
    onAppend()
    return deps.store.append(complete)
  }
  if (hasFiles) return sendWithFiles(deps, actor, { input, policy, draft, unattended }, append)
  // it does not overtake what the same sender sent before
  if (deps.claimOrder.isBusy) await deps.claimOrder.before(draft)
  const { message, created } = await append(draft)
  if (created) tellWritten(deps, actor, message, policy)
  // how long it waits was said when it was sent first
  const first = created || !hasStates(type) ? undefined : await sentBefore(deps, actor, input)
  return first ?? { message: { ...message, clientId }, created }
}

interface WithFiles {
  input: SendMessage
  policy: Policy
  draft: MessageDraft
  unattended: boolean
}

/** Claims the files for the message, and appends it with them as they are now. */
async function sendWithFiles(
  deps: Deps,
  actor: Actor,
  { input, policy, draft, unattended }: WithFiles,
  append: (complete: MessageDraft) => Promise<SentMessage>,
): Promise<SentMessage> {
  const { conversationId, senderId, clientId, extras } = draft
  const before = await deps.store.snapshot(draft.tenantId, ({ messages }) =>
    messages.findByClientIds(conversationId, [{ senderId, clientId }]),
  )
  if (before.some(({ bodyHash }) => bodyHash !== draft.bodyHash)) throw keyReused('message')
  const first = before.length > 0 ? await sentBefore(deps, actor, { ...input, conversationId }) : undefined
  if (first) return first
  const key = { conversationId, senderId, clientId }
  try {
    const { message, created } = await deps.claimOrder.inTurn(
      draft,
      () => claim(deps, actor, { key, attachmentIds: input.attachments! }),
      async (attachments) => {
        const type = typeWith(actor, input, policy, attachments)
        return append({ ...draft, type, extras: { ...extras, attachments } })
      },
    )
    if (created) tellWritten(deps, actor, message, policy)
    return { message: { ...message, clientId }, created }
  } catch (err) {
    // what was scheduled may be mended by its sender and sent after all
    if (!unattended) releaseAfter(deps, actor, key, err)
    throw err
  }
}

/**
 * Refuses what could be sent to nobody, or by nobody, under any policy: under a key that was used as well. Who is disabled is told
 * that first.
 */
async function requireWellFormed({ access }: Deps, actor: Actor, input: SendMessage): Promise<void> {
  try {
    requireOneTarget(input)
    requireBody(input)
  } catch (refusal) {
    await access.requireEnabled(actor)
    throw refusal
  }
}

/** Refuses what this actor could not send now, to whomever, under the policy. Returns in whose name it would be. */
export function requireSendable(actor: Actor, input: SendMessage, policy: Policy): { senderId: string } {
  requireOneTarget(input)
  requireBody(input)
  keptBody(input, policy)
  return senderOf(actor, input, policy)
}

function requireOneTarget({ conversationId, to, context, as, type }: SendMessage): void {
  if (
    conversationId !== undefined ? to !== undefined || context !== undefined : to === undefined && context === undefined
  )
    throw invalidField('/conversationId', 'target', 'or /to or /context has to be given, and only one of them')
  if (to !== undefined) requireOrdinaryId(to, '/to')
  if (as !== undefined) requireOrdinaryId(as, '/as')
  if (as !== undefined && type === 'system') throw invalidField('/as', 'system', 'is not for messages of the system')
}

/** Its type is what its files are, and is looked at when they are known. */
const isOfFiles = ({ type, content, attachments = [] }: SendMessage) =>
  type === undefined && content === undefined && attachments.length > 0

function senderOf(actor: Actor, given: SendMessage, policy: Policy) {
  const { as, type = 'text' } = given
  const isService = actor.role === 'service'
  if (as !== undefined && !isService)
    throw new ParleyError('forbidden', "Only the host's backend may send in the name of somebody")
  if (type === 'system') {
    if (!isService) throw new ParleyError('forbidden', "Only the host's backend may speak as the system")
    return { senderId: SYSTEM_USER_ID, interactive: false }
  }
  if (!isService && !isOfFiles(given) && !mayUsersSend(policy, type))
    throw invalidField('/type', 'policy', `${JSON.stringify(type)} is not a type of message here`)
  return { senderId: as ?? actor.userId, interactive: !isService }
}

/** The conversation of a first message. */
async function targetOf(deps: Deps, actor: Actor, senderId: string, input: SendMessage): Promise<string> {
  const { to, context, clientId } = input
  const trusted = actor.role === 'service'
  const isSystem = senderId === SYSTEM_USER_ID
  if (isSystem && !context) throw invalidField('/to', 'system', 'is not for messages of the system')
  const sender = trusted && !isSystem ? await inTheNameOf(deps, actor, senderId) : actor
  const turn: Turn | undefined = trusted ? undefined : (work) => deps.turns.take(actor, work)
  const found = context
    ? await deps.finder.ofContext(sender, context, {
        otherId: to,
        trusted,
        asMember: !isSystem,
        turn,
        ...(clientId !== undefined && {
          sentTo: async (uow) => (await findSentBefore(uow, actor, input))?.message.conversationId,
        }),
      })
    : await deps.finder.direct(sender, to!, { trusted, turn })
  return found.conversationId
}

/** Known to Parley, so that a slip of the backend's does not make somebody up. */
async function inTheNameOf({ store }: Deps, actor: Actor, userId: string): Promise<Actor> {
  const user = await store.snapshot(actor.tenantId, ({ users }) => users.find(userId))
  if (!user) throw noSuchUser()
  return { ...actor, userId, hostRole: user.role }
}
