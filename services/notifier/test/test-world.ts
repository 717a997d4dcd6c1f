import type { OpenedDatabase } from '@parley/database/testing'
import { createStore, type NotifierStore } from '../src/store/store.ts'

export interface TestWorld extends OpenedDatabase {
  store: NotifierStore
  /** A tenant of a test's own. */
  tenant(): string
  /** As if so long had gone by. */
  later(ms: number): Promise<void>
}

export async function createTestWorld(open: () => Promise<OpenedDatabase>): Promise<TestWorld> {
  const opened = await open()
  let tenants = 0
  return {
    ...opened,
    store: createStore({ database: opened.database }),
    tenant: () => `tenant-${++tenants}`,
    async later(ms) {
      const by = `- ${ms} * interval '1 millisecond'`
      await opened.asOwner(`UPDATE jobs SET run_at = run_at ${by}, again_at = again_at ${by}`)
      await opened.asOwner(`UPDATE hand_overs SET due_at = due_at ${by}, settled_at = settled_at ${by}`)
    },
  }
}
