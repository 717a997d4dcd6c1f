import { type CountedReceipts, countedReceipts, type LiveAudience, type ReceiptKind } from '@parley/contracts'
import { addressed, type CommittedBatch, type CommittedChange, NOBODY } from '../../domain/changes/committed-change.ts'

/** Where only counts go out, one of a kind at most this often per conversation. */
const INTERVAL_MS = 1_000

/** Receipts of one batch in a conversation with more people than are named. */
export interface CountedBatch {
  kind: ReceiptKind
  receipts: CommittedChange[]
  members: LiveAudience
  count: number
}

interface Told {
  said: CountedReceipts
  tenantId: string
  head: { seq: number; rev: number }
  members: LiveAudience
}

/**
 * Tells how many have the last message of a large conversation: at once, and then no more often than once a second, the last
 * time with what it has come to.
 */
export function createReceiptCounts(onCommitted: (batch: CommittedBatch) => void) {
  /** By conversation and kind while they are quiet: what is to be said when that is over. */
  const quiet = new Map<string, { timer: NodeJS.Timeout; latest: Told | undefined }>()

  const sayLatest = (key: string) => {
    const latest = quiet.get(key)?.latest
    quiet.delete(key)
    if (!latest) return
    const { said, tenantId, head, members } = latest
    const live = addressed(countedReceipts(said, 0), members)
    onCommitted({
      eventId: 0,
      changes: [],
      personal: [{ tenantId, head: { conversationId: said.conversationId, ...head }, live }],
      hints: [],
    })
    beQuiet(key)
  }

  const beQuiet = (key: string) =>
    quiet.set(key, { timer: setTimeout(() => sayLatest(key), INTERVAL_MS), latest: undefined })

  return {
    /** Gives the first of the receipts what is said of all of them; for nobody's ears when there was something just now. */
    add({ kind, receipts, members, count }: CountedBatch): void {
      const [first] = receipts as [CommittedChange, ...CommittedChange[]]
      const { tenantId, conversationId, at } = first
      const key = `${kind} ${conversationId}`
      // it stands for all of them, so it is told where the last one stands
      first.head = receipts.at(-1)!.head
      const said = { kind, conversationId, seq: first.head.seq, at, count }
      const known = quiet.get(key)
      if (known) known.latest = { said, tenantId, head: first.head, members }
      else beQuiet(key)
      first.live.push(addressed(countedReceipts(said, receipts.length), known ? NOBODY : members))
    },
    /** Says what is left to say. */
    close(): void {
      for (const [key, { timer }] of [...quiet]) {
        clearTimeout(timer)
        sayLatest(key)
        clearTimeout(quiet.get(key)?.timer)
      }
      quiet.clear()
    },
  }
}
