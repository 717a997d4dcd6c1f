import { describeStore } from './store-conformance.ts'
import { openTestDatabase } from './test-database.ts'

describeStore('Postgres', () => openTestDatabase())
