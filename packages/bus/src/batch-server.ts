import type { Bus, Unsubscribe } from './bus.ts'
import { type Answer, type BatchFrame, fromBytes, joinItems, MAX_BATCH_BYTES, toBytes } from './rpc-wire.ts'

/** Room for the frame around the items. */
const FRAME_BYTES = 64

interface Options {
  subject: string
  queue: string
  answer: Answer
  onError: (err: unknown) => void
}

/**
 * Serves a batched procedure. Every item of a request is begun in the same tick, in order, so that the store can take
 * them together; each is answered when it is done, so that a slow one holds back nobody else's reply.
 */
export function serveBatches(bus: Bus, { subject, queue, answer, onError }: Options): Promise<Unsubscribe> {
  return bus.serve(subject, queue, async (body, reply) => {
    try {
      // Its shape is ours; each item is checked by answer().
      const { items } = fromBytes(body) as BatchFrame
      const parts = new ReplyParts({
        count: items.length,
        maxBytes: Math.min(MAX_BATCH_BYTES, bus.maxPayload) - FRAME_BYTES,
        send: (json) => reply(toBytes(json)),
        onError,
      })
      const served = { waits: () => parts.letGo() }
      await Promise.all(items.map(async (item, index) => parts.add(index, await answer(item, served))))
    } catch (err) {
      onError(err)
    }
  })
}

interface ReplyPartsOptions {
  count: number
  maxBytes: number
  send: (json: string) => void
  onError: (err: unknown) => void
}

/** Collects what is finished in one turn of the event loop into one part, and cuts parts at `maxBytes`. */
class ReplyParts {
  readonly #options: ReplyPartsOptions
  #left: number
  #items: string[] = []
  #bytes = 0
  #scheduled = false
  #hasSent = false

  constructor(options: ReplyPartsOptions) {
    this.#options = options
    this.#left = options.count
  }

  /** A call that is past its deadline has no reply, but is no longer waited for either. */
  add(index: number, reply: string | undefined): void {
    this.#left--
    if (reply !== undefined) {
      const item = `[${index},${reply}]`
      const bytes = Buffer.byteLength(item) + 1
      if (this.#bytes + bytes > this.#options.maxBytes) this.#flush()
      this.#items.push(item)
      this.#bytes += bytes
    }
    if (this.#left === 0) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#flush()
      })
    }
  }

  /** A part without items tells the caller that the batch is here, and need not hold up those behind it. */
  letGo(): void {
    if (!this.#hasSent) this.#send()
  }

  #flush(): void {
    if (this.#items.length > 0) this.#send()
  }

  #send(): void {
    this.#hasSent = true
    const json = joinItems(this.#items)
    this.#items = []
    this.#bytes = 0
    try {
      this.#options.send(json)
    } catch (err) {
      this.#options.onError(err)
    }
  }
}
