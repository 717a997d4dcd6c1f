import { BROADCAST_DAYS } from '@parley/contracts'
import {
  cancelJob,
  collectAcknowledgements,
  createJobQueue,
  type Database,
  type JobQueue,
  type Outbox,
  scheduleJob,
  scheduleJobOnce,
  type Tx,
} from '@parley/database'
import { currentTrace, traced } from '@parley/tracing'
import { sql } from 'drizzle-orm'
import type { CommittedBatch, CommittedChange } from '../domain/changes/committed-change.ts'
import type { Restore } from '../domain/epochs.ts'
import type { Store, UnitOfWork } from '../domain/ports.ts'
import { createAudienceReads } from './audience-reads.ts'
import { createAppendBatcher } from './batches/append-batcher.ts'
import { createReceiptBatcher, personalOf } from './batches/receipt-batcher.ts'
import { createStandingBatcher } from './batches/standing-batcher.ts'
import { createReads, rememberUser } from './reads.ts'
import { alike, type RecordedEvent, recordEvent } from './record-event.ts'
import { createSearchIndex } from './search-index.ts'
import { broadcastStore } from './stores/broadcasts.ts'
import { cannedReplyStore } from './stores/canned-replies.ts'
import { contextStore } from './stores/contexts.ts'
import { conversationStore } from './stores/conversations.ts'
import { erasureStore } from './stores/erasures.ts'
import { heldMessageStore } from './stores/held-messages.ts'
import { hiddenMessageStore } from './stores/hidden-messages.ts'
import { idempotencyKeyStore } from './stores/idempotency-keys.ts'
import { messageStore } from './stores/messages.ts'
import { auditStore, blockStore } from './stores/moderation.ts'
import { conversationOutbox } from './stores/outbox.ts'
import { ownStateStore } from './stores/own-states.ts'
import { participantStore } from './stores/participants.ts'
import { reactionStore } from './stores/reactions.ts'
import { reportStore } from './stores/reports.ts'
import { scheduledMessageStore } from './stores/scheduled-messages.ts'
import { tenantStore } from './stores/tenants.ts'
import { transitionStore } from './stores/transitions.ts'
import { userStore } from './stores/users.ts'

/** As many rows as are cleaned by one statement. */
const AT_ONCE = 500

export interface StoreOptions {
  database: Database
  /** Told of every commit, after its callers have been answered. Must not throw. */
  onCommitted: (batch: CommittedBatch) => void
  onError: (err: unknown) => void
  /** Told of each statement that took calls together: which, how many, and how many seconds it took. */
  onBatch?: (batch: 'append' | 'read' | 'delivered', calls: number, seconds: number) => void
  /** Told after a commit that a job is due in so many milliseconds. */
  onScheduled?: (ms: number) => void
}

export interface PostgresStore extends Store, AsyncDisposable {
  outbox: Outbox<CommittedChange>
  jobs: JobQueue
  /** When this database was restored from a backup, ascending. */
  restores(): Promise<Restore[]>
  /** The event stream has these: their outbox entries go with the next batch. */
  acknowledged(eventId: number): void
}

/** The stores over one database, with their batches. Dispose before the database. */
export function createStore(options: StoreOptions): PostgresStore {
  const { database, onCommitted, onError, onBatch = () => {}, onScheduled = () => {} } = options
  const outbox = conversationOutbox(database)
  const acknowledgements = collectAcknowledgements(outbox, onError)

  const appends = createAppendBatcher({
    fast: database.openLane('append'),
    slow: database.openLane('append-waiting'),
    onCommitted,
    onBatch: (calls, seconds) => onBatch('append', calls, seconds),
    acknowledgements,
  })
  const marks = createReceiptBatcher({ lane: database.openLane('reads'), onCommitted, onBatch, acknowledgements })
  const reads = createReads(database)

  /** All sockets of the users hear what is said to them, and how their conversations stand for them. */
  const tellOwn = async (tenantId: string, own: readonly Parameters<UnitOfWork['tellOwn']>[]) => {
    if (own.length === 0) return
    const standings = await marks.standingsOf(own.map(([place]) => ({ tenantId, ...place })))
    const personal = own.flatMap(([{ userId }, said], i) => {
      const standing = standings[i]
      return standing ? personalOf({ tenantId, userId }, standing, said) : []
    })
    onCommitted({ eventId: 0, changes: [], personal, hints: [] })
  }

  return {
    reads,
    audience: createAudienceReads(database),
    standing: createStandingBatcher(database),
    search: createSearchIndex(database),
    rememberUser: (actor) => rememberUser(database, actor),
    async picturesInUse(tenantId, ids) {
      const used = await database.call<{ id: string }>('SELECT id FROM pictures_in_use($1, $2)', [tenantId, [...ids]])
      return used.map(({ id }) => id)
    },
    async restores() {
      const rows = await database.call<{ epoch: string | number; at: string }>(
        'SELECT epoch, epoch_ms(at) AS at FROM restores ORDER BY epoch',
      )
      return rows.map(({ epoch, at }) => ({ epoch: Number(epoch), at: Number(at) }))
    },
    async append(draft) {
      const appended = await appends.append(draft)
      const until = draft.extras?.expiresAt
      if (until !== undefined) onScheduled(Math.max(0, Date.parse(until) - Date.now()))
      return appended
    },
    async markRead(mark) {
      const { me, unreadCount } = await marks.markRead(mark)
      return { lastReadSeq: me.lastReadSeq, unreadCount }
    },
    async markDelivered(mark) {
      const { lastDeliveredSeq } = await marks.markDelivered(mark)
      return { lastDeliveredSeq }
    },
    async ownState({ tenantId, userId }, conversationId) {
      const [standing = null] = await marks.standingsOf([{ tenantId, conversationId, userId }])
      return standing
    },
    async transaction(tenantId, work) {
      const recorded: RecordedEvent[] = []
      const dueIn: number[] = []
      const own: Parameters<UnitOfWork['tellOwn']>[] = []
      const traceparent = currentTrace()
      const transact = () =>
        database.transaction({ tenantId }, (tx) => {
          // of an attempt that found a row locked
          recorded.length = dueIn.length = own.length = 0
          const recordAll: UnitOfWork['recordAll'] = async (given) => {
            for (const changes of alike(given)) recorded.push(await recordEvent(tx, tenantId, changes))
          }
          return work({
            ...repositories(tx, tenantId, (ms) => dueIn.push(ms)),
            record: (change, place) => recordAll([{ change, place }]),
            recordAll,
            tellOwn: (...telling) => void own.push(telling),
          })
        })
      const result = await traced('SQL transaction', { kind: 'client' }, transact)
      for (const { eventId, changes } of recorded)
        onCommitted({
          eventId,
          changes: traceparent === undefined ? changes : changes.map((change) => ({ ...change, traceparent })),
          personal: [],
          hints: [],
        })
      if (dueIn.length > 0) onScheduled(Math.min(...dueIn))
      // it is done: whoever cannot be told now finds it by their cursor
      await tellOwn(tenantId, own).catch(onError)
      return result
    },
    snapshot: (tenantId, work) =>
      database.transaction({ tenantId, snapshot: true }, (tx) =>
        work({
          ...repositories(tx, tenantId, () => {}),
          record: recordNothing,
          recordAll: recordNothing,
          tellOwn: recordNothing,
        }),
      ),
    async due(limit) {
      const rows = await database.call<{ tenant_id: string; id: string }>('SELECT * FROM due_conversations($1)', [
        limit,
      ])
      return rows.map(({ tenant_id: tenantId, id }) => ({ tenantId, conversationId: id }))
    },
    async tenantsOfUndatedReports() {
      const rows = await database.call<{ tenant_id: string }>('SELECT * FROM tenants_of_undated_reports()')
      return rows.map(({ tenant_id: tenantId }) => tenantId)
    },
    outboxState: outbox.state,
    forgetReported: () => untilDone(database, 'SELECT forget_reported($1) AS count'),
    forgetBroadcasts: () => untilDone(database, 'SELECT forget_broadcasts($1, $2) AS count', [BROADCAST_DAYS]),
    forgetKeys: () => untilDone(database, 'SELECT forget_keys($1) AS count'),
    forgetScheduled: () => untilDone(database, 'SELECT forget_scheduled($1) AS count'),
    forgetHeld: () => untilDone(database, 'SELECT forget_held($1) AS count'),
    forgetJobs: () => untilDone(database, 'SELECT forget_jobs($1) AS count'),
    fillUserTerms: () => untilDone(database, 'SELECT fill_user_terms($1) AS count'),
    fillListPlaces: () => untilDone(database, 'SELECT fill_list_places($1) AS count'),
    cleanHistories: () => untilDone(database, 'SELECT clean_histories($1) AS count'),
    outbox,
    jobs: createJobQueue(database),
    acknowledged: acknowledgements.add,
    async [Symbol.asyncDispose]() {
      await Promise.all([appends.drain(), marks.drain()])
      await acknowledgements[Symbol.asyncDispose]()
    },
  }
}

/** Calls a function that does so many at once and says how many they were, until there are no more. Returns how many there were. */
async function untilDone(database: Database, call: string, more: unknown[] = []): Promise<number> {
  let all = 0
  for (let count = AT_ONCE; count === AT_ONCE; all += count) {
    const [row] = await database.call<{ count: number }>(call, [AT_ONCE, ...more])
    count = row!.count
  }
  return all
}

const recordNothing = () => Promise.reject(new Error('A snapshot records nothing'))

function repositories(
  tx: Tx,
  tenantId: string,
  onScheduled: (ms: number) => void,
): Omit<UnitOfWork, 'record' | 'recordAll' | 'tellOwn'> {
  const messages = messageStore(tx, tenantId)
  return {
    conversations: conversationStore(tx, tenantId),
    participants: participantStore(tx, tenantId),
    ownStates: ownStateStore(tx, tenantId),
    messages,
    hidden: hiddenMessageStore(tx, tenantId, messages.byIds),
    reactions: reactionStore(tx),
    transitions: transitionStore(tx, tenantId),
    erasures: erasureStore(tx, tenantId),
    users: userStore(tx, tenantId),
    contexts: contextStore(tx, tenantId),
    blocks: blockStore(tx, tenantId),
    reports: reportStore(tx, tenantId),
    audit: auditStore(tx, tenantId),
    broadcasts: broadcastStore(tx, tenantId),
    cannedReplies: cannedReplyStore(tx, tenantId),
    scheduledMessages: scheduledMessageStore(tx, tenantId),
    heldMessages: heldMessageStore(tx, tenantId),
    tenants: tenantStore(tx, tenantId),
    idempotencyKeys: idempotencyKeyStore(tx, tenantId),
    jobs: {
      schedule: async (job) => onScheduled(await scheduleJob(tx, tenantId, job)),
      async scheduleOnce(job) {
        const ms = await scheduleJobOnce(tx, tenantId, job)
        if (ms !== undefined) onScheduled(ms)
      },
      cancel: (kind, key) => cancelJob(tx, tenantId, { kind, key }),
    },
    async now() {
      const { rows } = (await tx.execute(sql`select now() as now`)) as unknown as {
        rows: { now: string | Date }[]
      }
      return new Date(rows[0]!.now).toISOString()
    },
  }
}
