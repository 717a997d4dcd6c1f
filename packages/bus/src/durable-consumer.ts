import { ParleyError } from '@parley/contracts'
import { traced } from '@parley/tracing'
import type { Bus, Delivery, StreamOptions, Unsubscribe } from './bus.ts'
import type { BusLog } from './bus-log.ts'

/** What has failed so often for a reason of its own goes aside. */
const MOST_TRIES = 5
/** A stream that is out of reach is asked for again after so long. */
const RETRY_MS = 2_000
/** So many failed deliveries are remembered at once. */
const REMEMBERED = 1_000

/** As a gauge has it. */
export interface PendingReading {
  name: string
  help: string
  labels: Record<string, string>
  read: () => Promise<number>
}

export interface DurableConsumerOptions {
  bus: Bus
  /** The stream's name; what it has to be as well, where it is this service's to make. */
  stream: string | StreamOptions
  /** Processes with the same name share the work. */
  name: string
  filter: string
  /**
   * Done when it resolves. Deliveries come more than once, and in no promised order. What it refuses as `invalid_input` goes aside at once,
   * because it can never be applied; what is `unavailable` is tried until it is there; all else five times.
   */
  handle: (delivery: Delivery) => Promise<void>
  /** Told of each that goes aside, which is done with then. When this fails too, the delivery comes again. */
  setAside: (delivery: Delivery, err: unknown) => void | Promise<void>
  /** What the log says of one that went aside beside why: never what people have written. */
  describe?: (delivery: Delivery) => object
  log: BusLog
  /** Shows as `parley_consumer_pending` how many still wait, over all processes. */
  show?: ((reading: PendingReading) => void) | undefined
}

export interface DurableConsumer {
  /**
   * Resolves also when the stream is out of reach: it is waited for. `since`: what was stored before then is not handed over where nobody
   * has consumed under this name.
   */
  start(since?: Date): Promise<void>
  /** Takes no more, and waits for those at work. */
  close(): Promise<void>
}

/** Hears of everything that a stream has for it, also of what was stored while nobody listened. One that fails for ever keeps no others waiting. */
export function durableConsumer(options: DurableConsumerOptions): DurableConsumer {
  const { bus, name, filter, log, show } = options
  const stream = typeof options.stream === 'string' ? options.stream : options.stream.name
  const take = takeOrSetAside(options)
  let stop: Unsubscribe | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  show?.({
    name: 'parley_consumer_pending',
    help: 'Messages of a stream that a consumer has still to handle',
    labels: { consumer: name },
    read: () => bus.pending({ stream, name }),
  })
  const begin = async (since?: Date): Promise<void> => {
    try {
      if (typeof options.stream !== 'string') await bus.ensureStream(options.stream)
      const consuming = await bus.consume({ stream, name, filter, since }, take)
      if (isClosed) await consuming()
      else stop = consuming
    } catch (err) {
      log.warn({ err, stream, consumer: name }, 'a stream is out of reach; trying on')
      if (!isClosed) timer = setTimeout(() => void begin(since), RETRY_MS)
    }
  }
  return {
    start: begin,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await stop?.()
    },
  }
}

/** What has become of a delivery in this process. */
interface Failures {
  tries: number
  /** Something was out of reach. */
  wasAway: boolean
}

/**
 * Tries are counted here and not by the stream alone: it counts those too that failed because something was out of reach, and after an hour
 * of that the first failure would be the last. Its count serves where nothing was: processes that share the work would each have their
 * five, at times that are further and further apart.
 */
function takeOrSetAside({ name, handle, setAside, describe, log }: DurableConsumerOptions) {
  const failures = new Map<string, Failures>()
  const isLast = ({ id, attempt }: Delivery, err: unknown): boolean => {
    if (err instanceof ParleyError && err.code === 'invalid_input') return true
    const isAway = err instanceof ParleyError && err.code === 'unavailable'
    const before = failures.get(id) ?? { tries: 0, wasAway: false }
    const now = { tries: before.tries + (isAway ? 0 : 1), wasAway: before.wasAway || isAway }
    failures.delete(id)
    failures.set(id, now)
    const [eldest] = failures.keys()
    if (failures.size > REMEMBERED && eldest !== undefined) failures.delete(eldest)
    if (isAway) return false
    return now.tries >= MOST_TRIES || (now.tries > 1 && !now.wasAway && attempt >= MOST_TRIES)
  }
  return async (delivery: Delivery): Promise<void> => {
    const { id } = delivery
    try {
      const { traceparent: parent } = delivery.headers
      const work = () => handle(delivery)
      await (parent === undefined ? work() : traced(`consume ${name}`, { kind: 'consumer', parent }, work))
    } catch (err) {
      if (!isLast(delivery, err)) throw err
      await setAside(delivery, err)
      const why = err instanceof ParleyError ? { errors: err.errors, reason: err.message } : { err }
      log.error({ consumer: name, delivery: id, ...describe?.(delivery), ...why }, 'a delivery is put aside')
    }
    failures.delete(id)
  }
}
