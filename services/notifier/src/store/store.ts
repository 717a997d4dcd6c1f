import { createJobQueue, type Database, type JobQueue } from '@parley/database'

export interface NotifierStore {
  jobs: JobQueue
}

/** What the worker knows, over one database. */
export function createStore({ database }: { database: Database }): NotifierStore {
  return { jobs: createJobQueue(database) }
}
