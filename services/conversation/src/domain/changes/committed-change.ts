import {
  type Change,
  type Event,
  type EventData,
  type EventType,
  eventDataOf,
  eventId,
  type Head,
  type LiveAudience,
  type ServerEventName,
  seqOf,
  type Telling,
  tellingsOf,
} from '@parley/contracts'
import type { Epochs } from '../epochs.ts'

/** What sockets hear of a change, addressed. */
export interface LiveEmission extends Pick<Telling, 'data' | 'span' | 'aboutSeq'> {
  event: ServerEventName
  audience: LiveAudience
}

/** A change that is committed, with everything that is said of it. */
export interface CommittedChange {
  type: EventType
  tenantId: string
  conversationId: string
  /** The message that it is about, or the head for what is about none. */
  seq: number
  rev: number
  at: string
  data: EventData
  /** The head after the change, which the live path orders by. */
  head: { seq: number; rev: number }
  live: LiveEmission[]
  /** Of what is traced: where the work of telling it belongs. */
  traceparent?: string
}

/** Where and when a change stands. */
export type Place = Pick<CommittedChange, 'tenantId' | 'conversationId' | 'head' | 'at'>

/** Changes of one commit, with the outbox entry that waits for their acknowledgement. */
export interface CommittedBatch {
  eventId: number
  changes: CommittedChange[]
  /** What one user alone is told. */
  personal: { tenantId: string; head: Head; live: LiveEmission }[]
  /** Heads to mention to the gateways, of changes that may have been committed without having been told. */
  hints: { tenantId: string; head: Head }[]
}

/** The event that the stream has of a change, without what it tells. */
export function envelopeOf(change: CommittedChange, epochs: Epochs): Omit<Event, 'data'> {
  const { type, tenantId, conversationId, seq, rev, at } = change
  return { id: eventId(type, conversationId, seq, rev, epochs.at(at)), type, tenantId, conversationId, seq, rev, at }
}

/** The change as it is told to those who are in the conversation. */
export function committedChange(place: Place, change: Change, members: LiveAudience): CommittedChange {
  return silentChange(
    place,
    change,
    tellingsOf(place.conversationId, change).map((telling) => addressed(telling, members)),
  )
}

/** The change as the event stream has it, with other words for sockets than it has by itself, or none. */
export function silentChange(
  { tenantId, conversationId, head, at }: Place,
  change: Change,
  live: LiveEmission[] = [],
): CommittedChange {
  const seq = seqOf(change) ?? head.seq
  return { type: change.type, tenantId, conversationId, seq, rev: head.rev, at, data: eventDataOf(change), head, live }
}

/** A telling to its hearers, of whom `members` are those who are in the conversation. */
export function addressed({ event, data, hearers, span, aboutSeq }: Telling, members: LiveAudience): LiveEmission {
  return { event, data, audience: audienceOf(hearers, members), span, aboutSeq }
}

function audienceOf(hearers: Telling['hearers'], members: LiveAudience): LiveAudience {
  if (!hearers.members) return { version: null, userIds: hearers.userIds }
  if (hearers.userIds.length === 0) return members
  return { version: members.version, userIds: [...members.userIds, ...hearers.userIds] }
}

/** Nobody who is in the conversation: of what is said to those alone whom a telling names. */
export const NOBODY: LiveAudience = { version: null, userIds: [] }
