import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core'
import type { DurableMessage } from './bus.ts'
import { encodeHeaders, maxPayloadOf, refuseOversized, refuseSubject } from './payload.ts'
import { unavailable } from './unavailable.ts'

const STORED_WITHIN_MS = 5_000
/** Bytes on their way without an acknowledgement. A server that has stopped reading must not fill our memory. */
const MAX_UNACKNOWLEDGED = 64 * 1024 * 1024

interface Call {
  /** 1 where the message of that index is stored. */
  stored: Uint8Array
  left: number
  bytes: number
  resolve: () => void
  reject: (err: unknown) => void
  timer: NodeJS.Timeout
}

/**
 * Publishes to JetStream with one inbox for every acknowledgement and one promise for a call, however many messages it
 * has: the library's `publish` has a promise, a timer and an inbox token for each.
 */
export class NatsDurablePublisher {
  readonly #nc: NatsConnection
  readonly #prefix: string
  readonly #onNotStored: () => void
  readonly #calls = new Map<number, Call>()
  #count = 0
  #unacknowledged = 0

  /** `onNotStored` is called when a publish was answered, but not by a stream that kept it. */
  constructor(nc: NatsConnection, inbox: string, onNotStored: () => void) {
    this.#nc = nc
    this.#prefix = `${inbox}.stored.`
    this.#onNotStored = onNotStored
    nc.subscribe(`${this.#prefix}*.*`, { callback: (err, msg) => (err ? this.failAll(err) : this.#take(msg)) })
  }

  async publish(messages: readonly DurableMessage[]): Promise<void> {
    if (messages.length === 0) return
    const maxPayload = maxPayloadOf(this.#nc)
    let bytes = 0
    const headers = messages.map((message) => {
      refuseSubject(message.subject)
      const block = encodeHeaders(message)
      const size = block.length + message.body.length
      refuseOversized(size, maxPayload)
      bytes += size
      return block
    })
    // A call alone may be larger than the bound: it still has to get through.
    if (this.#unacknowledged > 0 && this.#unacknowledged + bytes > MAX_UNACKNOWLEDGED)
      throw unavailable('Too much is waiting for JetStream')
    await new Promise<void>((resolve, reject) => {
      const number = ++this.#count
      const timer = setTimeout(() => this.#fail(number, `JetStream has not answered within 5 s`), STORED_WITHIN_MS)
      const stored = new Uint8Array(messages.length)
      this.#calls.set(number, { stored, left: messages.length, bytes, resolve, reject, timer })
      this.#unacknowledged += bytes
      try {
        for (let i = 0; i < messages.length; i++) {
          const { subject, body } = messages[i]!
          // The client asks of its headers only that they encode themselves.
          const encoded = { encode: () => headers[i]! } as unknown as MsgHdrs
          this.#nc.publish(subject, body, { reply: `${this.#prefix}${number}.${i}`, headers: encoded })
        }
      } catch (err) {
        this.#fail(number, 'The connection to NATS is closed', err)
      }
    })
  }

  failAll(cause: unknown): void {
    for (const number of [...this.#calls.keys()]) this.#fail(number, 'The connection to NATS was lost', cause)
  }

  #take(msg: Msg): void {
    const token = msg.subject.slice(this.#prefix.length)
    const dot = token.indexOf('.')
    const number = Number(token.slice(0, dot))
    const call = this.#calls.get(number)
    if (!call) return
    const refusal = refusalOf(msg)
    if (refusal !== undefined) {
      this.#fail(number, `JetStream has not stored a message: ${refusal}`)
      this.#onNotStored()
      return
    }
    const index = Number(token.slice(dot + 1))
    if (call.stored[index] !== 0) return
    call.stored[index] = 1
    if (--call.left > 0) return
    this.#close(number, call)
    call.resolve()
  }

  #fail(number: number, message: string, cause?: unknown): void {
    const call = this.#calls.get(number)
    if (!call) return
    this.#close(number, call)
    call.reject(unavailable(message, cause))
  }

  #close(number: number, call: Call): void {
    clearTimeout(call.timer)
    this.#calls.delete(number)
    this.#unacknowledged -= call.bytes
  }
}

/**
 * Undefined for an acknowledgement. A missing stream answers with a status header and no body, a full one with a JSON
 * body that has `stream` and `seq` as well as `error`.
 */
function refusalOf(msg: Msg): string | undefined {
  const status = msg.headers?.code
  if (status) return status === 503 ? 'no stream takes this subject' : `status ${status}`
  try {
    const { stream, seq, error } = JSON.parse(Buffer.from(msg.data).toString('latin1'))
    if (error) return String(error.description ?? 'error')
    return typeof stream === 'string' && typeof seq === 'number' ? undefined : 'not an acknowledgement'
  } catch {
    return 'not an acknowledgement'
  }
}
