import { randomUUID } from 'node:crypto'
import { type Bus, publishTopic, serveTopic, type Unsubscribe } from '@parley/bus'
import {
  decodeLiveEnvelope,
  encodeLiveEnvelope,
  headOnly,
  LIVE_SHARDS,
  type LiveEntry,
  liveEntrySize,
  type ReplayRequest,
  shardOf,
  subjects,
  topics,
} from '@parley/contracts'
import type { Logger } from '@parley/runtime'

/** NATS refuses 1 MiB; an envelope stays well below whatever the batch was. */
const MAX_ENVELOPE_BYTES = 256 * 1024
const MAX_ENVELOPE_ENTRIES = 1_000
/** What was told is kept this long for gateways that missed it, and never more than this in all. */
const REPLAY_MS = 60_000
const MAX_REPLAY_BYTES = 64 * 1024 * 1024
const PULSE_MS = 1_000

interface Sent {
  number: number
  bytes: Uint8Array
  /** Whose entries it has. */
  conversationIds: readonly string[]
  at: number
}

/** A message that was deleted for everyone. */
interface DeletedMessage {
  conversationId: string
  messageId: string
}

export interface LivePublisher {
  /**
   * Tells the gateways. Synchronous and best effort: they notice what they missed by its number. `committedAt` (epoch milliseconds) is for
   * what was committed just now.
   */
  publish(entries: readonly LiveEntry[], committedAt?: number): void
  /** Whoever asks again for what was told is not told of these any more, but where their conversations stand. */
  forget(tenantId: string, messages: readonly DeletedMessage[]): void
  start(): Promise<void>
  /** Says goodbye, so that nobody takes the silence for a crash. */
  close(): Promise<void>
}

/**
 * Numbers what it publishes, per shard; says its numbers every second, so that the last envelope of a burst is missed
 * too; and repeats the last minute on request.
 */
export function createLivePublisher(bus: Bus, log: Logger): LivePublisher {
  const id = randomUUID()
  const shards = new Map<number, { number: number; sent: Sent[] }>()
  let kept = 0
  let pulse: NodeJS.Timeout | undefined
  let stopReplay: Unsubscribe | undefined

  const shardState = (shard: number) => {
    let state = shards.get(shard)
    if (!state) {
      state = { number: 0, sent: [] }
      shards.set(shard, state)
    }
    return state
  }

  const forget = () => {
    const oldest = performance.now() - REPLAY_MS
    for (const { sent } of shards.values()) {
      let drop = 0
      while (drop < sent.length && (sent[drop]!.at < oldest || kept > MAX_REPLAY_BYTES))
        kept -= sent[drop++]!.bytes.length
      if (drop > 0) sent.splice(0, drop)
    }
  }

  const send = (shard: number, entries: readonly LiveEntry[], committedAt?: number) => {
    const state = shardState(shard)
    const bytes = encodeLiveEnvelope(id, ++state.number, entries, committedAt)
    const conversationIds = [...new Set(entries.map((entry) => entry.conversationId))]
    state.sent.push({ number: state.number, bytes, conversationIds, at: performance.now() })
    kept += bytes.length
    if (kept > MAX_REPLAY_BYTES) forget()
    bus.publish(subjects.live(shard), bytes)
  }

  const sayNumbers = (bye: boolean) => {
    const numbers = Object.fromEntries([...shards].map(([shard, { number }]) => [shard, number]))
    publishTopic(bus, topics.pulse, { publisherId: id, numbers, bye })
  }

  /** An envelope per part; an empty part says that what was asked for is not kept any more. */
  const repeat = ({ shard, from, to }: ReplayRequest, reply: (part: Uint8Array) => void) => {
    if (shard >= LIVE_SHARDS) return
    const wanted = shards.get(shard)?.sent.filter(({ number }) => number >= from && number <= to) ?? []
    if (wanted.length !== to - from + 1) return reply(new Uint8Array())
    for (const { bytes } of wanted) reply(bytes)
  }

  return {
    forget(tenantId, messages) {
      const deleted = new Map<string, string[]>()
      for (const { conversationId, messageId } of messages) {
        const known = deleted.get(conversationId)
        if (known) known.push(messageId)
        else deleted.set(conversationId, [messageId])
      }
      for (const envelope of shards.get(shardOf(tenantId))?.sent ?? []) {
        // most hold nothing of them, which is known without a look at up to 64 MiB of bytes
        const near = envelope.conversationIds.flatMap((conversationId) => deleted.get(conversationId) ?? [])
        if (near.length === 0) continue
        const raw = Buffer.from(envelope.bytes.buffer, envelope.bytes.byteOffset, envelope.bytes.byteLength)
        const named = near.filter((messageId) => raw.includes(messageId))
        if (named.length === 0) continue
        const entries = decodeLiveEnvelope(envelope.bytes).entries.map((entry) =>
          named.some((messageId) => entry.json.includes(messageId)) ? headOnly(entry.tenantId, entry) : entry,
        )
        kept -= envelope.bytes.length
        envelope.bytes = encodeLiveEnvelope(id, envelope.number, entries)
        kept += envelope.bytes.length
      }
    },
    publish(entries, committedAt) {
      const byShard = new Map<number, LiveEntry[]>()
      for (const entry of entries) {
        const shard = shardOf(entry.tenantId)
        const list = byShard.get(shard)
        if (list) list.push(entry)
        else byShard.set(shard, [entry])
      }
      for (const [shard, list] of byShard) {
        let start = 0
        let bytes = 0
        for (const [i, entry] of list.entries()) {
          const size = liveEntrySize(entry)
          if (i > start && (bytes + size > MAX_ENVELOPE_BYTES || i - start === MAX_ENVELOPE_ENTRIES)) {
            send(shard, list.slice(start, i), committedAt)
            start = i
            bytes = 0
          }
          bytes += size
        }
        send(shard, list.slice(start), committedAt)
      }
    },
    async start() {
      stopReplay = await serveTopic(bus, topics.replay(id), 'replay', repeat, log)
      sayNumbers(false)
      pulse = setInterval(() => {
        forget()
        sayNumbers(false)
      }, PULSE_MS)
    },
    async close() {
      clearInterval(pulse)
      sayNumbers(true)
      await stopReplay?.()
    },
  }
}
