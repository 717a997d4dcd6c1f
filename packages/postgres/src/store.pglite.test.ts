import { openPglite } from './open-pglite.ts'
import { describeStore } from './store-conformance.ts'

describeStore('PGlite', async () => {
  const database = await openPglite()
  await database.migrate()
  return {
    database,
    // the one connection steps up, and down again
    async asOwner<Row>(sql: string, params?: unknown[]) {
      await database.call('RESET ROLE')
      try {
        return await database.call<Row>(sql, params)
      } finally {
        await database.call('SET ROLE parley_app')
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
})
