import type { Actor, Control } from '@parley/contracts'
import { type Job, runDueJobs } from '@parley/database'
import type { OpenedDatabase } from '@parley/database/testing'
import type { PushSettings } from '../src/domain/devices/devices.ts'
import { createNotifier, type Notifier, type NotifierDeps } from '../src/domain/notifier.ts'
import type { Way } from '../src/domain/ports/targets.ts'
import { createStore, type NotifierStore } from '../src/store/store.ts'
import { createFakeAudience, type FakeAudience } from './fake-audience.ts'

export const DELAY_MS = 15_000
/** There are credentials for browsers and for Apple's devices. */
const PUSH: PushSettings = { channels: new Set(['web_push', 'apns']), publicKey: 'BKey', allowsHttp: false }

export interface TestWorld extends OpenedDatabase, Notifier {
  store: NotifierStore
  audience: FakeAudience
  /** What gateways were told. */
  tellings: Control[]
  /** Where people are told, by `tenant/user`: a channel and a target of it. */
  targets: Record<Way, Map<string, string>>
  /** A tenant of a test's own. */
  tenant(): string
  /** Users of a tenant of a test's own. */
  people<Name extends string>(...names: Name[]): { tenantId: string } & Record<Name, Actor>
  /** As if so long had gone by. */
  later(ms: number): Promise<void>
  now(): Date
  /** Another worker over the same. */
  worker(more?: Partial<NotifierDeps>): Notifier
  /** Hears of all that has happened since. */
  news(worker?: Pick<Notifier, 'follow'>): Promise<void>
  /** Does what is due. Returns how many jobs there were. */
  runJobs(worker?: Notifier): Promise<number>
}

export async function createTestWorld(open: () => Promise<OpenedDatabase>): Promise<TestWorld> {
  const opened = await open()
  const store = createStore({ database: opened.database })
  const audience = createFakeAudience()
  const tellings: Control[] = []
  const targets: TestWorld['targets'] = { push: new Map(), email: new Map() }
  let tenants = 0
  let gone = 0
  let position: string | null = null
  const now = () => new Date(Date.now() + gone)
  audience.now = () => now().getTime()
  const tenant = () => `tenant-${++tenants}`
  const worker: TestWorld['worker'] = (more) =>
    createNotifier({
      ...{ store, audience, push: PUSH, delayMs: DELAY_MS, now },
      tell: (control) => void tellings.push(control),
      targetsOf: async (tenantId, way, users) =>
        new Map(
          users.flatMap(({ userId }) => {
            const target = targets[way].get(`${tenantId}/${userId}`)
            return target === undefined ? [] : [[userId, [{ channel: `${way}-${tenantId}`, target }]]]
          }),
        ),
      ...more,
    })
  const notifier = worker()
  return {
    ...opened,
    ...notifier,
    ...{ store, audience, tellings, targets, tenant, now, worker },
    people(...names) {
      const tenantId = tenant()
      const actors = names.map((name) => [name, actorOf(tenantId, name)])
      return { tenantId, ...Object.fromEntries(actors) }
    },
    async later(ms) {
      gone += ms
      const by = `- ${ms} * interval '1 millisecond'`
      await opened.asOwner(`UPDATE jobs SET run_at = run_at ${by}, again_at = again_at ${by}`)
      await opened.asOwner(`UPDATE hand_overs SET due_at = due_at ${by}, settled_at = settled_at ${by}`)
      await opened.asOwner(`UPDATE webhook_deliveries SET due_at = due_at ${by}, created_at = created_at ${by}`)
      await opened.asOwner(`UPDATE webhook_erasures SET created_at = created_at ${by}`)
      await opened.asOwner(
        `UPDATE webhook_endpoints SET failing_since = failing_since ${by}, rests_until = rests_until ${by}, former_until = former_until ${by}`,
      )
    },
    async news({ follow } = notifier) {
      for (let more = true; more; ) ({ position, more } = await follow(position))
    },
    runJobs: ({ look, tellHappening } = notifier) =>
      runDueJobs({
        queue: store.jobs,
        handlers: {
          look: ({ tenantId, key }: Job) => look(tenantId, key),
          happening: ({ tenantId, key }: Job) => tellHappening(tenantId, key),
        },
        onFailed: (err) => {
          throw err
        },
      }),
  }
}

function actorOf(tenantId: string, userId: string): Actor {
  return { tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }
}
