import type { Count, Duration, Reading } from '@parley/runtime'
import type { HandOverState } from './domain/ports/hand-overs.ts'

/** Shows what can be measured, what is counted, and how long things take. */
export interface Meters {
  show?: ((reading: Reading) => void) | undefined
  count?: ((count: Count) => (by: number, ...labels: string[]) => void) | undefined
  time?: ((duration: Duration) => (seconds: number, label: string) => void) | undefined
}

export interface HandOverMeter {
  /** What became of a try, so many milliseconds after what it is about. */
  ended(channel: string, state: HandOverState, delayMs: number): void
}

/** From a fast push to what waited for somebody to wake up. Seconds. */
const BUCKETS = [5, 16, 17, 20, 30, 60, 300, 1_800, 7_200, 43_200, 259_200]

export function createHandOverMeter(
  { show, count = () => () => {}, time = () => () => {} }: Meters,
  waiting: () => Promise<{ depth: number; age: number }>,
): HandOverMeter {
  show?.({
    name: 'parley_notifier_waiting',
    help: 'Notifications that wait to be handed over, counted up to 100,000',
    read: async () => (await waiting()).depth,
  })
  show?.({
    name: 'parley_notifier_waiting_seconds',
    help: 'For how long the notification that is due the longest has been due',
    read: async () => (await waiting()).age,
  })
  const outcomes = count({
    name: 'parley_notifier_outcomes_total',
    help: 'What became of tries to hand a notification over; `waiting` is tried again',
    label: ['channel', 'outcome'],
  })
  const delays = time({
    name: 'parley_notifier_delay_seconds',
    help: 'From what happened to the notification of it being taken',
    label: 'channel',
    buckets: BUCKETS,
  })
  return {
    ended(channel, state, delayMs) {
      outcomes(1, channel, state)
      if (state === 'accepted') delays(delayMs / 1_000, channel)
    },
  }
}
