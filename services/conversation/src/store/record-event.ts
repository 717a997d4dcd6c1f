import { subjectOf } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { sql } from 'drizzle-orm'
import { type CommittedChange, committedChange } from '../domain/changes/committed-change.ts'
import type { UnitOfWork } from '../domain/ports.ts'
import { arrayOf } from './stores/arrays.ts'

/** Changes of one type that are one event of the outbox. */
export interface RecordedEvent {
  eventId: number
  changes: CommittedChange[]
}

type Recording = Parameters<UnitOfWork['recordAll']>[0][number]

/** By type, and yet those of a conversation in their order: as few events as that takes. */
export function alike(given: readonly Recording[]): Recording[][] {
  const groups: Recording[][] = []
  const lastOf = new Map<string, number>()
  for (const recording of given) {
    const { conversationId } = recording.place
    let at = lastOf.get(conversationId) ?? 0
    while (at < groups.length && groups[at]![0]!.change.type !== recording.change.type) at++
    if (at === groups.length) groups.push([])
    groups[at]!.push(recording)
    lastOf.set(conversationId, at)
  }
  return groups
}

/** Queues the event of changes of one type. */
export async function recordEvent(tx: Tx, tenantId: string, recordings: readonly Recording[]): Promise<RecordedEvent> {
  const at = new Date().toISOString()
  const changes = recordings.map(({ change, place: { members, ...place } }) =>
    committedChange({ tenantId, at, ...place }, change, members),
  )
  const ids = arrayOf(
    'uuid',
    changes.map(({ conversationId }) => conversationId),
  )
  const seqs = arrayOf(
    'bigint',
    changes.map(({ seq }) => seq),
  )
  const revs = arrayOf(
    'bigint',
    changes.map(({ rev }) => rev),
  )
  const subjects = arrayOf(
    'text',
    recordings.map(({ change }) => subjectOf(change) ?? null),
  )
  const { rows } = (await tx.execute(
    sql`select record_events(${changes[0]!.type}, ${ids}, ${seqs}, ${revs}, ${subjects}) as id`,
  )) as unknown as { rows: { id: string | number }[] }
  return { eventId: Number(rows[0]!.id), changes }
}
