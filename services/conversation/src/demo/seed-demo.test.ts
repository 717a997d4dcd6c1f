import { randomUUID } from 'node:crypto'
import { createInProcessBus } from '@parley/bus'
import { openEmbeddedTestDatabase } from '@parley/database/testing'
import { createLogger } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createUseCases } from '../domain/use-cases.ts'
import { createConversationService } from '../service.ts'
import { conversationOwner, conversationTemplate } from '../store/owner.ts'
import { createStore } from '../store/store.ts'
import { DEMO_TENANT, demoHost } from './demo-people.ts'

/** A database, what has to happen in it before, and how its service starts. */
async function demo() {
  const { database, asOwner, ...opened } = await openEmbeddedTestDatabase(conversationOwner, conversationTemplate)
  const fail = (err: unknown) => {
    throw err
  }
  const store = createStore({ database, onCommitted: () => {}, onError: fail })
  const useCases = createUseCases({ store, newId: randomUUID })
  return {
    ...useCases,
    conversations: () =>
      asOwner(
        `SELECT c.kind, c.last_seq FROM conversations c WHERE c.tenant_id = '${DEMO_TENANT}' ORDER BY c.created_at`,
      ),
    async start() {
      const bus = createInProcessBus()
      const log = createLogger({ name: 'demo', level: 'silent' })
      const service = createConversationService({ database, bus, log, demo: true })
      await service.start()
      await service.close()
      await bus[Symbol.asyncDispose]()
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

test('a demo is filled at the first start, and left as it is at the next ones', async () => {
  await using one = await demo()
  await one.start()
  const filled = await one.conversations()
  expect(filled.length).toBe(5)
  await one.start()
  expect(await one.conversations()).toEqual(filled)
})

test.each(['dev', 'ana', 'sam'])('a demo starts whatever became of %s', async (userId) => {
  await using one = await demo()
  await one.start()
  await one.host.disableUser(demoHost, { userId })
  const filled = await one.conversations()
  await one.start()
  expect(await one.conversations()).toEqual(filled)
})

type Demo = Awaited<ReturnType<typeof demo>>
const disable = async ({ host }: Demo) => {
  for (const userId of ['ana', 'dev', 'mia']) {
    await host.upsertUsers(demoHost, { users: [{ userId }] })
    await host.disableUser(demoHost, { userId })
  }
}
const restrict = ({ admin }: Demo) =>
  admin.setPolicy(demoHost, {
    contexts: {},
    conversations: { direct: [], group: [] },
    messages: { maxLength: 10, types: [] },
  })

test.each([
  ['whose people are disabled', disable],
  ['whose policy allows little', restrict],
])('a demo starts in a tenant without conversations %s', async (_, prepare) => {
  await using one = await demo()
  await prepare(one)
  await one.start()
})
