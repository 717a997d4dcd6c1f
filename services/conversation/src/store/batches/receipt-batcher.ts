import {
  type LiveAudience,
  MAX_NAMED_READERS,
  ownStateOf,
  type ReceiptKind,
  type Telling,
  untouched,
} from '@parley/contracts'
import { type Acknowledgements, callByItem, type Item, type Lane, type Positional, runBatch } from '@parley/database'
import {
  addressed,
  type CommittedBatch,
  type CommittedChange,
  committedChange,
  NOBODY,
  silentChange,
} from '../../domain/changes/committed-change.ts'
import type { OwnStanding } from '../../domain/ports/participants.ts'
import type { ReceiptMark as Mark } from '../../domain/ports.ts'
import { noSuchConversation } from '../../domain/refusals.ts'
import type { OwnStateAnswer } from '../answers.ts'
import { type MarkedConversation, type MarkedItem, markedConversation, markedItem } from '../batch-answers.ts'
import { toOwnStanding } from '../stores/to-conversation.ts'
import { type CountedBatch, createReceiptCounts } from './receipt-counts.ts'

/** Receipts of the same participant within this time are one. */
const WINDOW_MS = 250
const MAX_ITEMS = 500

const MARK = 'SELECT mark_receipts($1,$2,$3,$4,$5,$6,$7)'
const OWN_STATES = 'SELECT own_states($1,$2,$3)'

interface MarkReply {
  event: number | null
  at: number
  items: Positional<MarkedItem>[]
  conversations: Positional<MarkedConversation>[] | null
}

/** One participant's calls of a kind, and the furthest that they ask for. */
interface Pending {
  mark: Mark
  calls: Item<Mark, OwnStanding>[]
  /** Their read mark has moved, and their own devices have not been told yet. */
  hasChanged: boolean
  readonly settled: boolean
  reject(err: unknown): void
}

export interface ReceiptBatcherOptions {
  lane: Lane
  onCommitted: (batch: CommittedBatch) => void
  /** Told of each statement that was answered: how many receipts it took, and how many seconds. */
  onBatch: (kind: ReceiptKind, receipts: number, seconds: number) => void
  /** Outbox entries that are deleted on the way. */
  acknowledgements: Acknowledgements
}

/** Collects receipts for a moment, keeps the furthest of each participant, and moves them in one commit for each kind. */
export function createReceiptBatcher(options: ReceiptBatcherOptions) {
  const { lane, onCommitted } = options
  const pending: Record<ReceiptKind, Map<string, Pending>> = { read: new Map(), delivered: new Map() }
  const counts = createReceiptCounts(onCommitted)
  let running: Promise<void> | undefined
  let draining = false
  let wake = () => {}

  const pump = async () => {
    while (pending.read.size + pending.delivered.size > 0) {
      if (!draining)
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, WINDOW_MS)
        })
      ride()
      for (const kind of ['read', 'delivered'] as const) await runSome(kind)
    }
    running = undefined
  }

  /** Who says of the same messages that they have come and that they were read has said so by the latter. */
  const ride = () => {
    for (const [key, received] of pending.delivered) {
      const read = pending.read.get(key)
      if (!read || read.mark.seq < received.mark.seq) continue
      read.calls.push(...received.calls)
      pending.delivered.delete(key)
    }
  }

  const runSome = async (kind: ReceiptKind) => {
    const batch = [...pending[kind]].slice(0, MAX_ITEMS)
    for (const [key] of batch) pending[kind].delete(key)
    const marks = batch.map(([, mark]) => mark)
    // a locked conversation must not hold the others' receipts; whoever cannot have it now comes again
    await run(kind, marks, false)
    await run(kind, marks, true)
    for (const { calls } of marks) for (const call of calls) if (!call.settled) add(kind, call)
  }

  const add = (kind: ReceiptKind, call: Item<Mark, OwnStanding>) => {
    const { tenantId, conversationId, userId, seq } = call.input
    const key = JSON.stringify([tenantId, conversationId, userId])
    const known = pending[kind].get(key)
    if (known) {
      known.mark.seq = Math.max(known.mark.seq, seq)
      known.calls.push(call)
    } else pending[kind].set(key, toPending(call))
    running ??= pump()
  }

  const run = (kind: ReceiptKind, batch: Pending[], wait: boolean) =>
    runBatch(batch, async (open) => {
      const acknowledged = options.acknowledgements.take()
      const marks = open.map(({ mark }) => mark)
      const asked = performance.now()
      const reply = await lane
        .call<MarkReply>('mark_receipts', MARK, [kind, ...placesOf(marks), marks.map((m) => m.seq), acknowledged, wait])
        .catch((err) => {
          options.acknowledgements.giveBack(acknowledged)
          throw err
        })
      options.onBatch(kind, open.length, (performance.now() - asked) / 1_000)
      await settle(kind, open, reply)
    })

  /** Tells what is committed, and then answers each with how the conversation stands for them by now. */
  const settle = async (kind: ReceiptKind, batch: Pending[], reply: MarkReply) => {
    const items = reply.items.map(markedItem.decode)
    if (reply.event !== null) tell(kind, batch, items, reply, reply.event)
    const marked: Pending[] = []
    for (const [i, one] of batch.entries()) {
      const { verdict } = items[i]!
      if (verdict === 'locked') for (const call of one.calls) call.locked = true
      else if (verdict === 'not_found') one.reject(noSuchConversation())
      else {
        // it stays so where the next question fails and all of this is asked again, which then finds it done
        one.hasChanged ||= kind === 'read' && verdict !== 'same'
        marked.push(one)
      }
    }
    if (marked.length === 0) return
    const standings = await standingsOf(marked.map(({ mark }) => mark))
    const personal: CommittedBatch['personal'] = []
    for (const [i, { mark, calls, hasChanged }] of marked.entries()) {
      const standing = standings[i]
      if (standing && hasChanged) personal.push(...personalOf(mark, standing))
      // removed in the moment after: what was read stays read, and nothing more is theirs to know
      for (const call of calls) call.resolve(standing ?? goneAfter(mark))
    }
    if (personal.length > 0) onCommitted({ eventId: 0, changes: [], personal, hints: [] })
  }

  const tell = (kind: ReceiptKind, batch: Pending[], items: MarkedItem[], reply: MarkReply, eventId: number) => {
    const changes: CommittedChange[] = []
    const at = new Date(reply.at).toISOString()
    const counted = new Map<string, CountedBatch>()
    const conversations = new Map(
      reply.conversations
        ?.map(markedConversation.decode)
        .map((conversation) => [conversation.conversationId, conversation]),
    )
    for (const [i, { mark }] of batch.entries()) {
      const { rev, seq, isHidden } = items[i]!
      if (rev === null) continue
      const { tenantId, conversationId, userId } = mark
      const { lastSeq, version, userIds, participantCount, count } = conversations.get(conversationId)!
      const change = { type: `messages.${kind}`, userId, seq, at } as const
      const place = { tenantId, conversationId, head: { seq: lastSeq, rev }, at }
      // their own devices hear what nobody else does
      const own: LiveAudience = { version: null, userIds: [userId] }
      const members: LiveAudience = userIds ? { version: null, userIds } : { version, userIds: [] }
      if (participantCount <= MAX_NAMED_READERS) {
        changes.push(committedChange(place, change, isHidden ? own : members))
        continue
      }
      const receipt = silentChange(place, change)
      changes.push(receipt)
      const known = counted.get(conversationId) ?? { kind, receipts: [], members, count: count ?? 0 }
      counted.set(conversationId, known)
      known.receipts.push(receipt)
      if (seq >= lastSeq && !isHidden) known.count++
    }
    for (const batchOfOne of counted.values()) counts.add(batchOfOne)
    onCommitted({ eventId, changes, personal: [], hints: [] })
  }

  /** How the conversations stand for these participants now, null for who has left meanwhile. */
  const standingsOf = async (places: readonly Pick<Mark, 'tenantId' | 'conversationId' | 'userId'>[]) => {
    const answers = await lane.call<(Positional<OwnStateAnswer> | null)[]>('own_states', OWN_STATES, placesOf(places))
    return answers.map((answer, i) => answer && toOwnStanding(places[i]!.conversationId, answer))
  }

  const mark = (kind: ReceiptKind) => (of: Mark) => callByItem<Mark, OwnStanding>(of, (item) => add(kind, item))
  return {
    /** Resolves with how the conversation stands for the participant now. */
    markRead: mark('read'),
    markDelivered: mark('delivered'),
    standingsOf,
    /** Writes what is pending, for a graceful stop. */
    async drain(): Promise<void> {
      draining = true
      wake()
      while (running) await running
      counts.close()
    },
  }
}

/** What a user's own devices are told: these, and how the conversation stands for them. */
export function personalOf(
  { tenantId, userId }: Pick<Mark, 'tenantId' | 'userId'>,
  standing: OwnStanding,
  tellings: readonly Telling[] = [],
): CommittedBatch['personal'] {
  const { conversationId, head } = standing
  const all = [...tellings, ownStateOf(userId, standing)]
  return all.map((telling) => ({ tenantId, head: { conversationId, ...head }, live: addressed(telling, NOBODY) }))
}

const placesOf = (places: readonly Pick<Mark, 'tenantId' | 'conversationId' | 'userId'>[]) => [
  places.map(({ tenantId }) => tenantId),
  places.map(({ conversationId }) => conversationId),
  places.map(({ userId }) => userId),
]

function goneAfter({ conversationId, seq }: Mark): OwnStanding {
  const none = { conversationId, cursor: '', head: { seq, rev: 0 }, unreadCount: 0, lastDeliveredSeq: seq }
  return { ...none, me: untouched(seq) }
}

function toPending(call: Item<Mark, OwnStanding>): Pending {
  const calls = [call]
  return {
    mark: { ...call.input },
    calls,
    hasChanged: false,
    get settled() {
      return calls.every((one) => one.settled)
    },
    reject(err) {
      for (const one of calls) one.reject(err)
    },
  }
}
