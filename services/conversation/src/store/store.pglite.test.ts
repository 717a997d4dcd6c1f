import { openEmbeddedTestDatabase } from '@parley/database/testing'
import { describeStore } from '../../test/conformance/store-conformance.ts'
import { conversationOwner, conversationTemplate } from './owner.ts'

describeStore('PGlite', () => openEmbeddedTestDatabase(conversationOwner, conversationTemplate))
