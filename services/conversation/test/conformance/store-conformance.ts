import type { OpenedDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { createTestWorld, type TestWorld } from '../test-world.ts'
import { describeAppend } from './append-conformance.ts'
import { describeJobs } from './jobs-conformance.ts'
import { describeOutbox } from './outbox-conformance.ts'
import { describeReads } from './reads-conformance.ts'
import { describeSync } from './sync-conformance.ts'
import { describeTenancy } from './tenancy-conformance.ts'
import { describeTransactions } from './transactions-conformance.ts'
import { describeVisibility } from './visibility-conformance.ts'

/** What every database has to do the same; `open` gives an empty, migrated one. */
export function describeStore(name: string, open: () => Promise<OpenedDatabase>): void {
  describe(`the store on ${name}`, () => {
    let world: TestWorld
    beforeAll(async () => {
      world = await createTestWorld(open)
    })
    afterAll(() => world?.[Symbol.asyncDispose]())
    const current = () => world
    describeAppend(current)
    describeVisibility(current)
    describeReads(current)
    describeSync(current)
    describeTransactions(current)
    describeOutbox(current)
    describeJobs(current)
    describeTenancy(current)
  })
}
