import type { DatabaseOwner } from '../src/owner.ts'

const migrations = new URL('./toy-migrations/', import.meta.url)
const functions = new URL('./toy-functions/', import.meta.url)

/** Two owners who have the same tables and functions, each in a schema and a role of its own. */
export const ledger: DatabaseOwner = {
  name: 'ledger',
  schema: 'ledger',
  role: 'parley_test_ledger',
  migrations,
  functions,
}
export const depot: DatabaseOwner = { name: 'depot', schema: 'depot', role: 'parley_test_depot', migrations, functions }
