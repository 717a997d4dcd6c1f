import { type Actor, fromErrorBody, ParleyError, type Procedure, shardOf } from '@parley/contracts'
import type { Bus } from './bus.ts'
import type { Replicas } from './replicas.ts'
import {
  type BatchReplyFrame,
  encodeCall,
  fromBytes,
  joinItems,
  MAX_BATCH_BYTES,
  MAX_BATCH_CALLS,
  subjectAt,
  toBytes,
} from './rpc-wire.ts'
import { isConnectionLost, isNobodyServes, unavailable } from './unavailable.ts'

/** More lanes make smaller batches: these, and twice as many whenever there are more replicas than lanes. */
const FEWEST_LANES = 4
/** Room for the frame around the items. */
const FRAME_BYTES = 64
/**
 * A request that has no answer at all after this no longer holds its lane: its server was killed or paused, and the
 * conversations that happen to share the lane should not wait out the whole timeout. Milliseconds.
 */
const LANE_PATIENCE_MS = 1_000

/** Nobody serves for a moment while a server of NATS goes, or the only replica is another one now. Afterwards calls are refused at once. */
const NOBODY_PATIENCE_MS = 1_000
const NOBODY_AGAIN_MS = 50

interface LanesOptions {
  subject: string
  batchKey: NonNullable<Procedure['batchKey']>
  /** Each call's own, from the moment it is made. */
  timeoutMs: number
  replicas: Replicas | undefined
}

interface Call {
  key: string
  /** The encoded item. */
  json: string
  bytes: number
  /** By the clock that only goes forward. */
  deadline: number
  settled: boolean
  /** Sent, unanswered, and its request no longer holds the lane: calls with the same key wait for it. */
  straggling: boolean
  timer: NodeJS.Timeout | undefined
  resolve: (data: unknown) => void
  reject: (err: unknown) => void
}

/** The stragglers of a key, and the calls that wait for them. */
interface Hold {
  stragglers: number
  waiting: Call[]
}

/**
 * A caller for a batched procedure. Calls with the same key go the same way, one request at a time; what arrives while
 * it is under way travels together in the next. With little to do a batch is one call, and none waits for company.
 */
export function createLanes(bus: Bus, { subject, batchKey, timeoutMs, replicas }: LanesOptions) {
  const lanes: Lane[] = []
  /** Where calls with a key are under way: the next one goes there too, though there may be more lanes by then. */
  const current = new Map<string, { lane: Lane; calls: number }>()
  const laneOf = (key: string): Lane => {
    let count = FEWEST_LANES
    while (count < (replicas?.count ?? 0)) count *= 2
    const index = shardOf(key) % count
    lanes[index] ??= new Lane(bus, subject, () => replicas?.forLane(index), replicas)
    return lanes[index]
  }
  return async (actor: Actor, input: unknown): Promise<unknown> => {
    const key = batchKey(actor, input)
    const deadline = performance.now() + timeoutMs
    const json = encodeCall(actor, input, timeoutMs)
    const bytes = Buffer.byteLength(json) + 1
    if (bytes + FRAME_BYTES > bus.maxPayload)
      throw new ParleyError('payload_too_large', `A call of ${bytes} bytes is more than the bus carries`)
    let way = current.get(key)
    if (way) way.calls++
    else {
      way = { lane: laneOf(key), calls: 1 }
      current.set(key, way)
    }
    const { lane } = way
    const done = () => {
      if (--way.calls === 0) current.delete(key)
    }
    return new Promise((resolve, reject) => {
      const call: Call = {
        key,
        json,
        bytes,
        deadline,
        settled: false,
        straggling: false,
        timer: undefined,
        resolve(data) {
          done()
          resolve(data)
        },
        reject(err) {
          done()
          reject(err)
        },
      }
      call.timer = setTimeout(() => lane.fail(call, `No answer from ${subject} in ${timeoutMs} ms`), timeoutMs)
      lane.add(call)
    })
  }
}

class Lane {
  readonly #bus: Bus
  readonly #subject: string
  readonly #target: () => string | undefined
  readonly #replicas: Replicas | undefined
  #queue: Call[] = []
  readonly #holds = new Map<string, Hold>()
  #busy = false
  #scheduled = false
  /** Since when nobody has served. */
  #nobodySince: number | undefined

  constructor(bus: Bus, subject: string, target: () => string | undefined, replicas: Replicas | undefined) {
    this.#bus = bus
    this.#subject = subject
    this.#target = target
    this.#replicas = replicas
  }

  add(call: Call): void {
    this.#queue.push(call)
    this.#schedule()
  }

  fail(call: Call, message: string, cause?: unknown): void {
    if (this.#settle(call)) call.reject(unavailable(message, cause))
  }

  /** In the next turn of the event loop: everything that one read of the sockets brings travels together. */
  #schedule(): void {
    if (this.#busy || this.#scheduled || this.#queue.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const batch = this.#nextBatch()
      if (batch.length > 0) this.#send(batch)
    })
  }

  /** Takes the queue's front, up to the bounds. Calls behind a straggler are put aside until it is settled. */
  #nextBatch(): Call[] {
    const batch: Call[] = []
    const now = performance.now()
    const maxBytes = Math.min(MAX_BATCH_BYTES, this.#bus.maxPayload)
    let bytes = FRAME_BYTES
    let taken = 0
    for (const call of this.#queue) {
      if (!call.settled && call.deadline <= now) this.fail(call, `No answer from ${this.#subject} in time`)
      const hold = this.#holds.get(call.key)
      if (call.settled) {
        // Its caller has gone; it is not sent any more.
      } else if (hold) hold.waiting.push(call)
      else {
        if (batch.length === MAX_BATCH_CALLS || (batch.length > 0 && bytes + call.bytes > maxBytes)) break
        batch.push(call)
        bytes += call.bytes
      }
      taken++
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken)
    return batch
  }

  #send(batch: Call[]): void {
    this.#busy = true
    const body = toBytes(joinItems(batch.map(({ json }) => json)))
    let holding = true
    let isMadeAgain = false
    /** What this batch leaves unanswered no longer stops the lane, only its own keys. */
    const free = () => {
      if (!holding) return
      holding = false
      clearTimeout(patience)
      for (const call of batch) if (!call.settled) this.#holdFor(call)
      this.#busy = false
      this.#schedule()
    }
    const patience = setTimeout(free, LANE_PATIENCE_MS)
    const target = this.#target()
    /**
     * To another replica, in the same order. A batched procedure has to be repeatable. Once: when the replica is gone, and then the
     * connection, its calls are those of a later batch by then.
     */
    const again = () => {
      if (isMadeAgain) return
      isMadeAgain = true
      const left = batch.filter((call) => !call.settled)
      for (const call of left) {
        if (!call.straggling) continue
        call.straggling = false
        this.#release(call.key)
      }
      this.#queue = left.concat(this.#queue)
      if (holding) {
        holding = false
        clearTimeout(patience)
        this.#busy = false
      }
      this.#schedule()
    }
    const stopWatching = target === undefined ? undefined : this.#replicas?.onGone(target, again)
    let left = batch.length
    const onPart = (part: Uint8Array): boolean => {
      this.#nobodySince = undefined
      // Written by ReplyParts of this package, at the other end.
      const { items } = fromBytes(part) as BatchReplyFrame
      for (const [index, reply] of items) {
        const call = batch[index]
        if (!call) continue
        left--
        if (!this.#settle(call)) continue
        if (reply.ok) call.resolve(reply.data)
        else call.reject(fromErrorBody(reply.error))
      }
      free()
      return left === 0
    }
    const latest = batch.reduce((time, { deadline }) => Math.max(time, deadline), 0)
    this.#bus
      .requestParts(target === undefined ? this.#subject : subjectAt(this.#subject, target), body, {
        timeoutMs: Math.max(1, Math.ceil(latest - performance.now())),
        onPart,
      })
      .catch((err: unknown) => {
        if (isMadeAgain) return
        if (target !== undefined && isNobodyServes(err)) {
          this.#replicas?.forget(target)
          // also where it had said good-bye, and nobody is told any more that it is gone
          return again()
        }
        // over the next connection, which may be there at once
        if (isConnectionLost(err)) return again()
        if (isNobodyServes(err) && this.#mayBeServedSoon()) return void setTimeout(again, NOBODY_AGAIN_MS)
        for (const call of batch) this.fail(call, `No answer from ${this.#subject}`, err)
      })
      .finally(() => {
        stopWatching?.()
        free()
      })
  }

  #mayBeServedSoon(): boolean {
    const now = performance.now()
    this.#nobodySince ??= now
    return now - this.#nobodySince < NOBODY_PATIENCE_MS
  }

  #holdFor(call: Call): void {
    if (call.straggling) return
    call.straggling = true
    const hold = this.#holds.get(call.key)
    if (hold) hold.stragglers++
    else this.#holds.set(call.key, { stragglers: 1, waiting: [] })
  }

  /** False when it was settled before. */
  #settle(call: Call): boolean {
    if (call.settled) return false
    call.settled = true
    clearTimeout(call.timer)
    if (call.straggling) this.#release(call.key)
    return true
  }

  #release(key: string): void {
    const hold = this.#holds.get(key)
    if (!hold || --hold.stragglers > 0) return
    this.#holds.delete(key)
    // What waited is older than anything with this key that is still queued.
    this.#queue = hold.waiting.concat(this.#queue)
    this.#schedule()
  }
}
