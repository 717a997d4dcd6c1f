import type { OpenedDatabase } from '@parley/database/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { describeAppend } from './conformance/append-conformance.ts'
import { describeBackend } from './conformance/backend-conformance.ts'
import { type ConformanceWorld, createConformanceWorld } from './conformance/conformance-world.ts'
import { describeContexts } from './conformance/contexts-conformance.ts'
import { describeConversations } from './conformance/conversations-conformance.ts'
import { describeGroups } from './conformance/groups-conformance.ts'
import { describeOutbox } from './conformance/outbox-conformance.ts'
import { describePeople } from './conformance/people-conformance.ts'
import { describePolicy } from './conformance/policy-conformance.ts'
import { describeReads } from './conformance/reads-conformance.ts'
import { describeTenancy } from './conformance/tenancy-conformance.ts'
import { describeVisibility } from './conformance/visibility-conformance.ts'

/** What every database has to do the same; `open` gives an empty, migrated one. */
export function describeStore(name: string, open: () => Promise<OpenedDatabase>): void {
  describe(`the store on ${name}`, () => {
    let world: ConformanceWorld
    beforeAll(async () => {
      world = await createConformanceWorld(open)
    })
    afterAll(() => world?.[Symbol.asyncDispose]())
    const current = () => world
    describeAppend(current)
    describeVisibility(current)
    describeReads(current)
    describeConversations(current)
    describeContexts(current)
    describePeople(current)
    describeGroups(current)
    describeBackend(current)
    describePolicy(current)
    describeOutbox(current)
    describeTenancy(current)
  })
}
