import { countedReads, type LiveAudience, MAX_NAMED_READERS } from '@parley/contracts'
import { type Acknowledgements, callByItem, type Item, type Lane, type Positional, runBatch } from '@parley/database'
import { LRUCache } from 'lru-cache'
import {
  addressed,
  type CommittedBatch,
  type CommittedChange,
  committedChange,
  NOBODY,
  silentChange,
} from '../../domain/changes/committed-change.ts'
import { noSuchConversation } from '../../domain/refusals.ts'
import { type MarkedConversation, type MarkedItem, markedConversation, markedItem } from '../answers.ts'

/** Reads of the same participant within this time are one. */
const READ_WINDOW_MS = 250
const MAX_ITEMS = 500
/** Where only counts of readers go out, one at most this often per conversation. */
const COUNT_INTERVAL_MS = 1_000
const MAX_COUNTED = 10_000

const MARK_READ = 'SELECT mark_read($1,$2,$3,$4,$5,$6)'

interface Mark {
  tenantId: string
  conversationId: string
  userId: string
  seq: number
}

interface Read {
  lastReadSeq: number
  /** False when the participant had read that far before. */
  moved: boolean
}

interface MarkReply {
  event: number | null
  at: number
  items: Positional<MarkedItem>[]
  conversations: Positional<MarkedConversation>[] | null
}

/** One participant's calls, and the furthest that they ask for. */
interface Pending {
  mark: Mark
  calls: Item<Mark, Read>[]
  readonly settled: boolean
  reject(err: unknown): void
}

/** Reads of one batch in a conversation with more readers than are named. */
interface CountedReads {
  reads: CommittedChange[]
  members: LiveAudience
  readCount: number
}

export interface ReadBatcherOptions {
  lane: Lane
  onCommitted: (batch: CommittedBatch) => void
  /** Outbox entries that are deleted on the way. */
  acknowledgements: Acknowledgements
}

/** Collects read marks for a moment, keeps the furthest of each participant, and moves them in one commit. */
export function createReadBatcher(options: ReadBatcherOptions) {
  const pending = new Map<string, Pending>()
  let running: Promise<void> | undefined
  let draining = false
  let wake = () => {}
  const countedJustNow = new LRUCache<string, true>({ max: MAX_COUNTED, ttl: COUNT_INTERVAL_MS })

  const pump = async () => {
    while (pending.size > 0) {
      if (!draining)
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, READ_WINDOW_MS)
        })
      const batch = [...pending].slice(0, MAX_ITEMS)
      for (const [key] of batch) pending.delete(key)
      const marks = batch.map(([, mark]) => mark)
      // a locked conversation must not hold the others' receipts; whoever cannot have it now comes again
      await run(marks, false)
      await run(marks, true)
      for (const { calls } of marks) for (const call of calls) if (!call.settled) add(call)
    }
    running = undefined
  }

  const add = (call: Item<Mark, Read>) => {
    const { tenantId, conversationId, userId, seq } = call.input
    const key = JSON.stringify([tenantId, conversationId, userId])
    const known = pending.get(key)
    if (known) {
      known.mark.seq = Math.max(known.mark.seq, seq)
      known.calls.push(call)
    } else pending.set(key, toPending(call))
    running ??= pump()
  }

  const run = (batch: Pending[], wait: boolean) =>
    runBatch(batch, async (open) => {
      const acknowledged = options.acknowledgements.take()
      const marks = open.map(({ mark }) => mark)
      const reply = await options.lane
        .call<MarkReply>('mark_read', MARK_READ, [
          marks.map((m) => m.tenantId),
          marks.map((m) => m.conversationId),
          marks.map((m) => m.userId),
          marks.map((m) => m.seq),
          acknowledged,
          wait,
        ])
        .catch((err) => {
          options.acknowledgements.giveBack(acknowledged)
          throw err
        })
      settle(open, reply)
    })

  const settle = (batch: Pending[], reply: MarkReply) => {
    const changes: CommittedChange[] = []
    const at = new Date(reply.at).toISOString()
    const counted = new Map<string, CountedReads>()
    const conversations = new Map(
      reply.conversations
        ?.map(markedConversation.decode)
        .map((conversation) => [conversation.conversationId, conversation]),
    )
    for (const [i, { mark, calls }] of batch.entries()) {
      const { verdict, lastReadSeq, rev } = markedItem.decode(reply.items[i]!)
      if (verdict === 'locked') {
        for (const call of calls) call.locked = true
        continue
      }
      if (verdict === 'not_found') {
        for (const call of calls) call.reject(noSuchConversation())
        continue
      }
      if (rev !== null) {
        const { tenantId, conversationId, userId } = mark
        const { lastSeq, version, userIds, participantCount, readers } = conversations.get(conversationId)!
        const members: LiveAudience = userIds ? { version: null, userIds } : { version, userIds: [] }
        const change = { type: 'messages.read', userId, seq: lastReadSeq, at } as const
        const place = { tenantId, conversationId, head: { seq: lastSeq, rev }, at }
        if (participantCount <= MAX_NAMED_READERS) changes.push(committedChange(place, change, members))
        else {
          const read = silentChange(place, change)
          changes.push(read)
          const known = counted.get(conversationId)
          if (known) known.reads.push(read)
          else counted.set(conversationId, { reads: [read], members, readCount: readers ?? 0 })
        }
      }
      for (const call of calls) call.resolve({ lastReadSeq, moved: rev !== null })
    }
    for (const reads of counted.values()) tellCount(reads)
    if (reply.event !== null) options.onCommitted({ eventId: reply.event, changes, personal: [], hints: [] })
  }

  /** One emission for all reads of a large conversation in this batch; for nobody's ears when there was one just now. */
  const tellCount = ({ reads, members, readCount }: CountedReads) => {
    const [first] = reads as [CommittedChange, ...CommittedChange[]]
    const { conversationId, at } = first
    const quiet = countedJustNow.has(conversationId)
    if (!quiet) countedJustNow.set(conversationId, true)
    // it stands for all of them, so it is told where the last one stands
    first.head = reads.at(-1)!.head
    const telling = countedReads({ conversationId, seq: first.head.seq, at, readCount }, reads.length)
    first.live.push(addressed(telling, quiet ? NOBODY : members))
  }

  return {
    /** Resolves with how far the participant has read now. */
    markRead: (mark: Mark): Promise<Read> => callByItem<Mark, Read>(mark, add),
    /** Writes what is pending, for a graceful stop. */
    async drain(): Promise<void> {
      draining = true
      wake()
      while (running) await running
    },
  }
}

function toPending(call: Item<Mark, Read>): Pending {
  const calls = [call]
  return {
    mark: { ...call.input },
    calls,
    get settled() {
      return calls.every((one) => one.settled)
    },
    reject(err) {
      for (const one of calls) one.reject(err)
    },
  }
}
