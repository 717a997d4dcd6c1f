import type { WebhookDisabled } from '@parley/contracts'
import type { Post } from '../ports/post.ts'
import type { Sealing } from '../ports/sealing.ts'
import type { Store } from '../ports/store.ts'
import type { Answer, Endpoint, TakenDelivery, WebhookLanes } from '../ports/webhooks.ts'
import { FAILING_AFTER, readRetryAfter, restMs, retryDelayMs } from './retries.ts'
import { signedRequest } from './signature.ts'

/** A turn begins nothing after so long: the lane comes again behind those of others. Milliseconds. */
const TURN_MS = 5_000
/** So many tries of an endpoint are under way at once; one, of an endpoint that does not answer. */
const AT_ONCE = 8
/** Whoever took a delivery and is not heard of for so long has died over it: longer than any endpoint is waited for. */
const LEASE_MS = 20_000
/** An endpoint at which nothing has come to anything for so long is turned off. */
const PATIENCE_MS = 24 * 3_600_000

export type WebhookOutcome = 'delivered' | 'later' | 'failed'

export interface LaneDeps {
  store: Store
  lanes: Pick<WebhookLanes, 'take' | 'settle' | 'rest'>
  sealing: Sealing
  post: Post
  /** Told when an endpoint was turned off because of what it answers. */
  disabled: (tenantId: string, what: WebhookDisabled) => Promise<void>
  /** Told how each try ended, and how many milliseconds after what it tells of. */
  tried?: (outcome: WebhookOutcome, delayMs: number) => void
  /** For tests: how long a turn is. */
  turnMs?: number
  /** Passed between two steps. */
  passing?: (moment: 'handed over') => void
}

/**
 * Hands over what is due for an endpoint, as its turn allows, and resolves with when it comes again. A delivery that is taken and not
 * settled, because its process died, comes again with the same id.
 */
export function createLane(deps: LaneDeps) {
  const { store, lanes, passing, turnMs = TURN_MS } = deps
  return async (
    tenantId: string,
    endpointId: string,
    signal: AbortSignal,
  ): Promise<{ againMs: number } | undefined> => {
    const endpoint = await store.transaction(tenantId, ({ endpoints }) => endpoints.byId(endpointId))
    if (!endpoint || endpoint.disabledReason !== null) return undefined
    if (endpoint.restsMs > 0) return { againMs: endpoint.restsMs }
    const until = performance.now() + turnMs
    let [failures, delivered, retryAfter, isOff] = [endpoint.failures, 0, 0, false]
    const one = async (delivery: TakenDelivery) => {
      const tried = await tryOnce(deps, endpoint, delivery, signal)
      // told to come to an end: it was no try that counts, and the lease gives it back
      if (tried === undefined) return
      passing?.('handed over')
      const { gone, ...outcome } = tried
      if (outcome.delivered) [failures, delivered] = [0, delivered + 1]
      else failures++
      retryAfter = Math.max(retryAfter, outcome.retryAfterMs)
      const againMs = outcome.delivered ? null : retryDelayMs(delivery.attempt, outcome.retryAfterMs)
      const settled = {
        id: delivery.id,
        delivered: outcome.delivered,
        againMs: gone ? null : againMs,
        answer: outcome.answer,
        gone,
      }
      const reason = await lanes.settle(tenantId, settled, PATIENCE_MS)
      const how = outcome.delivered ? 'delivered' : settled.againMs === null ? 'failed' : 'later'
      deps.tried?.(how, Date.now() - Date.parse(delivery.eventAt))
      if (reason === null) return
      isOff = true
      await deps.disabled(tenantId, { webhookId: endpointId, url: endpoint.url, reason, at: outcome.answer.at })
    }
    while (!isOff && !signal.aborted && performance.now() < until) {
      const room = failures >= FAILING_AFTER ? 1 : AT_ONCE
      const taken = await lanes.take(tenantId, endpointId, room, LEASE_MS)
      if (taken.length === 0) break
      await Promise.all(taken.map(one))
      // whoever asks for time gets it at once
      if (retryAfter > 0 || (failures >= FAILING_AFTER && delivered === 0)) break
    }
    if (isOff) return undefined
    const againMs = await lanes.rest(tenantId, endpointId, restMs(delivered > 0 ? 0 : failures, retryAfter))
    return againMs === null ? undefined : { againMs }
  }
}

interface Tried {
  delivered: boolean
  gone: boolean
  retryAfterMs: number
  answer: Answer
}

/** Undefined: it was left, because the process ends. */
async function tryOnce(
  { sealing, post }: Pick<LaneDeps, 'sealing' | 'post'>,
  endpoint: Endpoint,
  { eventId: id, body, traceparent }: TakenDelivery,
  signal: AbortSignal,
): Promise<Tried | undefined> {
  const began = performance.now()
  const answered = (said: Partial<Answer>): Answer => ({
    at: new Date().toISOString(),
    durationMs: Math.round(performance.now() - began),
    status: null,
    body: null,
    error: null,
    ...said,
  })
  try {
    const request = signedRequest(sealing, endpoint, { id, body })
    const {
      status,
      retryAfter,
      body: said,
    } = await post(endpoint.url, { ...request, ...(traceparent !== null && { traceparent }) }, signal)
    const delivered = status >= 200 && status < 300
    const error = delivered ? null : status >= 300 && status < 400 ? 'redirects are not followed' : `answered ${status}`
    return {
      delivered,
      gone: status === 410,
      retryAfterMs: delivered ? 0 : readRetryAfter(retryAfter),
      answer: answered({ status, body: said, error }),
    }
  } catch (err) {
    if (signal.aborted) return undefined
    const error = err instanceof Error ? err.message : String(err)
    return { delivered: false, gone: false, retryAfterMs: 0, answer: answered({ error: error.slice(0, 500) }) }
  }
}
