import type { Bus, DurableMessage } from '@parley/bus'
import { EVENT_STREAM, eventHeaders, type Head, headOnly, type LiveEntry, subjects } from '@parley/contracts'
import { failpoint, failpointAfterAnswers } from '@parley/runtime'
import {
  type CommittedBatch,
  type CommittedChange,
  envelopeOf,
  type LiveEmission,
} from '../domain/changes/committed-change.ts'
import type { Epochs } from '../domain/epochs.ts'
import type { ConversationMeter } from './conversation-meter.ts'
import type { LivePublisher } from './live-publisher.ts'

/** The stream is a transport: the truth, and a week of events to rebuild it from, are in Postgres. */
export const eventStream = {
  name: EVENT_STREAM,
  subjects: [subjects.allEvents],
  maxAgeMs: 3 * 24 * 3_600_000,
  maxBytes: 1024 ** 3,
}

/**
 * Events wait so long for each other on their way to the stream: where batches are of one message, writing and reading each by itself costs
 * more than all else about it. Nobody looks at the stream for what is live, and what a crash takes from here the relay tells.
 */
const GATHER_MS = 50

export interface EventPublisherOptions {
  bus: Bus
  live: LivePublisher
  epochs: Epochs
  meter: Pick<ConversationMeter, 'committed' | 'published'>
  /** The stream has every event of this outbox entry. */
  onAcknowledged: (eventId: number) => void
  /** It could not be told for certain; the relay takes over. */
  onUnacknowledged: (err: unknown) => void
}

/** Tells what was committed: to the gateways at once, and to the event stream until it acknowledges. */
export function createEventPublisher({
  bus,
  live,
  epochs,
  meter,
  onAcknowledged,
  onUnacknowledged,
}: EventPublisherOptions) {
  /** What is on its way to the stream, or waits to be. */
  const publishing = new Set<Promise<void>>()
  const gathered: { eventId: number; messages: DurableMessage[] }[] = []
  let next: NodeJS.Timeout | undefined

  const publishGathered = () => {
    clearTimeout(next)
    next = undefined
    for (const { eventId, messages } of gathered.splice(0)) {
      const published = bus.publishDurable(messages).then(
        () => {
          failpoint('conversation.published')
          meter.published('acknowledged', messages.length)
          onAcknowledged(eventId)
        },
        (err) => {
          meter.published('unacknowledged', messages.length)
          onUnacknowledged(err)
        },
      )
      publishing.add(published)
      void published.then(() => publishing.delete(published))
    }
  }
  return {
    ensureStream: () => bus.ensureStream(eventStream),
    /** After a commit. Never throws and waits for nobody. */
    committed(batch: CommittedBatch): void {
      failpoint('conversation.committed')
      if (failpointAfterAnswers('conversation.replied')) return
      const json = new Map<unknown, string>()
      const entries = [
        ...batch.changes.flatMap((change) => liveEntries(change, json)),
        ...batch.personal.map(({ tenantId, head, live }) => liveEntry(tenantId, head, live, json)),
        ...batch.hints.map(({ tenantId, head }) => headOnly(tenantId, head)),
      ]
      live.publish(entries, batch.changes.length > 0 ? Date.now() : 0)
      if (batch.changes.length === 0) return
      meter.committed(batch.changes)
      gathered.push({
        eventId: batch.eventId,
        messages: batch.changes.map((change) => durableMessage(change, epochs, json)),
      })
      next ??= setTimeout(publishGathered, GATHER_MS)
    },
    /** Lets nothing wait any longer, and resolves when the stream has answered or is known not to. */
    async flush(): Promise<void> {
      publishGathered()
      await Promise.all(publishing)
    },
    /** What the direct way did not manage. Rejects when the stream did not take it. */
    async again(changes: readonly CommittedChange[]): Promise<void> {
      const json = new Map<unknown, string>()
      live.publish([
        ...changes.flatMap((change) => liveEntries(change, json)),
        ...changes.map(({ tenantId, conversationId, head }) => headOnly(tenantId, { conversationId, ...head })),
      ])
      await bus.publishDurable(changes.map((change) => durableMessage(change, epochs, json)))
      meter.published('relayed', changes.length)
    },
  }
}

/** The same object is the live payload and the event's data: encode it once. */
function encoded(data: unknown, json: Map<unknown, string>): string {
  let text = json.get(data)
  if (text === undefined) {
    text = JSON.stringify(data)
    json.set(data, text)
  }
  return text
}

const liveEntries = (
  { tenantId, conversationId, head, live, traceparent }: CommittedChange,
  json: Map<unknown, string>,
) =>
  live.map((emission) => ({
    ...liveEntry(tenantId, { conversationId, ...head }, emission, json),
    ...(traceparent !== undefined && { traceparent }),
  }))

function liveEntry(tenantId: string, head: Head, emission: LiveEmission, json: Map<unknown, string>): LiveEntry {
  const { event, data, audience, span, aboutSeq } = emission
  const { conversationId, seq, rev } = head
  return { tenantId, conversationId, seq, rev, span, aboutSeq, audience, event, json: encoded(data, json) }
}

function durableMessage(change: CommittedChange, epochs: Epochs, json: Map<unknown, string>): DurableMessage {
  const envelope = envelopeOf(change, epochs)
  return {
    subject: subjects.event(change.tenantId, change.type),
    id: envelope.id,
    headers: { ...eventHeaders(envelope), ...(change.traceparent && { traceparent: change.traceparent }) },
    body: Buffer.from(`${JSON.stringify(envelope).slice(0, -1)},"data":${encoded(change.data, json)}}`),
  }
}
