import { openPostgres } from './open-postgres.ts'
import { createOutbox } from './stores/outbox.ts'

/** What a command has of the process. */
export interface CommandContext {
  env: Record<string, string | undefined>
  stdout: (text: string) => void
  stderr: (text: string) => void
}

/** As an operator waits for, not as a request does. */
const PATIENCE_MS = 30 * 60_000

/** `npm run migrate`: applies what is missing of the migrations. Returns the exit code. */
export function migrateCommand(args: string[], context: CommandContext): Promise<number> {
  if (args.length > 0) return misused(context, 'npm run migrate')
  return withDatabase(context, async (database) => {
    const applied = await database.migrate()
    return applied.length > 0 ? `Applied ${applied.join(', ')}` : 'Nothing to do: the database is up to date'
  })
}

/** `npm run replay -- --since <time>`: tells the event stream everything since then again. Returns the exit code. */
export function replayCommand(args: string[], context: CommandContext): Promise<number> {
  const [flag, time, ...more] = args
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(time ?? '')
  const since = new Date(isTime ? time! : Number.NaN)
  if (flag !== '--since' || more.length > 0 || Number.isNaN(since.getTime()))
    return misused(context, 'npm run replay -- --since 2026-11-01T00:00:00Z')
  return withDatabase(context, async (database) => {
    const entries = await createOutbox(database).replay(since)
    return `Queued ${entries} entries since ${since.toISOString()}; running conversation services publish them within seconds`
  })
}

async function misused({ stderr }: CommandContext, usage: string): Promise<number> {
  stderr(`Usage: ${usage}\n`)
  return 2
}

async function withDatabase(
  { env, stdout, stderr }: CommandContext,
  run: (database: ReturnType<typeof openPostgres>) => Promise<string>,
): Promise<number> {
  const url = env.DATABASE_URL
  if (!url) {
    stderr('DATABASE_URL is not set: postgres://user:password@host:port/database\n')
    return 1
  }
  try {
    await using database = openPostgres({ url, queryTimeoutMs: PATIENCE_MS })
    stdout(`${await run(database)}\n`)
    return 0
  } catch (err) {
    const { message, cause } = err as Error
    stderr(
      `${message}${cause instanceof Error ? ` (${cause.message || String((cause as { code?: unknown }).code)})` : ''}\n`,
    )
    return 1
  }
}
