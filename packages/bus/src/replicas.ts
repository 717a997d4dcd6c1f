import { randomUUID } from 'node:crypto'
import { type ReplicaBeat, topics } from '@parley/contracts'
import type { Bus, Unsubscribe } from './bus.ts'
import { type BusLog, processWarnings } from './bus-log.ts'
import { publishTopic, subscribeTopic } from './topics.ts'

/** How often a replica says that it is there. Milliseconds. */
const BEAT_MS = 250
/** A replica that has not said so for this long gets no more calls: it was killed, paused or cut off. */
const GONE_MS = 800

/** By service, the replicas that share a process, and so a bus, with those who call them. */
const ownReplicas = new WeakMap<Bus, Map<string, Set<string>>>()

function ownOf(bus: Bus, service: string): Set<string> {
  const services = ownReplicas.get(bus) ?? new Map<string, Set<string>>()
  const own = services.get(service) ?? new Set<string>()
  ownReplicas.set(bus, services.set(service, own))
  return own
}

/** Says again and again that this process serves; `id` is what its own subjects end in. */
export function announceReplica(bus: Bus, service: string, id: string = randomUUID()): Unsubscribe {
  const topic = topics.replica(service)
  ownOf(bus, service).add(id)
  const say = (bye: boolean) => publishTopic(bus, topic, { id, bye })
  say(false)
  const timer = setInterval(say, BEAT_MS, false)
  return async () => {
    clearInterval(timer)
    ownOf(bus, service).delete(id)
    say(true)
  }
}

/** Which replicas of a service are there, as their callers know it. */
export interface Replicas {
  /**
   * The replica for a lane: every caller that knows the same replicas chooses the same one, so that what belongs together
   * meets in one process. Who has one in its own process asks that. Undefined while none is known: then whoever the bus chooses.
   */
  forLane(lane: number): string | undefined
  readonly count: number
  /** One after the other. */
  next(): string | undefined
  /** It did not answer to its subject: not chosen until it is heard again. */
  forget(id: string): void
  /** Called once when it is gone; the returned function takes that back. */
  onGone(id: string, listener: () => void): () => void
  close(): Promise<void>
}

export function followReplicas(bus: Bus, service: string, log: BusLog = processWarnings): Replicas {
  const heard = new Map<string, number>()
  const listeners = new Map<string, Set<() => void>>()
  const own = ownOf(bus, service)
  let ids: string[] = []
  let turn = 0
  let watch: NodeJS.Timeout | undefined

  const choose = () => {
    const all = [...heard.keys()].sort()
    const near = all.filter((id) => own.has(id))
    ids = near.length > 0 ? near : all
  }
  const lose = (id: string) => {
    if (!heard.delete(id)) return
    choose()
    const lost = listeners.get(id)
    listeners.delete(id)
    for (const listener of lost ?? []) listener()
  }
  const hear = ({ id, bye }: ReplicaBeat) => {
    if (bye) {
      // What it has begun it still answers.
      listeners.delete(id)
      lose(id)
      return
    }
    const isNew = !heard.has(id)
    heard.set(id, performance.now())
    if (isNew) choose()
  }
  const subscription = subscribeTopic(bus, topics.replica(service), hear, log)
  subscription.catch(() => {})
  /** Who was asleep or cut off itself has not heard anybody, and does not say that they are gone before their next beats. */
  const waitForBeats = () => {
    for (const id of heard.keys()) heard.set(id, performance.now())
  }
  const stopReconnect = bus.onReconnect(waitForBeats)
  /** Looks again when the one that was heard longest ago is due, rather than many times in between. */
  const watchUntil = (due: number) => {
    // What was said meanwhile may lie unread in the socket of a process that was busy or paused: it is read before.
    const look = () => setImmediate(() => watch && loseSilent(due))
    watch = setTimeout(look, Math.max(0, due - performance.now()))
  }
  const loseSilent = (due: number) => {
    const now = performance.now()
    const wasAsleep = now - due > 2 * BEAT_MS
    if (wasAsleep || !bus.connected) waitForBeats()
    for (const [id, at] of heard) if (now - at >= GONE_MS) lose(id)
    watchUntil(Math.min(now, ...heard.values()) + GONE_MS)
  }
  watchUntil(performance.now() + GONE_MS)

  return {
    forLane: (lane) => ids[lane % Math.max(1, ids.length)],
    get count() {
      return ids.length
    },
    next: () => ids[turn++ % Math.max(1, ids.length)],
    forget: lose,
    onGone(id, listener) {
      if (!heard.has(id)) {
        listener()
        return () => {}
      }
      const those = listeners.get(id) ?? new Set()
      listeners.set(id, those)
      those.add(listener)
      return () => void those.delete(listener)
    },
    async close() {
      clearTimeout(watch)
      watch = undefined
      await stopReconnect()
      const stop = await subscription.catch(() => undefined)
      await stop?.()
    },
  }
}
