import { openEmbeddedTestDatabase } from '@parley/database/testing'
import { conversationOwner, conversationTemplate } from './owner.ts'
import { describeStore } from './store-conformance.ts'

describeStore('PGlite', () => openEmbeddedTestDatabase(conversationOwner, conversationTemplate))
