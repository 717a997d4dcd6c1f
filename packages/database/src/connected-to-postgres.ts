import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { unreachable } from './unreachable.ts'

const ANSWER_MS = 5_000
/** The server may see only after a moment that a process has ended. */
const [LOOKS, BETWEEN_MS] = [10, 200]

/** How many connections processes of Parley have to a database. Rejects, with what to correct, where there is none to be had. */
export async function connectedToPostgres(url: string): Promise<number> {
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS },
    application_name: 'parley:connections',
  })
  client.on('error', () => {})
  await client.connect().catch((err) => {
    throw unreachable(url, err)
  })
  try {
    for (let look = 1; ; look++) {
      // of other logins as well, which everybody sees so much of
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'parley%' AND pid <> pg_backend_pid()`,
      )
      const { count } = rows[0]!
      if (count === 0 || look === LOOKS) return count
      await sleep(BETWEEN_MS)
    }
  } finally {
    await client.end()
  }
}
