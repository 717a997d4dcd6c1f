import type { Bus, Unsubscribe } from '@parley/bus'
import { decodeLiveEnvelope, type LiveEnvelope, shardOf, subjects } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { Lines } from './lines.ts'

/** A publisher that has not said its numbers for this long is gone, and may have left without telling its last commit. */
const SILENCE_MS = 3_000
const CHECK_MS = 500
const REPLAY_TIMEOUT_MS = 1_000
/** More missing envelopes than this are not asked for one by one. */
const MAX_REPLAY = 2_000

interface Publisher {
  heard: number
  /** Per shard, the number up to which everything has come, and those beyond that came early. */
  shards: Map<number, { upTo: number; asked: number }>
}

export interface LiveSubscriberOptions {
  bus: Bus
  lines: Lines
  log: Logger
}

/**
 * Listens to the live subjects of the tenants that have sockets here, and notices what it missed: a jump in a publisher's
 * numbers, numbers said that never came, a publisher that fell silent, a connection that was lost.
 */
export function createLiveSubscriber({ bus, lines, log }: LiveSubscriberOptions) {
  const publishers = new Map<string, Publisher>()
  const subscriptions = new Map<number, Promise<Unsubscribe>>()
  let stopPulse: Unsubscribe | undefined
  let stopReconnect: Unsubscribe | undefined
  let watch: NodeJS.Timeout | undefined
  let comparing = false
  let compareAgain = false

  const publisherOf = (id: string): Publisher => {
    let publisher = publishers.get(id)
    if (!publisher) {
      publisher = { heard: performance.now(), shards: new Map() }
      publishers.set(id, publisher)
    }
    publisher.heard = performance.now()
    return publisher
  }

  const tell = ({ entries }: LiveEnvelope) => {
    for (const entry of entries) lines.accept(entry)
  }

  const onEnvelope = (shard: number, bytes: Uint8Array) => {
    let envelope: LiveEnvelope
    try {
      envelope = decodeLiveEnvelope(bytes)
    } catch (err) {
      log.error({ err }, 'a live envelope that cannot be read')
      return
    }
    const { publisherId, number } = envelope
    const { shards } = publisherOf(publisherId)
    const state = shards.get(shard)
    if (!state) shards.set(shard, { upTo: number, asked: number })
    else if (number === state.upTo + 1) state.upTo = number
    else if (number > state.upTo) {
      missed(publisherId, shard, state, number - 1)
      state.upTo = number
    }
    tell(envelope)
  }

  const onPulse = (bytes: Uint8Array) => {
    const { publisherId, numbers, bye } = JSON.parse(Buffer.from(bytes).toString()) as {
      publisherId: string
      numbers: Record<string, number>
      bye: boolean
    }
    const { shards } = publisherOf(publisherId)
    for (const [name, number] of Object.entries(numbers)) {
      const shard = Number(name)
      if (!subscriptions.has(shard)) continue
      const state = shards.get(shard)
      if (!state) shards.set(shard, { upTo: number, asked: number })
      else if (number > state.upTo) {
        missed(publisherId, shard, state, number)
        state.upTo = number
      }
    }
    if (bye) publishers.delete(publisherId)
  }

  /** Asks the publisher to repeat what did not come. What it no longer has is found by comparing heads. */
  const missed = (publisherId: string, shard: number, state: { upTo: number; asked: number }, to: number) => {
    const from = Math.max(state.upTo, state.asked) + 1
    if (to < from) return
    state.asked = to
    log.info({ publisherId, shard, from, to }, 'live envelopes missed')
    if (to - from >= MAX_REPLAY) return compare()
    let complete = true
    bus
      .requestParts(subjects.replay(publisherId), Buffer.from(JSON.stringify({ shard, from, to })), {
        timeoutMs: REPLAY_TIMEOUT_MS,
        onPart(part) {
          if (part.length === 0) {
            complete = false
            return true
          }
          const envelope = decodeLiveEnvelope(part)
          tell(envelope)
          return envelope.number === to
        },
      })
      .catch(() => {
        complete = false
      })
      .then(() => {
        if (!complete) compare()
      })
  }

  const compare = () => {
    if (comparing) {
      compareAgain = true
      return
    }
    comparing = true
    lines
      .compareHeads()
      .catch(async (err) => {
        log.warn({ err }, 'heads not compared; trying again')
        compareAgain = true
        await new Promise((resolve) => setTimeout(resolve, 500))
      })
      .finally(() => {
        comparing = false
        if (!compareAgain || !watch) return
        compareAgain = false
        compare()
      })
  }

  return {
    async start() {
      stopPulse = await bus.subscribe(subjects.pulse, onPulse)
      stopReconnect = bus.onReconnect(() => {
        log.info('bus connected again; comparing heads')
        compare()
      })
      watch = setInterval(() => {
        const silent = performance.now() - SILENCE_MS
        for (const [id, { heard }] of publishers) {
          if (heard > silent) continue
          publishers.delete(id)
          log.info({ publisherId: id }, 'a publisher fell silent; comparing heads')
          compare()
        }
      }, CHECK_MS)
    },
    /** Resolves when the tenant's shard is heard: what is committed afterwards arrives. */
    async listenTo(tenantId: string): Promise<void> {
      const shard = shardOf(tenantId)
      let subscription = subscriptions.get(shard)
      if (!subscription) {
        subscription = bus.subscribe(subjects.live(shard), (bytes) => onEnvelope(shard, bytes))
        subscriptions.set(shard, subscription)
        subscription.catch(() => subscriptions.delete(shard))
      }
      await subscription
    },
    async close() {
      clearInterval(watch)
      watch = undefined
      await stopPulse?.()
      await stopReconnect?.()
      await Promise.all([...subscriptions.values()].map(async (subscription) => (await subscription)()))
    },
  }
}
