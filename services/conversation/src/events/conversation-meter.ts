import type { OutboxState } from '@parley/database'
import type { Meters } from '@parley/runtime'
import type { CommittedChange } from '../domain/changes/committed-change.ts'

/** Statements that take many calls at once. */
type Batch = 'append' | 'read' | 'delivered'

export interface ConversationMeter {
  /** A statement that took so many calls together was answered. */
  batched(batch: Batch, calls: number, seconds: number): void
  committed(changes: readonly CommittedChange[]): void
  /** What became of events on their direct way to the stream, or by the relay. */
  published(how: 'acknowledged' | 'unacknowledged' | 'relayed', events: number): void
}

/** From one message by itself to a full batch. */
const CALLS = [1, 2, 5, 10, 25, 50, 100, 250, 500]
/** From a commit on a fast disk to the deadline. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.5]

export function createConversationMeter(
  { show, count = () => () => {}, measure = () => () => {} }: Meters,
  outbox: () => Promise<OutboxState>,
): ConversationMeter {
  const calls = measure({
    name: 'parley_batch_calls',
    help: 'Calls that one statement took together',
    label: 'batch',
    buckets: CALLS,
  })
  const seconds = measure({
    name: 'parley_batch_seconds',
    help: 'From a statement of a batch to its commit, as the service sees it',
    label: 'batch',
    buckets: SECONDS,
  })
  const messages = count({ name: 'parley_messages_committed_total', help: 'Messages that this process has committed' })
  const events = count({
    name: 'parley_events_published_total',
    help: 'Events on their way to the stream: `acknowledged` at once, `unacknowledged` and left to the relay, `relayed`',
    label: 'how',
    from: ['acknowledged', 'unacknowledged', 'relayed'],
  })
  if (show) showOutbox(show, outbox)
  return {
    batched(batch, items, took) {
      calls(items, batch)
      seconds(took, batch)
    },
    committed(changes) {
      let created = 0
      for (const { type } of changes) if (type === 'message.created') created++
      messages(created)
    },
    published: (how, number) => events(number, how),
  }
}

/** Three readings of one look. */
function showOutbox(show: NonNullable<Meters['show']>, outbox: () => Promise<OutboxState>): void {
  let looking: Promise<OutboxState> | undefined
  const look = () => {
    looking ??= outbox().finally(() => {
      looking = undefined
    })
    return looking
  }
  show({
    name: 'parley_outbox_depth',
    help: 'Commits whose events the stream has not acknowledged, counted up to 100,000',
    read: async () => (await look()).depth,
  })
  show({
    name: 'parley_outbox_age_seconds',
    help: 'For how long the first of them has waited',
    read: async () => (await look()).ageSeconds,
  })
  show({
    name: 'parley_outbox_parked',
    help: 'Commits whose events were refused five times and went aside',
    read: async () => (await look()).parked,
  })
}
