import {
  type Actor,
  type AudienceSnapshot,
  type CatchUp,
  type Edge,
  type HandshakeSync,
  type Head,
  MAX_SESSION_HEADS,
  ParleyError,
  type Session,
  type SyncResult,
  type UserProfile,
} from '@parley/contracts'
import { revocationOf } from '../access.ts'
import { syncQuestion } from '../conversations/sync.ts'
import type { Deps } from '../deps.ts'
import { requireWriter } from '../participants/require-writer.ts'
import { noSuchConversation } from '../refusals.ts'
import { identify } from '../users/identify.ts'
import { presenceSeen } from '../users/presence.ts'

/** A gateway that is further behind than this sends its sockets to sync instead of replaying to them. */
const MAX_CATCH_UP = 256

/** What gateways ask on their own account; see the contract. */
export function createEdge(deps: Deps): Edge {
  return {
    openSession: (actor, input) => openSession(deps, actor, input),
    requireToken: async (actor) => {
      await deps.access.requireEnabled(await deps.access.identify(actor))
      return {}
    },
    disabledAmong: async (actor, { userIds }) => {
      const refused = await deps.store.snapshot(actor.tenantId, ({ users }) => users.refusedAmong(userIds))
      return {
        userIds: refused.flatMap(({ userId, disabled }) => (disabled ? userId : [])),
        revocations: refused.flatMap(({ userId, disabled, ...standing }) =>
          disabled ? [] : { userId, ...revocationOf(standing) },
        ),
      }
    },
    acquainted: (actor, input) => acquainted(deps, actor, input),
    presenceSeen: async (given, { userIds, again }) => {
      const actor = await deps.access.requireEnabled(await deps.access.identify(given))
      if (!again) await deps.access.limitCalls(actor)
      return deps.turns.take(actor, async () => ({ seen: await presenceSeen(deps, actor, userIds) }))
    },
    lastSeen: async (actor, { users: seen }) => {
      await deps.store.transaction(actor.tenantId, ({ users }) => users.setLastSeen(seen))
      return {}
    },
    heads: async (actor, { conversationIds }) => ({
      heads: await deps.store.snapshot(actor.tenantId, ({ conversations }) => conversations.heads(conversationIds)),
    }),
    catchUp: (actor, from) => catchUp(deps, actor, from),
    audience: (actor, input) => audience(deps, actor, input),
    // in the turn of whoever types
    requireWriter: (actor, input) =>
      deps.turns.take({ ...actor, userId: input.userId, role: 'user' }, () =>
        deps.store.snapshot(actor.tenantId, (uow) => requireWriter(uow, input.conversationId, input.userId)),
      ),
  }
}

/**
 * Reads, in one snapshot, where the user's conversations stand, and what they have missed there. What is committed after it
 * reaches the gateway's subscription, which is in force before this is called.
 */
async function openSession(deps: Deps, actor: Actor, { sync }: { sync?: HandshakeSync }): Promise<Session> {
  const { store, turns } = deps
  const question = sync && (await answerable(deps, actor, sync))
  return turns.take(actor, async () => {
    const [{ user, at, unreadCount, heads }, missed] = question
      ? await store.reads.sessionAndSync(actor, MAX_SESSION_HEADS, question)
      : [await store.reads.session(actor, MAX_SESSION_HEADS)]
    const me = await identify(deps, actor, user)
    return { me, at, unreadCount, heads, ...(missed && passedOn(missed)) }
  })
}

/** More than that is asked for by the event: as text inside of a text it may take twice as much, and the bus carries a megabyte. */
const MOST_PASSED_ON_BYTES = 256 * 1024

function passedOn(missed: SyncResult): Pick<Session, 'sync'> {
  const json = JSON.stringify(missed)
  return Buffer.byteLength(json) <= MOST_PASSED_ON_BYTES ? { sync: json } : {}
}

/** A question that would be refused stops nobody from connecting: they ask again by the event, and are told why. */
async function answerable(
  { access }: Deps,
  actor: Actor,
  sync: HandshakeSync,
): Promise<ReturnType<typeof syncQuestion> | undefined> {
  try {
    const question = syncQuestion(sync)
    await access.limitCalls(await access.identify(actor))
    return question
  } catch (err) {
    if (err instanceof ParleyError) return undefined
    throw err
  }
}

async function acquainted(
  { store }: Deps,
  actor: Actor,
  { userId, among }: { userId: string; among: string[] },
): Promise<{ profile: UserProfile; userIds: string[] }> {
  return store.snapshot(actor.tenantId, async ({ users }) => ({
    profile: (await users.profiles([userId]))(userId),
    userIds: await users.acquaintedAmong(userId, among),
  }))
}

async function audience(
  { store }: Deps,
  actor: Actor,
  { conversationId }: { conversationId: string },
): Promise<AudienceSnapshot> {
  const snapshot = await store.snapshot(actor.tenantId, ({ participants }) => participants.audience(conversationId))
  if (!snapshot) throw noSuchConversation()
  return snapshot
}

/** Everything between a gateway's place in a conversation and its head, with who may hear it now. */
async function catchUp({ store }: Deps, actor: Actor, from: Head): Promise<CatchUp> {
  const id = from.conversationId
  return store.snapshot(actor.tenantId, async ({ conversations, participants, messages }) => {
    const [head] = await conversations.heads([id])
    const members = await participants.audience(id)
    if (!head || !members) throw noSuchConversation()
    const missed = await messages.range(id, from.seq, MAX_CATCH_UP + 1)
    const changed = await messages.changedRange(id, from.rev, from.seq, MAX_CATCH_UP + 1)
    const tooFar = missed.length > MAX_CATCH_UP || changed.length > MAX_CATCH_UP
    return {
      head,
      audience: members,
      messages: tooFar ? [] : missed,
      changed: tooFar ? [] : changed,
      participants: await participants.changedAfter(id, from.rev),
      conversation: (await conversations.loadShared([id])).get(id)!,
      conversationChanged: await conversations.hasChangedSince(id, from.rev),
      tooFar,
    }
  })
}
