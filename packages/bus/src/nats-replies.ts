import type { Msg, NatsConnection } from '@nats-io/nats-core'
import type { Bus } from './bus.ts'
import { maxPayloadOf, refuseOversized, refuseSubject } from './payload.ts'
import { connectionLost, nobodyServes, unavailable } from './unavailable.ts'

interface Waiting {
  subject: string
  onPart: (part: Uint8Array) => boolean
  resolve: () => void
  reject: (err: unknown) => void
  timer: NodeJS.Timeout
}

/** NATS answers a request itself, with an empty body and this status, when nobody listens to its subject. */
const NO_RESPONDERS = 503

/**
 * Every reply to this process comes in on one subscription and finds its request by the token in its subject. The
 * client's own `request` stops at the first reply, its `requestMany` has an iterator for each.
 */
export class NatsReplies {
  readonly #nc: NatsConnection
  readonly #prefix: string
  readonly #waiting = new Map<string, Waiting>()
  #count = 0

  constructor(nc: NatsConnection, inbox: string) {
    this.#nc = nc
    this.#prefix = `${inbox}.reply.`
    nc.subscribe(`${this.#prefix}*`, { callback: (err, msg) => (err ? this.failAll(err) : this.#take(msg)) })
  }

  request: Bus['requestParts'] = async (subject, body, { timeoutMs, onPart }) => {
    refuseSubject(subject)
    refuseOversized(body.length, maxPayloadOf(this.#nc))
    const token = (++this.#count).toString(36)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(token)
        reject(unavailable(`No answer from ${subject} in ${timeoutMs} ms`))
      }, timeoutMs)
      this.#waiting.set(token, { subject, onPart, resolve, reject, timer })
      try {
        this.#nc.publish(subject, body, { reply: this.#prefix + token })
      } catch (err) {
        this.#settle(token)?.reject(unavailable('The connection to NATS is closed', err))
      }
    })
  }

  /** No reply can arrive any more: it would have been sent to a connection that is gone. */
  failAll(cause: unknown): void {
    for (const token of [...this.#waiting.keys()]) this.#settle(token)?.reject(connectionLost(cause))
  }

  #take(msg: Msg): void {
    const token = msg.subject.slice(this.#prefix.length)
    const waiting = this.#waiting.get(token)
    if (!waiting) return
    const body = msg.data
    if (body.length === 0 && msg.headers?.code === NO_RESPONDERS) {
      this.#settle(token)?.reject(nobodyServes(waiting.subject))
      return
    }
    try {
      if (waiting.onPart(body)) this.#settle(token)?.resolve()
    } catch (err) {
      this.#settle(token)?.reject(err)
    }
  }

  #settle(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token)
    clearTimeout(waiting?.timer)
    this.#waiting.delete(token)
    return waiting
  }
}
