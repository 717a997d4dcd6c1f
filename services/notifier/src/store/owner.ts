import type { DatabaseOwner } from '@parley/database'

/** Who was told of what, and what is on its way to their devices, addresses and endpoints. */
export const notifierOwner: DatabaseOwner = {
  name: 'notifier',
  schema: 'notifier',
  role: 'parley_notifier',
  migrations: new URL('../../migrations/', import.meta.url),
  functions: new URL('../../functions/', import.meta.url),
  jobs: true,
}
