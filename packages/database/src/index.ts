export { type Acknowledgements, collectAcknowledgements } from './acknowledgements.ts'
export { callByItem, type Item, runBatch } from './batch-call.ts'
export { connectedToPostgres } from './connected-to-postgres.ts'
export type { Database, Lane, Tx } from './database.ts'
export { type CommandContext, migrateCommand, misused, onDatabase, processContext } from './database-command.ts'
export { sqlStateOf } from './database-errors.ts'
export { createPoolMeters, type PoolMeter } from './database-meter.ts'
export { type FieldList, fieldsOf, type Positional } from './fields.ts'
export { inspectPostgres, type OwnerFacts, type PostgresFacts } from './inspect-postgres.ts'
export {
  cancelJob,
  createJobQueue,
  type Job,
  type JobQueue,
  type JobToDo,
  scheduleJob,
  scheduleJobOnce,
} from './jobs/job-queue.ts'
export {
  createJobRunner,
  type JobContext,
  type JobHandler,
  type JobHandlers,
  type JobRunner,
  type JobRunnerOptions,
  runDueJobs,
} from './jobs/job-runner.ts'
export { createJobs, type JobReading } from './jobs/jobs.ts'
export { wantJob } from './jobs/want-job.ts'
export { readOwnerSql } from './migrations.ts'
export { type EmbeddedDatabase, openPglite, type PgliteOptions } from './open-pglite.ts'
export { openPostgres, type PostgresOptions } from './open-postgres.ts'
export {
  type ClaimedEvents,
  type ClaimRow,
  createOutbox,
  type Outbox,
  type OutboxState,
  RELAY_AFTER_MS,
  replayEvents,
} from './outbox.ts'
export type { DatabaseOwner } from './owner.ts'
export { dumpTemplate } from './pglite-data.ts'
