import type { Database } from './database.ts'
import { openPostgres } from './open-postgres.ts'
import type { DatabaseOwner } from './owner.ts'

/** What a command has of the process. */
export interface CommandContext {
  env: Record<string, string | undefined>
  stdout: (text: string) => void
  stderr: (text: string) => void
}

/** The process's own. */
export const processContext: CommandContext = {
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
}

/** As an operator waits for, not as a request does. */
const PATIENCE_MS = 30 * 60_000

/** `npm run migrate`: applies what is missing of the owners' migrations. Returns the exit code. */
export async function migrateCommand(
  owners: readonly DatabaseOwner[],
  args: string[],
  context: CommandContext,
): Promise<number> {
  if (args.length > 0) return misused(context, 'npm run migrate')
  return onDatabase(context, async (open) => {
    const applied: string[] = []
    for (const owner of owners) {
      await using database = open(owner)
      applied.push(...(await database.migrate()))
    }
    return applied.length > 0 ? `Applied ${applied.join(', ')}` : 'Nothing to do: the database is up to date'
  })
}

/** Says how the command is used. Returns the exit code. */
export function misused({ stderr }: CommandContext, usage: string): number {
  stderr(`Usage: ${usage}\n`)
  return 2
}

/** Works on the database of `DATABASE_URL`, and says what came of it or what is wrong. Returns the exit code. */
export async function onDatabase(
  { env, stdout, stderr }: CommandContext,
  work: (open: (owner: DatabaseOwner) => Database) => Promise<string>,
): Promise<number> {
  const url = env.DATABASE_URL
  if (!url) {
    stderr('DATABASE_URL is not set: postgres://user:password@host:port/database\n')
    return 1
  }
  try {
    stdout(`${await work((owner) => openPostgres({ url, owner, queryTimeoutMs: PATIENCE_MS }))}\n`)
    return 0
  } catch (err) {
    const { message, cause } = err as Error
    stderr(
      `${message}${cause instanceof Error ? ` (${cause.message || String((cause as { code?: unknown }).code)})` : ''}\n`,
    )
    return 1
  }
}
