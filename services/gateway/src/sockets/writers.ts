import { type Actor, type Edge, ParleyError } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { gatewayActor } from '../live/gateway-actor.ts'

/** What this gateway did not hear of, a block or a lost entry, holds for this long. Milliseconds. */
const FRESH_MS = 30_000
const MAX_CONVERSATIONS = 10_000
/** Nobody can say now: the next one asks again. */
const UNKNOWN: readonly string[] = ['unavailable', 'internal', 'rate_limited']

interface Answer {
  /** Rejects with what they are refused with. */
  allowed: Promise<void>
  /** By performance.now(). */
  until: number
}

/**
 * Who may write where, as far as a gateway has asked: somebody who types asks at every key. An answer is kept until something
 * changes that it hangs on, of which `forget` and `forgetUser` are told.
 */
export class Writers {
  readonly #edge: Edge
  /** By conversation, and in it by user. */
  readonly #known = new LRUCache<string, Map<string, Answer>>({ max: MAX_CONVERSATIONS })

  constructor(edge: Edge) {
    this.#edge = edge
  }

  /** Rejects with what a message of theirs would be refused with. */
  require(actor: Pick<Actor, 'tenantId' | 'userId'>, conversationId: string): Promise<void> {
    const key = `${actor.tenantId}:${actor.userId}`
    const users = this.#known.get(conversationId) ?? new Map<string, Answer>()
    this.#known.set(conversationId, users)
    const known = users.get(key)
    if (known && known.until > performance.now()) return known.allowed
    const answer: Answer = { until: performance.now() + FRESH_MS, allowed: Promise.resolve() }
    answer.allowed = this.#ask(actor, conversationId).then(
      (until) => {
        if (until !== null) answer.until = Math.min(answer.until, performance.now() + Date.parse(until) - Date.now())
      },
      (err) => {
        if (!(err instanceof ParleyError) || UNKNOWN.includes(err.code)) answer.until = 0
        throw err
      },
    )
    users.set(key, answer)
    return answer.allowed
  }

  /** Something of the conversation, or who is in it, has changed. */
  forget(conversationId: string): void {
    this.#known.delete(conversationId)
  }

  /** Something about the user has changed, wherever they are. */
  forgetUser(tenantId: string, userId: string): void {
    for (const users of this.#known.values()) users.delete(`${tenantId}:${userId}`)
  }

  async #ask({ tenantId, userId }: Pick<Actor, 'tenantId' | 'userId'>, conversationId: string): Promise<string | null> {
    const { until } = await this.#edge.requireWriter(gatewayActor(tenantId), { conversationId, userId })
    return until
  }
}
