import { type LiveAudience, ParleyError } from '@parley/contracts'
import type { Change, CommittedBatch } from '@parley/domain'
import type { Lane } from '../database.ts'
import { isLockTimeout, isTransient } from '../database-errors.ts'

/** Reads of the same participant within this time are one. */
export const READ_WINDOW_MS = 250
const MAX_ITEMS = 500
/** Above this many participants a receipt per reader would be a message to everybody per reader: only counts go out. */
const MAX_NAMED_READERS = 50
/** And a count at most this often per conversation. */
const COUNT_INTERVAL_MS = 1_000
const ATTEMPTS = 4

const MARK_READ = 'SELECT mark_read($1,$2,$3,$4,$5)'

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
  items: [verdict: 'not_found' | 'moved' | 'same', lastReadSeq: number, rev: number | null][]
  conversations: Record<
    string,
    [lastSeq: number, version: number, userIds: string[] | null, count: number, readers: number | null]
  > | null
}

interface Pending {
  mark: Mark
  waiters: { resolve: (read: Read) => void; reject: (err: unknown) => void }[]
}

export interface ReadBatcherOptions {
  lane: Lane
  onCommitted: (batch: CommittedBatch) => void
  takeAcknowledged: () => number[]
  giveBackAcknowledged: (eventIds: number[]) => void
}

/** Collects read marks for a moment, keeps the furthest of each participant, and moves them in one commit. */
export function createReadBatcher(options: ReadBatcherOptions) {
  const pending = new Map<string, Pending>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const lastCount = new Map<string, number>()

  const flush = async () => {
    timer = undefined
    await running
    const batch = [...pending.values()].slice(0, MAX_ITEMS)
    for (const [key] of [...pending].slice(0, MAX_ITEMS)) pending.delete(key)
    running = run(batch)
    await running
    if (pending.size > 0) timer ??= setTimeout(() => void flush(), READ_WINDOW_MS)
  }

  const run = async (batch: Pending[]) => {
    for (let attempt = 1; ; attempt++) {
      const acknowledged = options.takeAcknowledged()
      try {
        const marks = batch.map(({ mark }) => mark)
        const reply = await options.lane.call<MarkReply>('mark_read', MARK_READ, [
          marks.map((m) => m.tenantId),
          marks.map((m) => m.conversationId),
          marks.map((m) => m.userId),
          marks.map((m) => m.seq),
          acknowledged,
        ])
        return settle(batch, reply)
      } catch (err) {
        options.giveBackAcknowledged(acknowledged)
        if (isLockTimeout(err) && batch.length > 1) {
          // one locked conversation must not hold the others' receipts
          const half = batch.length >> 1
          await run(batch.slice(0, half))
          return run(batch.slice(half))
        }
        if (attempt < ATTEMPTS && isTransient(err)) {
          await new Promise((resolve) => setTimeout(resolve, 50 * attempt))
          continue
        }
        const failure = isTransient(err)
          ? new ParleyError('unavailable', 'The conversation is busy; try again', { retryAfterMs: 500, cause: err })
          : err
        for (const { waiters } of batch) for (const waiter of waiters) waiter.reject(failure)
        return
      }
    }
  }

  const settle = (batch: Pending[], reply: MarkReply) => {
    const changes: Change[] = []
    const at = new Date(reply.at).toISOString()
    const counted = new Map<string, Change>()
    for (const [i, { mark, waiters }] of batch.entries()) {
      const [verdict, lastReadSeq, rev] = reply.items[i]!
      if (verdict === 'not_found') {
        for (const waiter of waiters) waiter.reject(new ParleyError('not_found', 'No such conversation'))
        continue
      }
      if (rev !== null) {
        const { tenantId, conversationId, userId } = mark
        const [seq, version, userIds, count, readers] = reply.conversations![conversationId]!
        const audience: LiveAudience = userIds ? { version: null, userIds } : { version, userIds: [] }
        const base = { type: 'messages.read', tenantId, conversationId, seq: lastReadSeq, rev, at } as const
        const change: Change = { ...base, data: { userId, seq: lastReadSeq, at }, head: { seq, rev }, live: [] }
        changes.push(change)
        if (count <= MAX_NAMED_READERS)
          change.live.push({
            event: 'messages_read',
            data: { conversationId, userId, seq: lastReadSeq, at },
            audience,
            span: 1,
            aboutSeq: 0,
          })
        else countReaders(counted, change, audience, seq, readers ?? 0)
      }
      for (const waiter of waiters) waiter.resolve({ lastReadSeq, moved: rev !== null })
    }
    if (reply.event !== null) options.onCommitted({ eventId: reply.event, changes, personal: [], hints: [] })
  }

  /** One emission for all reads of a large conversation in this batch; for nobody's ears when there was one just now. */
  const countReaders = (
    counted: Map<string, Change>,
    change: Change,
    audience: LiveAudience,
    lastSeq: number,
    readCount: number,
  ) => {
    const { conversationId, at } = change
    const first = counted.get(conversationId)
    if (first) {
      first.live[0]!.span++
      first.head = change.head
      return
    }
    counted.set(conversationId, change)
    const quiet = performance.now() - (lastCount.get(conversationId) ?? Number.NEGATIVE_INFINITY) < COUNT_INTERVAL_MS
    if (!quiet) lastCount.set(conversationId, performance.now())
    if (lastCount.size > 10_000) lastCount.clear()
    change.live.push({
      event: 'messages_read',
      data: { conversationId, userId: null, seq: lastSeq, at, readCount },
      audience: quiet ? { version: null, userIds: [] } : audience,
      span: 1,
      aboutSeq: 0,
    })
  }

  return {
    /** Resolves with how far the participant has read now. */
    markRead(mark: Mark): Promise<Read> {
      return new Promise((resolve, reject) => {
        const key = JSON.stringify([mark.tenantId, mark.conversationId, mark.userId])
        const known = pending.get(key)
        if (known) {
          known.mark.seq = Math.max(known.mark.seq, mark.seq)
          known.waiters.push({ resolve, reject })
        } else pending.set(key, { mark: { ...mark }, waiters: [{ resolve, reject }] })
        timer ??= setTimeout(() => void flush(), READ_WINDOW_MS)
      })
    },
    /** Writes what is pending, for a graceful stop. */
    async drain(): Promise<void> {
      if (timer) clearTimeout(timer)
      while (pending.size > 0) await flush()
      await running
    },
  }
}
