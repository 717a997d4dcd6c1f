import { createJobQueue, type Database, type JobQueue, scheduleJob, type Tx } from '@parley/database'
import { eq, sql } from 'drizzle-orm'
import type { DeletedMessageRepository, Store, UnitOfWork } from '../domain/ports/store.ts'
import { attachmentStore } from './attachment-store.ts'
import { blobStore } from './blob-store.ts'
import { deletedMessages } from './tables.ts'
import { usageStore } from './usage-store.ts'

export interface StoreOptions {
  database: Database
  /** Told after a commit that a job is due in so many milliseconds. */
  onScheduled?: (ms: number) => void
}

export interface StorageStore extends Store {
  jobs: JobQueue
}

/** The account of attachments over one database. */
export function createStore({ database, onScheduled = () => {} }: StoreOptions): StorageStore {
  const rows = <Row>(text: string, params: unknown[]) => database.call<Row>(text, params)
  const countOf = async (text: string, params: unknown[] = []) =>
    (await rows<{ count: number }>(text, params))[0]!.count
  const transaction: Store['transaction'] = async (tenantId, work) => {
    const dueIn: number[] = []
    const result = await database.transaction({ tenantId }, (tx) => {
      // of an attempt that found a row locked
      dueIn.length = 0
      return work(unitOf(tx, tenantId, (ms) => dueIn.push(ms)))
    })
    if (dueIn.length > 0) onScheduled(Math.min(...dueIn))
    return result
  }
  /** The last of each tenant that charges. */
  const charging = new Map<string, Promise<void>>()
  const dueBy = async (text: string, limit: number) => {
    const due = await rows<{ tenant_id: string; id: string }>(text, [limit])
    return due.map(({ tenant_id: tenantId, id }) => ({ tenantId, id }))
  }
  return {
    transaction,
    async charge(tenantId, work) {
      const before = charging.get(tenantId) ?? Promise.resolve()
      const own = before.then(() => transaction(tenantId, work))
      const done = own.then(
        () => {},
        () => {},
      )
      charging.set(tenantId, done)
      try {
        return await own
      } finally {
        if (charging.get(tenantId) === done) charging.delete(tenantId)
      }
    },
    snapshot: (tenantId, work) =>
      database.transaction({ tenantId, snapshot: true }, (tx) => work(unitOf(tx, tenantId, () => {}))),
    async concernedMessages(asked) {
      const found = await rows<{ id: string }>('SELECT * FROM concerned_messages($1, $2)', [
        asked.map(({ tenantId }) => tenantId),
        asked.map(({ messageId }) => messageId),
      ])
      return new Set(found.map(({ id }) => id))
    },
    dueAttachments: (limit) => dueBy('SELECT * FROM due_attachments($1)', limit),
    duePictures: (limit) => dueBy('SELECT * FROM due_pictures($1)', limit),
    doomBlobs: (limit) => countOf('SELECT doom_blobs($1) AS count', [limit]),
    async claimDoomed(limit) {
      const claimed = await rows<{ object_key: string }>('SELECT * FROM claim_doomed($1)', [limit])
      return claimed.map(({ object_key: key }) => key)
    },
    async forgetDoomed(objectKeys) {
      await rows('SELECT forget_doomed($1)', [objectKeys])
    },
    async knownObjects(objectKeys) {
      const known = await rows<{ object_key: string }>('SELECT * FROM known_objects($1)', [objectKeys])
      return new Set(known.map(({ object_key: key }) => key))
    },
    async tenantOfPicture(id) {
      const [found] = await rows<{ tenant_id: string }>('SELECT * FROM tenant_of_picture($1)', [id])
      return found?.tenant_id
    },
    forgetDeletedMessages: (limit) => countOf('SELECT forget_deleted_messages($1) AS count', [limit]),
    countPending: () => countOf('SELECT count_pending() AS count'),
    jobs: createJobQueue(database),
  }
}

function unitOf(tx: Tx, tenantId: string, onScheduled: (ms: number) => void): UnitOfWork {
  return {
    attachments: attachmentStore(tx, tenantId),
    blobs: blobStore(tx, tenantId),
    usage: usageStore(tx, tenantId),
    deletedMessages: deletedMessageStore(tx, tenantId),
    schedulePreview: async (link) =>
      onScheduled(await scheduleJob(tx, tenantId, { kind: 'preview', key: link.messageId, payload: link })),
    async decide(sha256, { status, signature }, { tellsDecided }) {
      const { rows } = (await tx.execute(sql`
        with decided as (
          update attachments set status = ${status}
          where tenant_id = ${tenantId} and sha256 = ${sha256} and status = 'pending'
          returning id, message_id),
        found as (
          select id, message_id from decided
          union all
          select id, message_id from attachments
          where ${tellsDecided} and tenant_id = ${tenantId} and sha256 = ${sha256} and status = ${status})
        insert into jobs (tenant_id, kind, key, due_at, run_at, payload)
        select ${tenantId}, 'verdict', id::text, now(), now(), ${JSON.stringify({ signature })}::jsonb
        from found where message_id is not null or ${status} = 'infected'
        on conflict on constraint jobs_key do nothing
        returning id`)) as unknown as { rows: unknown[] }
      if (rows.length > 0) onScheduled(0)
    },
    async scheduleDeleted(messageId, attachmentIds, afterMs) {
      const dueAt = new Date(Date.now() + afterMs)
      onScheduled(
        await scheduleJob(tx, tenantId, { kind: 'hear_deleted', key: messageId, dueAt, payload: { attachmentIds } }),
      )
    },
    scheduleScan: async (sha256) =>
      onScheduled(await scheduleJob(tx, tenantId, { kind: 'scan', key: sha256, payload: { tells: true } })),
  }
}

function deletedMessageStore(tx: Tx, tenantId: string): DeletedMessageRepository {
  /** Whoever confirms a message's attachments and whoever hears that it was deleted do it one after the other. */
  const alone = (messageId: string) => tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${messageId}, 0))`)
  return {
    async add(messageId) {
      await alone(messageId)
      await tx.insert(deletedMessages).values({ messageId, tenantId }).onConflictDoNothing()
    },
    async has(messageId) {
      await alone(messageId)
      const found = await tx
        .select({ messageId: deletedMessages.messageId })
        .from(deletedMessages)
        .where(eq(deletedMessages.messageId, messageId))
      return found.length > 0
    },
  }
}
