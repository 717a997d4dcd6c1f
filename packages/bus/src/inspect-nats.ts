import { JetStreamApiError, type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { millis, type NatsConnection } from '@nats-io/nats-core'
import { errors } from '@nats-io/nats-core/internal'
import { dialNats, type NatsLogin, reasonOf } from './nats-dial.ts'

/** What somebody who checks an installation wants to know. */
export interface NatsQuestions {
  /** Subjects to which it has to be allowed to publish and to listen: such as nobody hears. */
  publish: readonly string[]
  subscribe: readonly string[]
  /** Streams to look at. */
  streams: readonly string[]
  /** Durable consumers to look at. */
  consumers: readonly { stream: string; name: string }[]
}

/** A stream as the server has it. */
export interface StreamFacts {
  subjects: string[]
  maxAgeMs: number
  /** -1: as much as there is room for. */
  maxBytes: number
  bytes: number
  replicas: number
  isOnDisk: boolean
}

export interface NatsFacts {
  version: string
  /** `publishing to parley.live.v1.x`, `hearing parley.control.v1`: what was refused. */
  refused: string[]
  /** By name: undefined where there is none, a text where it cannot be said, and why. */
  streams: Map<string, StreamFacts | string | undefined>
  /** By name: whether there is one; a text where it cannot be said, and why. */
  consumers: Map<string, boolean | string>
  /** Bytes that JetStream has on disk, and may have; undefined where this user may not ask. */
  disk: { used: number; limit: number } | undefined
}

const NO_STREAM = 10_059
const NO_CONSUMER = 10_014
const ANSWER_MS = 2_000

/** Joins a NATS server as a service would, tries what it may, and looks at its streams. Changes nothing. Rejects as `connectNatsBus` does. */
export async function inspectNats(login: NatsLogin, questions: NatsQuestions): Promise<NatsFacts> {
  const nc = await dialNats(login)
  try {
    const refused = await refusedOf(nc, questions.publish, questions.subscribe)
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS })
    const streams = new Map<string, StreamFacts | string | undefined>()
    for (const name of questions.streams) streams.set(name, await streamFacts(jsm, name))
    const consumers = new Map<string, boolean | string>()
    for (const { stream, name } of questions.consumers) consumers.set(name, await hasConsumer(jsm, stream, name))
    const disk = questions.streams.length === 0 ? undefined : await diskOf(jsm)
    return { version: nc.info?.version ?? 'unknown', refused, streams, consumers, disk }
  } finally {
    await nc.close()
  }
}

/** The server tells of refusals beside everything else, before its answer to a flush that follows. */
async function refusedOf(
  nc: NatsConnection,
  publish: readonly string[],
  subscribe: readonly string[],
): Promise<string[]> {
  const refused = new Set<string>()
  const hear = (err: unknown) => {
    if (err instanceof errors.PermissionViolationError)
      refused.add(`${err.operation === 'publish' ? 'publishing to' : 'hearing'} ${err.subject}`)
  }
  const statuses = nc.status()
  const following = (async () => {
    for await (const status of statuses) if (status.type === 'error') hear(status.error)
  })()
  following.catch(() => {})
  const subscriptions = subscribe.map((subject) => nc.subscribe(subject, { callback: hear }))
  for (const subject of publish) nc.publish(subject)
  await nc.flush()
  await nc.flush()
  for (const subscription of subscriptions) subscription.unsubscribe()
  return [...refused]
}

async function streamFacts(jsm: JetStreamManager, name: string): Promise<StreamFacts | string | undefined> {
  try {
    const { config, state } = await jsm.streams.info(name)
    return {
      subjects: config.subjects ?? [],
      maxAgeMs: millis(config.max_age),
      maxBytes: config.max_bytes,
      bytes: state.bytes,
      replicas: config.num_replicas,
      isOnDisk: config.storage === StorageType.File,
    }
  } catch (err) {
    return err instanceof JetStreamApiError && err.code === NO_STREAM ? undefined : whyNot(err)
  }
}

async function hasConsumer(jsm: JetStreamManager, stream: string, name: string): Promise<boolean | string> {
  try {
    await jsm.consumers.info(stream, name)
    return true
  } catch (err) {
    if (err instanceof JetStreamApiError && err.code === NO_CONSUMER) return false
    if (err instanceof JetStreamApiError && err.code === NO_STREAM) return `there is no stream ${stream}`
    return whyNot(err)
  }
}

async function diskOf(jsm: JetStreamManager): Promise<NatsFacts['disk']> {
  try {
    const { storage, limits } = await jsm.getAccountInfo()
    return { used: storage, limit: limits.max_storage }
  } catch {
    return undefined
  }
}

/** Nobody answers for JetStream at all, or this user may not ask. */
function whyNot(err: unknown): string {
  for (let at = err; at instanceof Error; at = at.cause) {
    if (/no responders|jetstream (is )?not enabled|^503$/i.test(`${at.name} ${at.message}`))
      return 'the server has no JetStream'
    if (at instanceof errors.PermissionViolationError) return 'this user may not ask for it'
  }
  return reasonOf(err)
}
