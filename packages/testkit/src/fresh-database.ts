import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface FreshDatabase extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Drops the database, whoever is still connected to it. Can be called twice. */
  drop(): Promise<void>
}

/** Postgres answers this while somebody is connected to the template or clones it in the old way. */
const OBJECT_IN_USE = '55006'

/**
 * Creates a database on the server of `url`, empty or as a copy of `template` (a database's name), under a random name
 * unless one is given.
 */
export async function freshDatabase(
  url: string,
  options: { template?: string; name?: string } = {},
): Promise<FreshDatabase> {
  const name = options.name ?? `test_${randomBytes(8).toString('hex')}`
  // template0, not template1: nobody can be connected to it.
  await withClient(url, (client) => create(client, name, options.template ?? 'template0'))
  const drop = async () => {
    const statement = `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`
    await withClient(url, (client) => client.query(statement))
  }
  return { name, url: withDatabase(url, name), drop, [Symbol.asyncDispose]: drop }
}

/**
 * Makes sure that the server of `url` has a template of this name, prepared once by whichever process comes first, and
 * returns the name for `freshDatabase`. Let the name change with what `prepare` does (a hash of the migrations): on a
 * given server the template stays for the next run. `prepare` must have closed its connections when it resolves.
 */
export async function templateDatabase(
  url: string,
  name: string,
  prepare: (url: string) => Promise<void>,
): Promise<string> {
  await withClient(url, async (client) => {
    // Held by this connection: if the process dies half way, the next one takes over and starts again.
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`parley template ${name}`])
    const found = await client.query<{ datistemplate: boolean }>(
      'SELECT datistemplate FROM pg_database WHERE datname = $1',
      [name],
    )
    if (found.rows[0]?.datistemplate) return
    const identifier = pg.escapeIdentifier(name)
    await client.query(`DROP DATABASE IF EXISTS ${identifier} WITH (FORCE)`)
    await create(client, name, 'template0')
    await prepare(withDatabase(url, name))
    await client.query(`ALTER DATABASE ${identifier} IS_TEMPLATE true`)
  })
  return name
}

async function create(client: pg.Client, name: string, template: string): Promise<void> {
  const statement = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(statement)
      return
    } catch (error) {
      const inUse = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE
      if (!inUse || attempt === 50) throw error
      await sleep(100)
    }
  }
}

async function withClient<Result>(url: string, run: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  // A server that dies between two queries must not take the process with it; the next query says what happened.
  client.on('error', () => {})
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(name)}`
  return other.href
}
