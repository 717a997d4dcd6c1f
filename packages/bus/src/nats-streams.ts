import { setTimeout as delay } from 'node:timers/promises'
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/nats-core'
import type { StreamOptions } from './bus.ts'
import type { BusLog } from './bus-log.ts'
import { dialNats, type NatsLogin } from './nats-dial.ts'
import { isStreamOf, refusePrefix } from './prefixed-bus.ts'
import { unavailable } from './unavailable.ts'

/** JetStream forgets an id after this; whoever sends again later than that may store a message twice. */
const DUPLICATE_WINDOW_MS = 120_000
const RETRY_MS = 500
const NAME_IN_USE = 10058
/** No suitable peers; replicas above 1 without a cluster. */
const TOO_FEW: ReadonlySet<number> = new Set([10005, 10074])

/** Nobody answers for JetStream at all, or the account may not use it. */
function isWithoutJetStream(err: unknown): boolean {
  for (let at = err; at instanceof Error; at = at.cause)
    if (/no responders|jetstream (is )?not enabled|^503$/i.test(`${at.name} ${at.message}`)) return true
  return false
}

/** The streams that this process needs. They are put back when the server has lost its store. */
export class NatsStreams {
  readonly #jsm: JetStreamManager
  readonly #replicas: number | undefined
  readonly #log: BusLog
  readonly #wanted = new Map<string, StreamOptions>()
  #restoring = false

  constructor(jsm: JetStreamManager, { replicas, log }: { replicas: number | undefined; log: BusLog }) {
    this.#jsm = jsm
    this.#replicas = replicas
    this.#log = log
  }

  async ensure(stream: StreamOptions): Promise<void> {
    await this.#write(stream)
    this.#wanted.set(stream.name, stream)
  }

  /** Tries until every wanted stream exists, or `goOn` says no. One attempt at a time, however often it is asked for. */
  async restore(goOn: () => boolean): Promise<void> {
    if (this.#restoring || this.#wanted.size === 0) return
    this.#restoring = true
    try {
      while (goOn()) {
        try {
          for (const stream of this.#wanted.values()) await this.#write(stream)
          return
        } catch (err) {
          this.#log.warn({ err }, 'JetStream is not ready')
        }
        await delay(RETRY_MS)
      }
    } finally {
      this.#restoring = false
    }
  }

  /** A server alone, or a cluster with too few that are up. */
  #said(name: string, err: unknown): unknown {
    if (!(err instanceof JetStreamApiError) || !TOO_FEW.has(err.code)) return err
    return unavailable(
      `The stream ${name} cannot be on ${this.#replicas ?? 1} servers: ${err.message}. Start the other servers of the cluster, or set NATS_REPLICAS to what there is`,
      err,
    )
  }

  async #write({ name, subjects, maxAgeMs, maxBytes }: StreamOptions): Promise<void> {
    const options = {
      subjects,
      max_age: nanos(maxAgeMs),
      max_bytes: maxBytes,
      discard: DiscardPolicy.Old,
      // The server refuses a window longer than the age.
      duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, maxAgeMs)),
      ...(this.#replicas !== undefined && { num_replicas: this.#replicas }),
    }
    try {
      await this.#jsm.streams.add({
        name,
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        ...options,
      })
    } catch (err) {
      if (isWithoutJetStream(err))
        throw unavailable(
          'This NATS server has no JetStream. Start nats-server with -js, or with jetstream in its configuration',
          err,
        )
      if (!(err instanceof JetStreamApiError) || err.code !== NAME_IN_USE) throw this.#said(name, err)
      await this.#jsm.streams.update(name, options).catch((cause: unknown) => {
        throw this.#said(name, cause)
      })
    }
  }
}

/** Deletes, with all that is in them, the streams that buses with this prefix have made on the server. */
export async function deleteNatsStreams({ prefix, ...login }: NatsLogin & { prefix: string }): Promise<void> {
  refusePrefix(prefix)
  const nc = await dialNats(login)
  try {
    const { streams } = await jetstreamManager(nc, { checkAPI: false })
    for await (const stream of streams.names()) if (isStreamOf(prefix, stream)) await streams.delete(stream)
  } finally {
    await nc.close()
  }
}
