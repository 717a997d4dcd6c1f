import { createJobQueue, type Database, type JobQueue } from '@parley/database'
import type { NewsProgress } from '../domain/ports/news-progress.ts'
import type { Store, UnitOfWork } from '../domain/ports/store.ts'
import type { WebhookLanes } from '../domain/ports/webhooks.ts'
import { addressStore } from './address-store.ts'
import { announcementStore } from './announcement-store.ts'
import { deadEventStore } from './dead-event-store.ts'
import { deliveryStore, webhookLanes } from './delivery-store.ts'
import { deviceStore } from './device-store.ts'
import { endpointStore } from './endpoint-store.ts'
import { handOverStore } from './hand-over-store.ts'
import { happeningStore } from './happening-store.ts'
import { newsProgress } from './news-progress.ts'
import { notificationStore } from './notification-store.ts'
import { preferenceStore } from './preference-store.ts'
import { tellingStore } from './telling-store.ts'
import { templateStore } from './template-store.ts'
import { toldStore } from './told-store.ts'

export interface StoreOptions {
  database: Database
  /** Told after a commit that a job is due in so many milliseconds. */
  onScheduled?: (ms: number) => void
}

export interface NotifierStore extends Store {
  jobs: JobQueue
  webhookLanes: WebhookLanes
  newsProgress: NewsProgress
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
          deadEvents: deadEventStore(tx, tenantId, due),
          devices: deviceStore(tx, tenantId),
          preferences: preferenceStore(tx, tenantId),
          templates: templateStore(tx, tenantId),
          addresses: addressStore(tx, tenantId),
          told: toldStore(tx, tenantId),
          notifications: notificationStore(tx, tenantId),
          tellings: tellingStore(tx, tenantId),
          announcements: announcementStore(tx, tenantId),
          happenings: happeningStore(tx, tenantId, due),
        }
        return work(unit)
      })
      if (dueIn.length > 0) onScheduled(Math.min(...dueIn))
      return result
    },
    async wantLooks(happenings, delayMs) {
      const rows = await database.call<{ ord: string | number; due_in: number | null }>(
        'SELECT * FROM want_looks($1, $2, $3, $4)',
        [
          happenings.map(({ tenantId }) => tenantId),
          happenings.map(({ conversationId }) => conversationId),
          happenings.map(({ dueInMs }) => dueInMs),
          delayMs,
        ],
      )
      const dueIn = new Map(rows.map(({ ord, due_in }) => [Number(ord), due_in ?? undefined]))
      const known = happenings.map((_, i) => dueIn.get(i + 1))
      const [soonest] = known.filter((ms) => ms !== undefined).sort((a, b) => a - b)
      if (soonest !== undefined) onScheduled(soonest)
      return known
    },
    async isNewsRead(marks) {
      const rows = await database.call<{ ord: string | number }>('SELECT * FROM news_read($1, $2, $3, $4)', [
        marks.map(({ tenantId }) => tenantId),
        marks.map(({ conversationId }) => conversationId),
        marks.map(({ userId }) => userId),
        marks.map(({ seq }) => seq),
      ])
      const news = new Set(rows.map(({ ord }) => Number(ord)))
      return marks.map((_, i) => news.has(i + 1))
    },
    async forgetNotifications(limit) {
      const [row] = await database.call<{ count: number }>('SELECT forget_notifications($1) AS count', [limit])
      return row!.count
    },
    async forgetHappenings(limit) {
      const [row] = await database.call<{ count: number }>('SELECT forget_happenings($1) AS count', [limit])
      return row!.count
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
    async countDeadLetters() {
      const [row] = await database.call<{ hand_overs: number; events: number }>('SELECT * FROM count_dead_letters()')
      return { handOvers: row!.hand_overs, events: row!.events }
    },
    async forgetDeadEvents(limit) {
      const [row] = await database.call<{ count: number }>('SELECT forget_dead_events($1) AS count', [limit])
      return row!.count
    },
    async sentMail(id) {
      const [row] = await database.call<{ tenant_id: string; address: string }>('SELECT * FROM sent_mail($1)', [id])
      return row && { tenantId: row.tenant_id, address: row.address }
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
    newsProgress: newsProgress(database),
  }
}
