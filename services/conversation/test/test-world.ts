import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import { runDueJobs } from '@parley/database'
import type { OpenedDatabase } from '@parley/database/testing'
import type { CommittedBatch } from '../src/domain/changes/committed-change.ts'
import type { MessageDraft } from '../src/domain/ports/messages.ts'
import { createUseCases, type UseCases } from '../src/domain/use-cases.ts'
import { createStore, type PostgresStore } from '../src/store/store.ts'
import { backendOf } from './callers.ts'
import { createFakeStorage, type FakeStorage } from './fake-storage.ts'

export interface TestWorld extends OpenedDatabase, UseCases {
  store: PostgresStore
  storage: FakeStorage
  committed: CommittedBatch[]
  /** Does what is due now, of all tenants; a job that fails fails the test. Returns how many there were. */
  runJobs(): Promise<number>
  /** Users and a tenant of this test alone. */
  people<Name extends string>(...names: Name[]): { tenantId: string } & Record<Name, Actor>
  group(owner: Actor, ...others: Actor[]): Promise<string>
  /** The system says nothing of who comes and goes in the tenant: tests of positions count what they send themselves. */
  withoutNotices(one: Actor): Promise<void>
  /** A message, without the batch knowing more of it than a sender says. */
  draft(conversationId: string, sender: Actor, content: string, more?: Partial<MessageDraft>): MessageDraft
  send(
    conversationId: string,
    sender: Actor,
    content: string,
    more?: Partial<MessageDraft>,
  ): ReturnType<PostgresStore['append']>
}

export async function createTestWorld(open: () => Promise<OpenedDatabase>): Promise<TestWorld> {
  const opened = await open()
  const committed: CommittedBatch[] = []
  const store = createStore({
    database: opened.database,
    onCommitted: (batch) => void committed.push(batch),
    onError: (err) => {
      throw err
    },
  })
  const storage = createFakeStorage()
  const unsetPolicy = { users: { mustExist: false } }
  const useCases = createUseCases({ store, newId: randomUUID, unsetPolicy, claims: storage.claims })
  const { chat } = useCases
  let tenants = 0
  const draft: TestWorld['draft'] = (conversationId, sender, content, more) => ({
    tenantId: sender.tenantId,
    conversationId,
    senderId: sender.userId,
    id: randomUUID(),
    clientId: randomUUID(),
    bodyHash: content,
    type: 'text',
    content,
    extras: null,
    interactive: true,
    ...more,
  })
  return {
    ...opened,
    ...useCases,
    store,
    storage,
    committed,
    runJobs: () =>
      runDueJobs({
        queue: store.jobs,
        handlers: useCases.jobs,
        onFailed: (err) => {
          throw err
        },
      }),
    people: (...names) => {
      const tenantId = `tenant-${++tenants}`
      const actors = names.map((name) => [name, actor(tenantId, name)])
      return { tenantId, ...Object.fromEntries(actors) }
    },
    async group(owner, ...others) {
      const participants = others.map(({ userId }) => ({ userId }))
      const { conversation } = await chat.createConversation(owner, { kind: 'group', title: 'A group', participants })
      return conversation.id
    },
    async withoutNotices(one) {
      await useCases.admin.setPolicy(backendOf(one), { groups: { notices: false } })
    },
    draft,
    send: (...args) => store.append(draft(...args)),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

export function actor(tenantId: string, userId: string): Actor {
  return { tenantId, userId, name: null, avatarUrl: null, role: 'user', hostRole: null }
}

/** Longer than the clocks of a machine's processors may differ, where a test relies on the order of times. */
export const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20))

export const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

/** Bounds of a sync that cut nothing. */
export const WIDE = { conversations: 50, messages: 50, changed: 200, bytes: 1_000_000 }
