import { openEmbeddedTestDatabase, openTestDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { notifierOwner } from '../src/store/owner.ts'
import { createTestWorld, type TestWorld } from './test-world.ts'

const databases = [
  ['Postgres', () => openTestDatabase(notifierOwner)],
  ['PGlite', () => openEmbeddedTestDatabase(notifierOwner)],
] as const

/** Runs tests of use-cases over a store on each database; `current` gives its world, in which every test has a tenant of its own. */
export function describeUseCases(name: string, tests: (current: () => TestWorld) => void): void {
  describe.each(databases)(`${name}, on %s`, (_, open) => {
    let world: TestWorld
    beforeAll(async () => {
      world = await createTestWorld(open)
    })
    afterAll(() => world?.[Symbol.asyncDispose]())
    tests(() => world)
  })
}
