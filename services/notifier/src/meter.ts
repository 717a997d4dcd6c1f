import type { Meters } from '@parley/runtime'
import type { HandOverState } from './domain/ports/hand-overs.ts'
import type { WebhookOutcome } from './domain/webhooks/lane.ts'

export interface HandOverMeter {
  /** What became of a try, so many milliseconds after what it is about. */
  ended(channel: string, state: HandOverState, delayMs: number): void
}

/** How much waits, and for how many seconds the one that is due the longest has been. */
type Waiting = () => Promise<{ depth: number; age: number }>

/** From a fast push to what waited for somebody to wake up. Seconds. */
const BUCKETS = [5, 16, 17, 20, 30, 60, 300, 1_800, 7_200, 43_200, 259_200]

export function createHandOverMeter(
  { show, count = () => () => {}, measure = () => () => {} }: Meters,
  waiting: Waiting,
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
  const delays = measure({
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

/** From one that answers at once to one that was away for three days. Seconds. */
const WEBHOOK_BUCKETS = [0.1, 0.5, 1, 5, 30, 300, 1_800, 7_200, 43_200, 259_200]

export interface WebhookMeter {
  /** How a try ended, so many milliseconds after what it tells of. */
  tried(outcome: WebhookOutcome, delayMs: number): void
}

export function createWebhookMeter(
  { show, count = () => () => {}, measure = () => () => {} }: Meters,
  waiting: Waiting,
): WebhookMeter {
  show?.({
    name: 'parley_webhook_waiting',
    help: 'Deliveries that wait for webhooks that are told, counted up to 100,000',
    read: async () => (await waiting()).depth,
  })
  show?.({
    name: 'parley_webhook_waiting_seconds',
    help: 'For how long the delivery that is due the longest has been due',
    read: async () => (await waiting()).age,
  })
  const tries = count({
    name: 'parley_webhook_tries_total',
    help: 'What became of tries to tell a webhook of an event; `later` is tried again',
    label: ['outcome'],
  })
  const delays = measure({
    name: 'parley_webhook_delay_seconds',
    help: 'From what happened to a webhook having taken it',
    label: 'outcome',
    buckets: WEBHOOK_BUCKETS,
  })
  return {
    tried(outcome, delayMs) {
      tries(1, outcome)
      if (outcome === 'delivered') delays(delayMs / 1_000, outcome)
    },
  }
}

/** What went aside and waits for somebody to look. */
export function showDeadLetters(
  { show }: Pick<Meters, 'show'>,
  deadLetters: () => Promise<{ handOvers: number; events: number }>,
): void {
  const name = 'parley_notifier_dead_letters'
  const help =
    'What no receiver took (`notification`) and no consumer could handle (`event`), each counted up to 100,000'
  show?.({ ...{ name, help }, labels: { what: 'notification' }, read: async () => (await deadLetters()).handOvers })
  show?.({ ...{ name, help }, labels: { what: 'event' }, read: async () => (await deadLetters()).events })
}
