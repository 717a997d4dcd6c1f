import type { DatabaseOwner } from '@parley/database'

/** Conversations and messages: the first owner of the database, whose tables stay in the schema that every database has. */
export const conversationOwner: DatabaseOwner = {
  name: 'conversation',
  schema: 'public',
  role: 'parley_app',
  migrations: new URL('../../migrations/', import.meta.url),
  functions: new URL('../../functions/', import.meta.url),
  jobs: true,
}

/** A data folder for the embedded database with these migrations, made by the build: a first start from it skips initdb. */
export const conversationTemplate = new URL('../../dist/pglite-template.tar.gz', import.meta.url)
