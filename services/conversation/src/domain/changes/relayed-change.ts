import { type Change, type Counters, eventDataOf, invitationOf, subjectOf } from '@parley/contracts'
import { addressed, type CommittedChange, NOBODY } from './committed-change.ts'

/** Where and when a change was recorded; the conversation has gone on since. */
export type Recorded = Pick<CommittedChange, 'tenantId' | 'conversationId' | 'seq' | 'rev' | 'at'>

/** What brings users into a conversation. */
type Arrival = Change & { type: 'conversation.created' | 'participant.joined' }

/**
 * Gateways that know the conversation backfill from its head alone. Those whose users have just come into it do not know it yet,
 * and are told again; whoever had heard it hears it twice, and it says the same.
 */
export function isArrival<Typed extends { type: Change['type'] }>(
  change: Typed,
): change is Typed & { type: Arrival['type'] } {
  return change.type === 'conversation.created' || change.type === 'participant.joined'
}

/**
 * A change that is told again: to the event stream under its own id, and to sockets only as an invitation, of those whom it
 * brought into the conversation and who are `present` (user ids) still. `head` is the conversation's now.
 */
export function relayedChange(
  recorded: Recorded,
  change: Change,
  head: Counters,
  present: readonly string[],
): CommittedChange {
  const live = isArrival(change)
    ? [addressed(invitationOf(change.conversation, broughtIn(change, present)), NOBODY)]
    : []
  return { ...recorded, type: change.type, data: eventDataOf(change), head, live }
}

/** Those whom an arrival brought in: its participant, or, as a conversation begins, everybody. */
function broughtIn(change: Arrival, present: readonly string[]): readonly string[] {
  const subject = subjectOf(change)
  return subject === undefined ? present : present.filter((id) => id === subject)
}
