import type { Actor } from '@parley/contracts'
import type { OpenedDatabase } from '@parley/database/testing'
import type { PushSettings } from '../src/domain/devices/devices.ts'
import { createNotifier, type Notifier } from '../src/domain/notifier.ts'
import { createStore, type NotifierStore } from '../src/store/store.ts'
import { createFakeAudience, type FakeAudience } from './fake-audience.ts'

/** There are credentials for browsers and for Apple's devices. */
const PUSH: PushSettings = { channels: new Set(['web_push', 'apns']), publicKey: 'BKey', allowsHttp: false }

export interface TestWorld extends OpenedDatabase, Notifier {
  store: NotifierStore
  audience: FakeAudience
  /** A tenant of a test's own. */
  tenant(): string
  /** Users of a tenant of a test's own. */
  people<Name extends string>(...names: Name[]): { tenantId: string } & Record<Name, Actor>
  /** As if so long had gone by. */
  later(ms: number): Promise<void>
}

export async function createTestWorld(open: () => Promise<OpenedDatabase>): Promise<TestWorld> {
  const opened = await open()
  const store = createStore({ database: opened.database })
  const audience = createFakeAudience()
  let tenants = 0
  const tenant = () => `tenant-${++tenants}`
  return {
    ...opened,
    ...createNotifier({ store, audience, push: PUSH }),
    ...{ store, audience, tenant },
    people(...names) {
      const tenantId = tenant()
      const actors = names.map((name) => [name, actorOf(tenantId, name)])
      return { tenantId, ...Object.fromEntries(actors) }
    },
    async later(ms) {
      const by = `- ${ms} * interval '1 millisecond'`
      await opened.asOwner(`UPDATE jobs SET run_at = run_at ${by}, again_at = again_at ${by}`)
      await opened.asOwner(`UPDATE hand_overs SET due_at = due_at ${by}, settled_at = settled_at ${by}`)
      await opened.asOwner(`UPDATE webhook_deliveries SET due_at = due_at ${by}, created_at = created_at ${by}`)
      await opened.asOwner(`UPDATE webhook_erasures SET created_at = created_at ${by}`)
      await opened.asOwner(
        `UPDATE webhook_endpoints SET failing_since = failing_since ${by}, rests_until = rests_until ${by}, former_until = former_until ${by}`,
      )
    },
  }
}

function actorOf(tenantId: string, userId: string): Actor {
  return { tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }
}
