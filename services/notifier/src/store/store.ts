import { createJobQueue, type Database, type JobQueue } from '@parley/database'
import type { Store, UnitOfWork } from '../domain/ports/store.ts'
import type { WebhookLanes } from '../domain/ports/webhooks.ts'
import { addressStore } from './address-store.ts'
import { deliveryStore, webhookLanes } from './delivery-store.ts'
import { deviceStore } from './device-store.ts'
import { endpointStore } from './endpoint-store.ts'
import { handOverStore } from './hand-over-store.ts'
import { preferenceStore } from './preference-store.ts'
import { templateStore } from './template-store.ts'

export interface StoreOptions {
  database: Database
  /** Told after a commit that a job is due in so many milliseconds. */
  onScheduled?: (ms: number) => void
}

export interface NotifierStore extends Store {
  jobs: JobQueue
  webhookLanes: WebhookLanes
}

/** What the worker knows, over one database. */
export function createStore({ database, onScheduled = () => {} }: StoreOptions): NotifierStore {
  return {
    async transaction(tenantId, work) {
      const dueIn: number[] = []
      const result = await database.transaction({ tenantId }, (tx) => {
        // of an attempt that found a row locked
        dueIn.length = 0
        const due = (ms: number) => dueIn.push(ms)
        const unit: UnitOfWork = {
          handOvers: handOverStore(tx, tenantId, due),
          endpoints: endpointStore(tx, tenantId, due),
          deliveries: deliveryStore(tx, tenantId),
          devices: deviceStore(tx, tenantId),
          preferences: preferenceStore(tx, tenantId),
          templates: templateStore(tx, tenantId),
          addresses: addressStore(tx, tenantId),
        }
        return work(unit)
      })
      if (dueIn.length > 0) onScheduled(Math.min(...dueIn))
      return result
    },
    async forgetHandOvers(limit) {
      const [row] = await database.call<{ count: number }>('SELECT forget_hand_overs($1) AS count', [limit])
      return row!.count
    },
    async waiting() {
      const [row] = await database.call<{ depth: number; age: number }>('SELECT * FROM hand_overs_waiting()')
      return row!
    },
    async tenantsWithDeadLetters() {
      const rows = await database.call<{ tenant_id: string }>('SELECT * FROM tenants_with_dead_letters()')
      return rows.map(({ tenant_id: tenantId }) => tenantId)
    },
    async replyAddress(id) {
      const [row] = await database.call<{ tenant_id: string; user_id: string; conversation_id: string }>(
        'SELECT * FROM reply_address($1)',
        [id],
      )
      return row && { tenantId: row.tenant_id, userId: row.user_id, conversationId: row.conversation_id }
    },
    jobs: createJobQueue(database),
    webhookLanes: webhookLanes(database, onScheduled),
  }
}
