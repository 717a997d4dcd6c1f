import { type Actor, type Conversation, type CreateConversation, ParleyError } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { keptTitle } from '../kept-text.ts'
import { findMadeBefore, type KeyedCall, madeBefore } from '../made-before.ts'
import { mayCreateGroups } from '../policy/effective-policy.ts'
import { blocked, invalidField, noSuchConversation, requireOrdinaryId } from '../refusals.ts'
import { requireKnown } from '../users/require-known.ts'
import { openConversation } from './open-conversation.ts'

const MAX_METADATA_BYTES = 8 * 1024

/**
 * Creates a group, or finds or creates the direct conversation of two. The creator is in it, as the owner of a group.
 * `created` is false for a direct one that was there, and for a group under a clientId that was used before.
 */
export async function createConversation(
  deps: Deps,
  actor: Actor,
  input: CreateConversation,
): Promise<{ conversation: Conversation; created: boolean }> {
  const others = othersOf(actor, input)
  const made =
    input.kind === 'direct' ? await direct(deps, actor, input, others) : await group(deps, actor, input, others)
  const [conversation] = await deps.store.reads.conversations(actor, [made.conversationId])
  // the repeat of a creation, by somebody who has left the group since
  if (!conversation) throw noSuchConversation()
  return { conversation, created: made.created }
}

/** Whom it is to be with, and as what. Refuses a call that nothing could be made of under any policy. */
function othersOf(
  { userId: ownId }: Actor,
  { kind, participants, title, metadata = {} }: CreateConversation,
): Map<string, string> {
  for (const [i, { userId }] of participants.entries()) requireOrdinaryId(userId, `/participants/${i}/userId`)
  const others = new Map(participants.map((p) => [p.userId, p.role ?? 'member']))
  if (others.size !== participants.length) throw invalidField('/participants', 'uniqueItems', 'names somebody twice')
  if (JSON.stringify(metadata).length > MAX_METADATA_BYTES)
    throw invalidField('/metadata', 'maxLength', `is larger than ${MAX_METADATA_BYTES} bytes`)
  if (kind === 'group') return others
  others.delete(ownId)
  if (others.size !== 1)
    throw invalidField('/participants', 'direct', 'of a direct conversation is exactly one other person')
  if (title !== undefined) throw invalidField('/title', 'direct', 'belongs to groups; a direct conversation has none')
  return others
}

interface Made {
  conversationId: string
  created: boolean
}

async function direct(deps: Deps, actor: Actor, input: CreateConversation, others: Map<string, string>): Promise<Made> {
  const other = [...others.keys()][0]!
  const trusted = actor.role === 'service'
  const pointer = pointerOf(input, other)
  return deps.finder.direct(actor, other, { trusted, pointer, ...(input.metadata && { metadata: input.metadata }) })
}

const pointerOf = ({ participants }: CreateConversation, id: string) =>
  `/participants/${participants.findIndex(({ userId }) => userId === id)}/userId`

async function group(
  { store, newId, policies }: Deps,
  actor: Actor,
  input: CreateConversation,
  others: Map<string, string>,
): Promise<Made> {
  const policy = await policies.of(actor.tenantId)
  if (actor.role === 'user' && !mayCreateGroups(policy, actor.hostRole))
    throw new ParleyError('forbidden', 'You may not create groups')
  const members = withOwner(actor, others)
  const title = input.title === undefined ? null : keptTitle(input.title)
  const { maxParticipants } = policy.groups
  if (members.size > maxParticipants)
    throw invalidField('/participants', 'maxItems', `are more than ${maxParticipants} with you`)
  return store.transaction(actor.tenantId, async (uow) => {
    const id = newId()
    const before = await madeBefore(uow, actor, { ...keyedCall(input, members), id, noun: 'conversation' })
    if (before !== undefined) return { conversationId: before, created: false }
    const named = input.participants.filter(({ userId }) => userId !== actor.userId)
    await requireKnown(
      uow,
      actor,
      policy,
      named.map(({ userId }) => ({ userId, pointer: pointerOf(input, userId) })),
    )
    await uow.users.ensure([...members.keys()])
    // who blocks somebody meanwhile waits for this, and does not miss it
    await uow.users.lock([...members.keys()], 'start')
    if (await uow.blocks.amongOthers(actor.userId, [...others.keys()])) throw blocked()
    await uow.conversations.insert({
      id,
      kind: 'group',
      directKey: null,
      title,
      metadata: input.metadata ?? {},
      createdBy: actor.userId,
    })
    await openConversation(
      uow,
      id,
      [...members].map(([userId, role]) => ({ userId, role, via: null })),
    )
    return { conversationId: id, created: true }
  })
}

const withOwner = ({ userId }: Actor, others: ReadonlyMap<string, string>) => new Map([...others, [userId, 'owner']])

const keyedCall = (
  { title, metadata, clientId }: CreateConversation,
  members: ReadonlyMap<string, string>,
): KeyedCall => ({ operation: 'createConversation', clientId, body: [title, metadata, [...members].sort()] })

/**
 * What an earlier call with the same key and body made. Undefined for whoever has left it since: it is answered as it is now, which
 * is not theirs to know. Undefined for a direct conversation too: that is found whatever the key, and refused only by a limit of
 * calls, which passes.
 */
export async function createdBefore(
  { store }: Deps,
  actor: Actor,
  input: CreateConversation,
): Promise<{ conversation: Conversation; created: boolean } | undefined> {
  if (input.kind === 'direct') return undefined
  const call = keyedCall(input, withOwner(actor, othersOf(actor, input)))
  const id = await store.snapshot(actor.tenantId, (uow) => findMadeBefore(uow, actor, call))
  const [conversation] = id ? await store.reads.conversations(actor, [id]) : []
  return conversation && { conversation, created: false }
}
