import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { SetupError } from '@parley/contracts'
import type { ConsumerOptions } from './bus.ts'
import { writeConsumer } from './nats-consumer.ts'
import { dialNats, type NatsLogin } from './nats-dial.ts'

/** What of JetStream does not go with a database that was restored from a backup. */
export interface StreamsToMend {
  /** A stream that holds what came out of the lost database. */
  empty: string
  /** A consumer whose work since then was lost with the database; without a time, that of all that is there. */
  rewind: ConsumerOptions
}

export interface MendedStreams {
  /** Messages that were taken out; undefined: there is no such stream. */
  emptied: number | undefined
  /** Messages that are handed over again; undefined: there is no such stream. */
  rewound: number | undefined
}

const [NO_CONSUMER, NO_STREAM] = [10_014, 10_059]
const ANSWER_MS = 5_000

/**
 * Empties a stream, and lets a consumer of another begin again. Its user has to be allowed that, which no service is. Doing it
 * again hands the same over again. Rejects as `connectNatsBus` does, and where the user may not.
 */
export async function mendNatsStreams(login: NatsLogin, { empty, rewind }: StreamsToMend): Promise<MendedStreams> {
  const nc = await dialNats(login)
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS })
    return { emptied: await emptied(jsm, empty), rewound: await rewound(jsm, rewind) }
  } catch (err) {
    if (err instanceof JetStreamApiError) throw err
    throw new SetupError(
      'JetStream does not answer, or this user may not change streams and consumers: it is the operator who may',
      { cause: err },
    )
  } finally {
    await nc.close()
  }
}

async function emptied(jsm: JetStreamManager, stream: string): Promise<number | undefined> {
  const answer = await jsm.streams.purge(stream).catch(none(NO_STREAM))
  return answer?.purged
}

async function rewound(jsm: JetStreamManager, consumer: StreamsToMend['rewind']): Promise<number | undefined> {
  const { stream, name } = consumer
  if (!(await jsm.streams.info(stream).catch(none(NO_STREAM)))) return undefined
  await jsm.consumers.delete(stream, name).catch(none(NO_CONSUMER))
  await writeConsumer(jsm, consumer)
  return (await jsm.consumers.info(stream, name)).num_pending
}

/** Undefined where it is not there; everything else is thrown on. */
const none = (code: number) => (err: unknown) => {
  if (err instanceof JetStreamApiError && err.code === code) return undefined
  throw err
}
