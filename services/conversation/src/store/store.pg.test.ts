import { openTestDatabase } from '@parley/database/testing'
import { describeStore } from '../../test/conformance/store-conformance.ts'
import { conversationOwner } from './owner.ts'

describeStore('Postgres', () => openTestDatabase(conversationOwner))
