import { type Bus, subscribeTopic, type Unsubscribe } from '@parley/bus'
import {
  decodeLiveEnvelope,
  type HeardQuestion,
  type LiveEnvelope,
  type Pulse,
  shardOf,
  subjects,
  topics,
} from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { traced } from '@parley/tracing'
import type { GatewayMeter } from '../meter.ts'
import type { Lines } from './lines.ts'
import { createPublishers } from './publishers.ts'
import { RecentTellings } from './recent-tellings.ts'

const CHECK_MS = 500
const REPLAY_TIMEOUT_MS = 1_000
/** More missing envelopes than this are not asked for one by one. */
const MAX_REPLAY = 2_000
const SYNC_EVERY_MS = 5_000

export interface LiveSubscriberOptions {
  bus: Bus
  lines: Pick<Lines, 'accept' | 'compareHeads' | 'resyncUsers'>
  meter: Pick<GatewayMeter, 'told' | 'healed' | 'dropped'>
  log: Logger
}

/**
 * Listens to the live subjects of the tenants that have sockets here, and notices what it missed: a jump in a publisher's
 * numbers, numbers said that never came, a publisher that fell silent, a connection that was lost.
 */
export function createLiveSubscriber({ bus, lines, meter, log }: LiveSubscriberOptions) {
  const publishers = createPublishers()
  const recent = new RecentTellings()
  const subscriptions = new Map<number, Promise<Unsubscribe>>()
  let stopPulse: Unsubscribe | undefined
  let stopReconnect: Unsubscribe | undefined
  let watch: NodeJS.Timeout | undefined
  let comparing = false
  let compareAgain = false
  let syncing: NodeJS.Timeout | undefined
  let synced = Number.NEGATIVE_INFINITY
  let everybody = false

  const tell = (envelope: LiveEnvelope, late: boolean) => {
    for (const entry of envelope.entries) {
      const { traceparent: parent, event } = entry
      if (parent === undefined) lines.accept(entry, late)
      else traced(`emit ${event}`, { kind: 'consumer', parent }, () => lines.accept(entry, late))
    }
    recent.add(envelope, late)
  }

  const onEnvelope = (shard: number, bytes: Uint8Array) => {
    let envelope: LiveEnvelope
    try {
      envelope = decodeLiveEnvelope(bytes)
    } catch (err) {
      log.error({ err }, 'a live envelope that cannot be read')
      meter.dropped('envelope')
      return
    }
    const { publisherId, number } = envelope
    const gap = publishers.came(publisherId, shard, number)
    if (gap) missed(publisherId, shard, gap)
    tell(envelope, false)
    meter.told(envelope)
  }

  const onPulse = ({ publisherId, numbers, bye }: Pulse) => {
    for (const { shard, ...gap } of publishers.said(publisherId, numbers, subscriptions.keys()))
      missed(publisherId, shard, gap)
    if (bye) publishers.forget(publisherId)
  }

  /** Asks the publisher to repeat what did not come. What it no longer has is found by comparing heads. */
  const missed = (publisherId: string, shard: number, { from, to }: { from: number; to: number }) => {
    log.info({ publisherId, shard, from, to }, 'live envelopes missed')
    if (to - from >= MAX_REPLAY) return compareAll()
    meter.healed('replay', to - from + 1)
    let complete = true
    const replay = topics.replay(publisherId)
    bus
      .requestParts(replay.subject, replay.encode({ shard, from, to }), {
        timeoutMs: REPLAY_TIMEOUT_MS,
        onPart(part) {
          if (part.length === 0) {
            complete = false
            return true
          }
          const envelope = decodeLiveEnvelope(part)
          tell(envelope, true)
          return envelope.number === to
        },
      })
      .catch(() => {
        complete = false
      })
      .then(() => {
        if (!complete) compareAll()
      })
  }

  const compare = () => {
    if (comparing) {
      compareAgain = true
      return
    }
    comparing = true
    meter.healed('compare')
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

  /** Envelopes are gone for good: conversations that began in them are in nobody's heads. */
  const compareAll = () => {
    compare()
    tellToSync(true)
  }

  /** Clients that sync are work for a system that may be struggling already: not again and again. */
  const tellToSync = (all: boolean) => {
    everybody ||= all
    if (syncing) return
    syncing = setTimeout(
      () => {
        syncing = undefined
        const whom = everybody
        everybody = false
        synced = performance.now()
        void lines.resyncUsers(whom)
      },
      Math.max(0, synced + SYNC_EVERY_MS - performance.now()),
    )
  }

  return {
    async start() {
      stopPulse = await subscribeTopic(bus, topics.pulse, onPulse, log)
      stopReconnect = bus.onReconnect(() => {
        log.info('bus connected again; comparing heads')
        publishers.reconnected()
        compare()
      })
      watch = setInterval(() => {
        const { silent, ended } = publishers.fallenSilent()
        if (silent.length === 0) return
        log.info({ publisherIds: silent }, 'publishers are silent; comparing heads')
        compare()
        // What began in a crash is told again by the relay, but only to those whose other conversations are known here;
        // what began and was told while nothing came here is not.
        tellToSync(ended)
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
    /** What is remembered of a message that was told. */
    heardOf: ({ tenantId, conversationId, seq }: HeardQuestion) => ({
      ...recent.find(conversationId, seq),
      listens: subscriptions.has(shardOf(tenantId)),
    }),
    async close() {
      clearInterval(watch)
      clearTimeout(syncing)
      watch = undefined
      await stopPulse?.()
      await stopReconnect?.()
      await Promise.all([...subscriptions.values()].map(async (subscription) => (await subscription)()))
    },
  }
}
