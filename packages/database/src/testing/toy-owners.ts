import type { DatabaseOwner } from '../owner.ts'

const migrations = new URL('../../src/testing/toy-migrations/', import.meta.url)

/** Two owners who have the same tables, each in a schema and a role of its own. */
export const ledger: DatabaseOwner = { name: 'ledger', schema: 'ledger', role: 'parley_test_ledger', migrations }
export const depot: DatabaseOwner = { name: 'depot', schema: 'depot', role: 'parley_test_depot', migrations }
