import { type Actor, type Context, type ContextRef, ParleyError, type Policy } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { stateFor } from '../contexts/context-state.ts'
import { contextRule, mayStartDirect } from '../policy/effective-policy.ts'
import type { Policies } from '../policy/policies.ts'
import type { Store, UnitOfWork } from '../ports.ts'
import { blocked, invalidField, noSuchContext, requireWritable } from '../refusals.ts'
import { requireKnown } from '../users/require-known.ts'
import { contextKey, directKey, pairOf } from './conversation-key.ts'
import { openConversation, type Person } from './open-conversation.ts'

/** Whose a conversation is stays so for ever, so this many are remembered. */
const MAX_REMEMBERED = 20_000
/** As lru-cache says it. */
const FOR_EVER = 0
/** Where the conversation of a context belongs is not: the policy changes, or a parent. It may be as old as a policy. Milliseconds. */
const PLACE_FRESH_MS = 2_000
/** A milestone's parent, and its parent: nobody nests deeper. */
export const MAX_PARENTS = 5

export interface Found {
  conversationId: string
  created: boolean
}

/** Does the work when it is the caller's turn; see Turns. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>

interface DirectOptions {
  metadata?: object
  trusted?: boolean
  /** Where the caller named the other. */
  pointer?: string
  turn?: Turn | undefined
}

/** Finds or creates the one conversation that belongs to a pair, to a context, or to a pair within one. */
export interface ConversationFinder {
  /**
   * `trusted`: the host's backend asks, whom the rules of who may start do not bind. `asMember`: it speaks for a member, and
   * starts nothing for whoever is none. `turn`: the caller has none yet, and needs one only to look for what is not remembered.
   */
  direct(actor: Actor, otherId: string, options?: DirectOptions): Promise<Found>
  ofContext(
    actor: Actor,
    context: ContextRef,
    options?: {
      otherId?: string | undefined
      trusted?: boolean
      asMember?: boolean
      /**
       * Where the message is that it is looked for, when it was sent before. It is not sent again because its context has
       * another place by now: the call is refused, and so answered with what it made.
       */
      sentTo?: (uow: UnitOfWork) => Promise<string | undefined>
      turn?: Turn | undefined
    },
  ): Promise<Found>
  /** Null when it has not been started. Refuses whoever is no member. */
  existing(actor: Actor, context: ContextRef, otherId: string | undefined): Promise<string | null>
}

/**
 * Concurrent calls for the same conversation share one look-up, and go on in the order in which they were made: the first
 * messages of a conversation that does not exist yet keep their order. Two processes that create it at once get the same.
 */
export function createConversationFinder({
  store,
  newId,
  policies,
}: {
  store: Store
  newId: () => string
  policies: Policies
}): ConversationFinder {
  const known = new LRUCache<string, string>({ max: MAX_REMEMBERED })
  const looking = new Map<string, Promise<Found>>()
  /** Look-ups with the wait for a turn. Whoever has a turn joins none of these. */
  const waiting = new Map<string, Promise<Found>>()

  const once = async (memo: string, look: () => Promise<Found>, freshMs = FOR_EVER): Promise<Found> => {
    const conversationId = known.get(memo)
    if (conversationId !== undefined) return { conversationId, created: false }
    const lookAndRemember = async () => {
      const found = await look()
      known.set(memo, found.conversationId, { ttl: freshMs })
      return found
    }
    return shared(looking, memo, lookAndRemember, () => once(memo, look, freshMs))
  }

  /** The same for somebody who takes a turn to look. Who comes while they wait for it comes behind them, whatever is known by then. */
  const onceInTurn = async (
    turn: Turn | undefined,
    actor: Actor,
    memo: string,
    look: () => Promise<Found>,
    freshMs = FOR_EVER,
  ): Promise<Found> => {
    if (!turn) return once(memo, look, freshMs)
    // not of the other of a pair, whose turn comes at another time
    const own = `${actor.userId}:${memo}`
    if (!waiting.has(own)) {
      const conversationId = known.get(memo)
      if (conversationId !== undefined) return { conversationId, created: false }
    }
    return shared(
      waiting,
      own,
      () => turn(() => once(memo, look, freshMs)),
      () => onceInTurn(turn, actor, memo, look, freshMs),
    )
  }

  const createDirect = async (
    actor: Actor,
    otherId: string,
    key: string,
    { metadata = {}, trusted = false, pointer = '/to' }: DirectOptions,
  ): Promise<Found> => {
    const found = await store.snapshot(actor.tenantId, ({ conversations }) => conversations.findDirect(key))
    if (found) return { conversationId: found, created: false }
    const policy = await policies.of(actor.tenantId)
    return store.transaction(actor.tenantId, async (uow) => {
      if (!trusted) {
        const other = await uow.users.standing(otherId)
        // before whether they exist, which it would tell otherwise
        if (!mayStartDirect(policy, actor.hostRole, other?.hostRole ?? null))
          throw new ParleyError('forbidden', 'You may not start a direct conversation with them')
        await requireKnown(uow, actor, policy, [{ userId: otherId, pointer }])
      }
      await uow.users.ensure([actor.userId, otherId])
      await uow.users.lock([actor.userId, otherId], 'start')
      if (await uow.blocks.between(actor.userId, otherId)) throw blocked()
      const id = newId()
      const inserted = await uow.conversations.insert({
        id,
        kind: 'direct',
        directKey: key,
        title: null,
        metadata,
        createdBy: actor.userId,
      })
      if (!inserted) return existingOr(await uow.conversations.findDirect(key))
      await openConversation(uow, id, [person(actor.userId, 'member'), person(otherId, 'member')])
      return { conversationId: id, created: true }
    })
  }

  const createOfContext = (
    actor: Actor,
    policy: Policy,
    place: Place,
    { trusted, asMember }: { trusted: boolean; asMember: boolean },
  ): Promise<Found> =>
    store.transaction(actor.tenantId, async (uow) => {
      // Members and status are what they are once the row is ours: who changes them waits.
      const context = await uow.contexts.lock(place.context)
      if (!context) throw noSuchContext()
      const existing = await uow.conversations.findOfContext(place.key)
      if (existing) return { conversationId: existing, created: false }
      const rule = contextRule(policy, context.type)
      if (!rule) throw noSuchContext()
      const starter = context.members.find(({ userId }) => userId === actor.userId)
      if (!starter && (asMember || !trusted)) throw noSuchContext()
      if (starter && !trusted && rule.starters && !rule.starters.includes(starter.role))
        throw new ParleyError('forbidden', `Who is ${JSON.stringify(starter.role)} may not start this conversation`)
      const { pair } = place
      const members = pair ? context.members.filter(({ userId }) => pair.includes(userId)) : context.members
      if (pair && members.length < 2) throw noSuchContext()
      const state = stateFor(rule, context, await uow.now())
      requireWritable(state)
      const ids = members.map(({ userId }) => userId)
      await uow.users.ensure(ids)
      if (policy.blocking.contexts) {
        await uow.users.lock(ids, 'start')
        const [one, other] = ids
        const isBlocked =
          members.length === 2
            ? await uow.blocks.between(one!, other!)
            : !trusted && (await uow.blocks.amongOthers(actor.userId, ids))
        if (isBlocked) throw blocked()
      }
      const id = newId()
      const inserted = await uow.conversations.insert({
        id,
        kind: 'context',
        directKey: null,
        title: null,
        metadata: {},
        createdBy: actor.userId,
        context: { type: context.type, id: context.id, key: place.key },
        blockable: policy.blocking.contexts,
        state,
      })
      if (!inserted) return existingOr(await uow.conversations.findOfContext(place.key))
      await openConversation(
        uow,
        id,
        members.map(({ userId, role }) => ({ userId, role, via: 'context' })),
      )
      return { conversationId: id, created: true }
    })

  /** Where the conversation belongs of which the actor speaks. Whoever is no member learns nothing. */
  const locate = (
    actor: Actor,
    ref: ContextRef,
    policy: Policy,
    otherId: string | undefined,
    { trusted, sentTo }: { trusted: boolean; sentTo?: ((uow: UnitOfWork) => Promise<string | undefined>) | undefined },
  ) =>
    store.snapshot(actor.tenantId, async (uow) => {
      const place = await placeOf(uow, actor, ref, policy, otherId, trusted)
      const before = await sentTo?.(uow)
      if (before !== undefined && before !== (await uow.conversations.findOfContext(place.key))) throw noSuchContext()
      return place
    })

  return {
    async direct(actor, otherId, options = {}) {
      if (otherId === actor.userId) throw invalidField('/to', 'self', 'is yourself')
      const key = directKey(actor.userId, otherId)
      const look = () => createDirect(actor, otherId, key, options)
      return onceInTurn(options.turn, actor, `${actor.tenantId}:${key}`, look)
    },
    async ofContext(actor, ref, { otherId, trusted = false, asMember = false, sentTo, turn } = {}) {
      const memo = JSON.stringify([actor.tenantId, trusted, actor.userId, ref.type, ref.id, otherId])
      const look = async () => {
        const policy = await policies.of(actor.tenantId)
        const place = await locate(actor, ref, policy, otherId, { trusted, sentTo })
        return once(`${actor.tenantId}:${place.key}`, () =>
          createOfContext(actor, policy, place, { trusted, asMember }),
        )
      }
      return onceInTurn(turn, actor, memo, look, PLACE_FRESH_MS)
    },
    async existing(actor, ref, otherId) {
      const policy = await policies.of(actor.tenantId)
      return store.snapshot(actor.tenantId, async (uow) => {
        const { key } = await placeOf(uow, actor, ref, policy, otherId, actor.role === 'service')
        return uow.conversations.findOfContext(key)
      })
    },
  }
}

/**
 * One look-up for all who ask for the same at once, and go on in the order in which they asked. What refused the one who
 * looks need not refuse the others, who ask `again`.
 */
async function shared(
  underWay: Map<string, Promise<Found>>,
  memo: string,
  look: () => Promise<Found>,
  again: () => Promise<Found>,
): Promise<Found> {
  const others = underWay.get(memo)
  if (others) {
    const found = await others.catch(() => undefined)
    // who joins a look-up did not create what it finds
    return found ? { ...found, created: false } : again()
  }
  const looked = look().finally(() => underWay.delete(memo))
  underWay.set(memo, looked)
  return await looked
}

interface Place {
  context: ContextRef
  key: string
  /** The two whose conversation it is, where each pair has its own. */
  pair: [string, string] | undefined
}

async function placeOf(
  { contexts }: UnitOfWork,
  actor: Actor,
  ref: ContextRef,
  policy: Policy,
  otherId: string | undefined,
  trusted: boolean,
): Promise<Place> {
  let context: Context | null = await contexts.find(ref)
  let rule = context && contextRule(policy, context.type)
  for (let i = 0; rule?.conversation === 'of_parent' && i < MAX_PARENTS; i++) {
    context = context?.parent ? await contexts.find(context.parent) : null
    rule = context && contextRule(policy, context.type)
  }
  if (!context || !rule || rule.conversation === 'of_parent') throw noSuchContext()
  const isMember = (id: string) => context.members.some(({ userId }) => userId === id)
  if (!trusted && !isMember(actor.userId)) throw noSuchContext()
  const { type, id } = context
  if (rule.conversation === 'one') {
    if (otherId !== undefined)
      throw invalidField('/to', 'one', 'is not for contexts of this type, which have one conversation of all members')
    return { context: { type, id }, key: contextKey({ type, id }), pair: undefined }
  }
  const others = context.members.filter(({ userId }) => userId !== actor.userId)
  const other = otherId ?? (others.length === 1 ? others[0]!.userId : undefined)
  if (other === undefined)
    throw invalidField('/to', 'required', 'is needed: contexts of this type have a conversation per pair of members')
  if (other === actor.userId) throw invalidField('/to', 'self', 'is yourself')
  if (!isMember(other) || !isMember(actor.userId)) throw noSuchContext()
  const pair = pairOf(actor.userId, other)
  return { context: { type, id }, key: contextKey({ type, id }, pair), pair }
}

function existingOr(conversationId: string | null): Found {
  if (!conversationId)
    throw new ParleyError('unavailable', 'The conversation is being created; try again', { retryAfterMs: 100 })
  return { conversationId, created: false }
}

const person = (userId: string, role: string): Person => ({ userId, role, via: null })
