import { type Actor, type Claims, type FieldError, ParleyError, type SendKey } from '@parley/contracts'
import { type Deps, UNCONFIRMED_MS, UNDER_WAY_MS, UNSENT_MS } from '../deps.ts'
import type { StoredAttachment, UnitOfWork } from '../ports/store.ts'
import { toAttachment } from '../to-attachment.ts'
import { askOutcome } from './ask-outcome.ts'

const NEVER = { pointer: '', code: 'not_found', detail: 'There is no such attachment of yours in this conversation' }
const TAKEN = { pointer: '', code: 'already_sent', detail: 'This attachment is in another message' }
const INFECTED = { pointer: '', code: 'attachment_infected', detail: 'This file holds a virus' }
const TWICE = { pointer: '', code: 'duplicate', detail: 'Each attachment is named once' }

/**
 * Keeps what the sender uploaded for the one message with that key. What another message has claimed, and was never written, is taken
 * over from it: whether it was is asked first. Rejects with `invalid_input` at each place that is refused.
 */
export const claimAttachments =
  (deps: Deps): Claims['claimAttachments'] =>
  async (actor, { key, attachmentIds }) => {
    const { store } = deps
    const { tenantId } = actor
    const claim = (unit: UnitOfWork, mayTake: (found: StoredAttachment) => boolean) =>
      claimIn(unit, actor, { key, attachmentIds, mayTake })
    const first = await store.transaction(tenantId, (unit) => claim(unit, () => false))
    if ('attachments' in first) return first
    const abandoned = await abandonedOf(deps, tenantId, first.taken)
    const result =
      abandoned.size > 0
        ? await store.transaction(tenantId, (unit) => claim(unit, (one) => isStillFor(one, abandoned.get(one.id))))
        : first
    if ('attachments' in result) return result
    throw new ParleyError('invalid_input', 'These attachments cannot be sent', { errors: result.errors })
  }

interface ClaimInput {
  key: SendKey
  attachmentIds: readonly string[]
  /** Whether one that another message has claimed may be taken from it. */
  mayTake: (found: StoredAttachment) => boolean
}

async function claimIn(
  { attachments }: UnitOfWork,
  actor: Actor,
  { key, attachmentIds, mayTake }: ClaimInput,
): Promise<Awaited<ReturnType<Claims['claimAttachments']>> | { errors: FieldError[]; taken: StoredAttachment[] }> {
  const found = new Map((await attachments.lock(attachmentIds)).map((one) => [one.id, one]))
  const taken: StoredAttachment[] = []
  const refusal = (id: string, i: number) => {
    const one = found.get(id)
    if (attachmentIds.indexOf(id) !== i) return TWICE
    const isTheirs =
      one?.purpose === 'message' &&
      one.conversationId === key.conversationId &&
      (one.uploaderId === key.senderId || one.uploaderId === actor.userId)
    if (!one || !isTheirs) return NEVER
    if (one.status === 'infected') return INFECTED
    if (one.claim && !isSame(one.claim.key, key) && !mayTake(one)) {
      taken.push(one)
      return TAKEN
    }
    return one.claim === null && one.messageId !== null ? TAKEN : undefined
  }
  const errors = attachmentIds.flatMap((id, i) => {
    const refused = refusal(id, i)
    return refused ? [{ ...refused, pointer: `/attachments/${i}` }] : []
  })
  if (errors.length > 0) return { errors, taken }
  if (attachmentIds.some((id) => !isSame(found.get(id)!.claim?.key, key))) {
    // what the same message named when it was tried before, in another list
    const before = (await attachments.ofKey(key)).filter((one) => one.messageId === null && one.copiedFrom === null)
    await attachments.unclaim(
      before.map(({ id }) => id),
      UNSENT_MS,
    )
    await attachments.claim(attachmentIds, key, UNCONFIRMED_MS)
  } else if (attachmentIds.every((id) => found.get(id)!.messageId === null)) {
    // the message is under way again: nobody may believe that it was given up
    await attachments.claim(attachmentIds, key, UNCONFIRMED_MS)
  }
  return { attachments: attachmentIds.map((id) => toAttachment(found.get(id)!)) }
}

/** Whose message was never written, and is not under way: by attachment. */
async function abandonedOf(
  deps: Deps,
  tenantId: string,
  taken: readonly StoredAttachment[],
): Promise<Map<string, SendKey>> {
  const abandoned = new Map<string, SendKey>()
  for (const { id, claim, messageId } of taken) {
    if (!claim || messageId !== null || claim.age < UNDER_WAY_MS) continue
    const outcome = await askOutcome(deps, tenantId, claim.key)
    if (outcome.messageId === null && !outcome.waiting) abandoned.set(id, claim.key)
  }
  return abandoned
}

/**
 * Whether one that is locked is claimed as it was when it was asked what became of the message, and neither taken nor renewed by somebody
 * quicker.
 */
export const isStillFor = ({ claim }: StoredAttachment, asked: SendKey | undefined): boolean =>
  asked !== undefined && claim !== null && isSame(claim.key, asked) && claim.age >= UNDER_WAY_MS

export const isSame = (one: SendKey | undefined, other: SendKey) =>
  one?.conversationId === other.conversationId && one.senderId === other.senderId && one.clientId === other.clientId
