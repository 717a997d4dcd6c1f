import type { DatabaseOwner } from '@parley/database'

/** Attachments, what is known of their bytes, and who has claimed them. */
export const storageOwner: DatabaseOwner = {
  name: 'storage',
  schema: 'storage',
  role: 'parley_storage',
  migrations: new URL('../../migrations/', import.meta.url),
  functions: new URL('../../functions/', import.meta.url),
  jobs: true,
}
