import { openTestDatabase } from '@parley/database/testing'
import { conversationOwner } from './owner.ts'
import { describeStore } from './store-conformance.ts'

describeStore('Postgres', () => openTestDatabase(conversationOwner))
