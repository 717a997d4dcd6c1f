import {
  type Actor,
  builtInKind,
  type ErrorCode,
  mentionsIn,
  ParleyError,
  type Policy,
  type PreSendHook,
} from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { type KeptBody, keptContent } from '../messages/message-body.ts'
import { requireWriter } from '../participants/require-writer.ts'
import type { HeldRecord } from '../ports/held-messages.ts'
import type { MessageDraft } from '../ports/messages.ts'
import { invalidField, keyReused } from '../refusals.ts'
import { heldForReview } from './ask-host.ts'
import { placeOf, questionOf } from './question.ts'
import { tellHeld } from './tell-held.ts'

export interface Passing {
  hook: PreSendHook
  policy: Policy
  /** As it would be appended, files and all. */
  draft: MessageDraft
  /** As its sender said it: what depends on the time of sending is looked at when it is sent. */
  said: KeptBody
  /** The files that it is to have, or those of the original. */
  attachmentIds: readonly string[]
  /** Its sender has chosen its key. */
  isKeyed: boolean
  /** Told before the host is asked. */
  waits?: (() => void) | undefined
}

/**
 * What the host makes of a message: the draft as it may be appended. What it rejects, or holds, is refused; and what was held is answered
 * the same again under its key, without asking. Nobody's lock is held, and no turn is taken, while it is asked.
 */
export async function passHost(deps: Deps, actor: Actor, passing: Passing): Promise<MessageDraft> {
  const { hook, policy, draft, said, attachmentIds, isKeyed, waits } = passing
  const { tenantId, conversationId, senderId, clientId, bodyHash } = draft
  if (hook.kinds) {
    const kind = await deps.kindOf(tenantId, conversationId)
    // where there is none the append says so
    if (kind && !hook.kinds.includes(kind)) return draft
  }
  await deps.access.requireEnabled(actor)
  const place = await deps.turns.take(actor, () =>
    deps.store.snapshot(tenantId, async (uow) => {
      if (isKeyed) {
        const [before] = await uow.messages.findByClientIds(conversationId, [{ senderId, clientId }])
        if (before && before.bodyHash !== bodyHash) throw keyReused('message')
        if (before) return undefined
        const held = await uow.heldMessages.findByKey(draft)
        if (held) throw answerTo(held, bodyHash)
      }
      // what is refused anyway is nobody's to look at
      await requireWriter(uow, conversationId, senderId)
      return placeOf(uow, actor, conversationId)
    }),
  )
  if (!place) return draft
  waits?.()
  const question = questionOf(place, draft, isKeyed ? clientId : null)
  const verdict = await deps.askHost(actor, hook, question, (content) => withWords(draft, content, policy))
  if (verdict.action === 'allow') return draft
  if (verdict.action === 'modify') return verdict.changed
  const { attachments = [] } = draft.extras ?? {}
  const body = { type: draft.type, ...said, attachmentIds: [...attachmentIds], attachments: [...attachments] }
  const { record, created } = await deps.turns.take(actor, () =>
    deps.store.transaction(tenantId, ({ heldMessages }) =>
      heldMessages.hold({ id: draft.id, conversationId, senderId, clientId, bodyHash, body, why: verdict.why }),
    ),
  )
  if (created) tellHeld(deps, tenantId, record.held)
  throw answerTo(record, bodyHash)
}

/** What was made of the same message before. */
function answerTo({ held: { status, error }, bodyHash: before }: HeldRecord, bodyHash: string): ParleyError {
  if (before !== bodyHash) return keyReused('message')
  if (status !== 'refused' || !error) return heldForReview()
  // as it was stored
  return new ParleyError(error.code as ErrorCode, error.message)
}

/** The same message with other words of the host's, which have to be such that its sender might have said them. */
function withWords(draft: MessageDraft, content: string, policy: Policy): MessageDraft {
  // whoever answers all questions alike leaves what has no words without any
  if (content === draft.content) return draft
  if (builtInKind(draft.type)?.content === 'none')
    throw invalidField('/content', 'kind', `is not for messages of the type ${draft.type}`)
  const kept = keptContent(content, policy)
  if (kept === draft.content) return draft
  const { mentions: _, ...extras } = draft.extras ?? {}
  const mentions = mentionsIn(kept)
  return { ...draft, content: kept, extras: { ...extras, ...(mentions.length > 0 && { mentions }), modified: true } }
}
