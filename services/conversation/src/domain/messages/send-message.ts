import {
  type Actor,
  ParleyError,
  type Policy,
  type PreSendHook,
  type SendMessage,
  type SentMessage,
  type Served,
  SYSTEM_USER_ID,
} from '@parley/contracts'
import { claim, releaseAfter, tellWritten, typeWith } from '../attachments/claim-attachments.ts'
import { hookFor } from '../before-send/ask-host.ts'
import { passHost } from '../before-send/pass-host.ts'
import type { Turn } from '../conversations/conversation-finder.ts'
import { hasStates, waiting } from '../deals/deadline.ts'
import type { Deps } from '../deps.ts'
import { orFirstResult } from '../made-before.ts'
import { mayUsersSend } from '../policy/custom-types.ts'
import type { MessageDraft } from '../ports/messages.ts'
import { invalidField, keyReused, noSuchUser, requireOrdinaryId } from '../refusals.ts'
import { hashOfBody, type KeptBody, keptBody, requireBody } from './message-body.ts'
import { limitConversation, limitMessages } from './message-limits.ts'
import { findSentBefore, sentBefore } from './sent-before.ts'

/**
 * Appends to a conversation, or to the one with `to` or of `context`, which the first message creates. The reply says what
 * is committed. Without a clientId the call is not repeatable: a second one is a second message.
 *
 * The host's backend sends in the name of a user with `as`, and as the system with the type `system`. `unattended`: its sender is not
 * there, and sending it says nothing of what they have read. `served`: told when it waits for the host.
 */
export async function sendMessage(
  deps: Deps,
  given: Actor,
  input: SendMessage,
  { unattended = false, served }: { unattended?: boolean; served?: Served | undefined } = {},
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
  // the append, or what comes before it, has looked for an earlier one itself
  let isAppending = false
  const onAppend = () => {
    isAppending = true
  }
  return orFirstResult(
    deps,
    actor,
    { clientId, rule },
    () => sendAs(deps, actor, input, { unattended, served, onAppend }),
    async () => (isAppending ? undefined : sentBefore(deps, actor, input)),
  )
}

/** How a message is sent, whatever it says. */
interface Way {
  unattended: boolean
  served: Served | undefined
  /** Told when an earlier one of the same key is looked for on the way. */
  onAppend: () => void
}

async function sendAs(deps: Deps, given: Actor, input: SendMessage, way: Way): Promise<SentMessage> {
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
    interactive: interactive && !way.unattended,
    token: tokenOf(actor),
  }
  const hook = hookFor(actor, policy)
  if (hasFiles || hook) return sendPrepared(deps, actor, { input, policy, draft, kept, hook, way })
  // it does not overtake what the same sender sent before
  if (deps.sendOrder.isBusy) await deps.sendOrder.before(draft)
  way.onAppend()
  const { message, created } = await deps.store.append(draft)
  if (created) tellWritten(deps, actor, message, policy)
  // how long it waits was said when it was sent first
  const first = created || !hasStates(type) ? undefined : await sentBefore(deps, actor, input)
  return first ?? { message: { ...message, clientId }, created }
}

interface Preparing {
  input: SendMessage
  policy: Policy
  draft: MessageDraft
  /** As it was said: what depends on the time of sending is not in it. */
  kept: KeptBody
  hook: PreSendHook | null
  way: Way
}

/** Claims the files for the message, asks the host about it, and appends it as it is then. */
async function sendPrepared(deps: Deps, actor: Actor, preparing: Preparing): Promise<SentMessage> {
  const { input, policy, draft, kept, hook, way } = preparing
  const { conversationId, senderId, clientId } = draft
  const key = { conversationId, senderId, clientId }
  const { attachments: attachmentIds = [] } = input
  const prepare = async (): Promise<{ first: SentMessage } | { complete: MessageDraft }> => {
    let complete = draft
    if (attachmentIds.length > 0) {
      const first = await firstWithFiles(deps, actor, preparing)
      if (first) return { first }
      const attachments = await claim(deps, actor, { key, attachmentIds })
      const type = typeWith(actor, input, policy, attachments)
      complete = { ...draft, type, extras: { ...draft.extras, attachments } }
    }
    if (!hook) return { complete }
    way.onAppend()
    const passing = { hook, policy, draft: complete, said: kept, attachmentIds, isKeyed: input.clientId !== undefined }
    return { complete: await passHost(deps, actor, { ...passing, waits: way.served?.waits }) }
  }
  try {
    const sent = await deps.sendOrder.inTurn(draft, prepare, async (prepared) => {
      if ('first' in prepared) return prepared.first
      way.onAppend()
      return deps.store.append(prepared.complete)
    })
    if (sent.created) tellWritten(deps, actor, sent.message, policy)
    // what was answered then, words of the host's and all
    const first = sent.created || !hook ? undefined : await sentBefore(deps, actor, { ...input, conversationId })
    return first ?? { message: { ...sent.message, clientId }, created: sent.created }
  } catch (err) {
    // what was scheduled may be mended by its sender and sent after all
    if (!way.unattended && attachmentIds.length > 0) releaseAfter(deps, actor, key, err)
    throw err
  }
}

/** What the same call has sent before, with the files that it claimed then. */
async function firstWithFiles(deps: Deps, actor: Actor, { input, draft }: Preparing): Promise<SentMessage | undefined> {
  const { conversationId, senderId, clientId, bodyHash } = draft
  const before = await deps.store.snapshot(draft.tenantId, ({ messages }) =>
    messages.findByClientIds(conversationId, [{ senderId, clientId }]),
  )
  if (before.some((one) => one.bodyHash !== bodyHash)) throw keyReused('message')
  return before.length > 0 ? sentBefore(deps, actor, { ...input, conversationId }) : undefined
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

/** The backend's is not asked about: it has no user who could have taken it back. */
const tokenOf = ({ role, issuedAt, sessionId }: Actor) =>
  role === 'service' || sessionId === undefined ? undefined : { issuedAt, sessionId }

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
