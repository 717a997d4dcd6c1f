import { type Audience, type Event, ParleyError } from '@parley/contracts'
import type { Store } from '../ports/store.ts'
import { workerOf } from '../worker.ts'
import { reasonOf } from './reason-of.ts'

/** The kind of the job that has events handled again; there is one for each tenant. */
export const REDRIVE_EVENTS = 'redrive_events'
const AT_ONCE = 50
/** The conversation service is asked again then. Milliseconds. */
const OUT_OF_REACH_MS = 5_000

export interface RedriveEventsDeps {
  store: Pick<Store, 'transaction'>
  audience: Pick<Audience, 'eventNow'>
  /** By consumer, what handles an event. */
  handlers: Readonly<Record<string, (event: Event) => Promise<void>>>
}

/** Handles again what was put aside and is to be. Answers when there is more to do. */
export async function redriveEvents(
  { store, audience, handlers }: RedriveEventsDeps,
  tenantId: string,
  signal: AbortSignal,
): Promise<{ againMs: number } | undefined> {
  const waiting = await store.transaction(tenantId, ({ deadEvents }) => deadEvents.waiting(AT_ONCE))
  for (const { id, consumer, place } of waiting) {
    if (signal.aborted) return { againMs: 0 }
    try {
      const { event } = place ? await audience.eventNow(workerOf(tenantId), place) : { event: null }
      const handle = handlers[consumer]
      if (event && handle) {
        await handle(event)
        await store.transaction(tenantId, ({ deadEvents }) => deadEvents.remove(id))
      } else {
        const error = event ? `There is no consumer ${consumer} any more` : 'What it told of is not there any more'
        await store.transaction(tenantId, ({ deadEvents }) => deadEvents.settle(id, { state: 'lost', error }))
      }
    } catch (err) {
      if (err instanceof ParleyError && err.code === 'unavailable') return { againMs: OUT_OF_REACH_MS }
      const error = reasonOf(err)
      await store.transaction(tenantId, ({ deadEvents }) => deadEvents.settle(id, { state: 'aside', error }))
    }
  }
  return waiting.length === AT_ONCE ? { againMs: 0 } : undefined
}
