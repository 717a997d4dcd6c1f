import type { Logger, Meters } from '@parley/runtime'
import type { HookAsked } from '../domain/before-send/ask-host.ts'

/** From a host next door to the longest that one may take. Seconds. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4]

/** Counts what hosts answer before messages are sent and how long senders waited for it, and says why one gave no answer. */
export function createHookMeter({ count, measure }: Meters, log: Logger): (asked: HookAsked) => void {
  const asked = count?.({
    name: 'parley_pre_send_hook_total',
    help: 'What hosts have answered before messages were sent; `failed`: nothing, or nothing that is an answer',
    label: 'outcome',
  })
  const durations = measure?.({
    name: 'parley_pre_send_hook_seconds',
    help: 'How long a sender waited for the host',
    label: 'outcome',
    buckets: BUCKETS,
  })
  return ({ outcome, seconds, why, tenantId, webhookId }) => {
    asked?.(1, outcome)
    durations?.(seconds, outcome)
    if (outcome === 'failed')
      log.warn({ tenantId, webhookId, why }, 'a host was asked before sending and gave no answer')
  }
}
