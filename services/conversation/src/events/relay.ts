import { ParleyError } from '@parley/contracts'
import { failpoint, type Logger, type SetAside } from '@parley/runtime'
import type { CommittedChange } from '../domain/changes/committed-change.ts'
import type { PostgresStore } from '../store/store.ts'
import type { createEventPublisher } from './event-publisher.ts'

const INTERVAL_MS = 1_000
const MAINTENANCE_MS = 3_600_000

export interface RelayOptions {
  store: PostgresStore
  publisher: ReturnType<typeof createEventPublisher>
  log: Logger
  /** Told of each event that goes aside. */
  setAside: (what: SetAside) => void
}

const placeOf = ({ tenantId, conversationId, seq, rev }: CommittedChange) => ({ tenantId, conversationId, seq, rev })

/**
 * Every replica looks once a second for events that nobody has acknowledged in time, and tells them again. Whoever finds
 * one has it to itself for ten seconds. An event that is refused for what it is goes aside after five tries; one that
 * could not be delivered is tried for ever.
 */
export function createRelay({ store, publisher, log, setAside }: RelayOptions) {
  let timer: NodeJS.Timeout | undefined
  let maintained = 0
  let failing = false
  let running: Promise<void> = Promise.resolve()

  const pass = async () => {
    if (Date.now() - maintained > MAINTENANCE_MS) {
      await store.outbox.maintain()
      maintained = Date.now()
    }
    // An unreachable stream leaves the rest for the next pass: trying them all would only take them from others.
    for (let reachable = true; reachable; ) {
      const claimed = await store.outbox.claim()
      if (claimed.length > 0) failpoint('relay.claimed')
      for (const { eventId, changes } of claimed) {
        try {
          await publisher.again(changes.filter((change) => change !== null))
          store.acknowledged(eventId)
        } catch (err) {
          if (err instanceof ParleyError && err.code === 'unavailable') {
            reachable = false
            await publisher.ensureStream()
            break
          }
          const parked = await store.outbox.refuse(eventId)
          if (parked) setAside('event')
          const of = changes.map((change) => change && { type: change.type, ...placeOf(change) })
          log.error(
            { err, eventId, parked, changes: of.slice(0, 20) },
            parked ? 'event put aside after its fifth refusal' : 'event refused',
          )
        }
      }
      if (claimed.length > 0) log.info({ entries: claimed.length, reachable }, 'relayed')
      else break
    }
  }

  const tick = async () => {
    try {
      await pass()
      if (failing) log.info('relay works again')
      failing = false
    } catch (err) {
      if (!failing) log.warn({ err }, 'relay cannot work; trying on')
      failing = true
    }
  }

  return {
    start() {
      timer = setInterval(() => {
        running = running.then(tick)
      }, INTERVAL_MS)
    },
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
