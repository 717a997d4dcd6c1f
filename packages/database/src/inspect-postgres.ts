import pg from 'pg'
import { readOwnerSql } from './migrations.ts'
import { type DatabaseOwner, identifier } from './owner.ts'
import { unreachable } from './unreachable.ts'

/** How an owner's part of a database is. */
export interface OwnerFacts {
  name: string
  role: string
  /** Migrations, and functions as they are today, that were not applied. */
  missing: string[]
  /** Migrations that this release does not know: a later one was here. */
  unknown: string[]
  /** Why row-level security does not bind the role; undefined where it does. */
  unbound: string | undefined
  /** Whether the login may step down to the role. */
  mayStepDown: boolean
}

export interface PostgresFacts {
  /** `17.2` */
  version: string
  /** `170002` */
  versionNumber: number
  isEncrypted: boolean
  isStandby: boolean
  /** What the server is set to: `fsync`, `full_page_writes`, `synchronous_commit`. */
  settings: Record<string, string>
  /** Connections that ordinary logins may have, and those that there are. */
  connections: { most: number; used: number }
  /** By how much its clock is ahead of ours, milliseconds; half of a round trip may be wrong. */
  clockAheadMs: number
  owners: OwnerFacts[]
}

const ANSWER_MS = 5_000

/** Looks at a database as its services find it. Changes nothing. Rejects, with what to correct, where there is no connection. */
export async function inspectPostgres(url: string, owners: readonly DatabaseOwner[]): Promise<PostgresFacts> {
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS },
    application_name: 'parley:doctor',
  })
  client.on('error', () => {})
  await client.connect().catch((err) => {
    throw unreachable(url, err)
  })
  try {
    const one = async <T>(text: string, values: unknown[] = []) => (await client.query(text, values)).rows[0] as T
    const server = await one<Record<string, string> & { standby: boolean; encrypted: boolean | null; used: number }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
         current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
         current_setting('synchronous_commit') AS synchronous_commit, current_setting('max_connections') AS most,
         current_setting('superuser_reserved_connections') AS reserved, pg_is_in_recovery() AS standby,
         (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
         (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used`,
    )
    const { fsync, full_page_writes, synchronous_commit } = server
    return {
      version: server.version!.split(' ')[0]!,
      versionNumber: Number(server.number),
      isEncrypted: server.encrypted === true,
      isStandby: server.standby,
      settings: { fsync: fsync!, full_page_writes: full_page_writes!, synchronous_commit: synchronous_commit! },
      connections: { most: Number(server.most) - Number(server.reserved), used: server.used },
      clockAheadMs: await clockAhead(async () =>
        Number((await one<{ at: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS at')).at),
      ),
      owners: await inTurn(owners, (owner) => ownerFacts(owner, one)),
    }
  } finally {
    await client.end()
  }
}

type One = <T>(text: string, values?: unknown[]) => Promise<T>

async function inTurn<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const done: Out[] = []
  for (const one of all) done.push(await work(one))
  return done
}

/** Of three looks the one that was answered soonest says it best. */
async function clockAhead(ask: () => Promise<number>): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 }
  for (let look = 0; look < 3; look++) {
    const asked = Date.now()
    const theirs = await ask()
    const tookMs = Date.now() - asked
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: theirs - (asked + tookMs / 2) }
  }
  return Math.round(best.aheadMs)
}

async function ownerFacts(owner: DatabaseOwner, one: One): Promise<OwnerFacts> {
  const { name, schema, role } = owner
  const sql = await readOwnerSql(owner)
  const appliedOf = async (table: string) => {
    const { there } = await one<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
      `${identifier(schema)}.${table}`,
    ])
    if (!there) return []
    const { all } = await one<{ all: string[] | null }>(
      `SELECT array_agg(name || ' ' || hash) AS all FROM ${identifier(schema)}.${table}`,
    )
    return all ?? []
  }
  const [migrations, functions] = [
    new Set(await appliedOf('parley_migrations')),
    new Set(await appliedOf('parley_functions')),
  ]
  const isMissing =
    (applied: Set<string>) =>
    ({ name, hash }: { name: string; hash: string }) =>
      !applied.has(`${name} ${hash}`)
  const known = new Set(sql.migrations.map((file) => file.name))
  const unknown = [...migrations].map((entry) => entry.split(' ')[0]!).filter((migration) => !known.has(migration))
  const missing = [...sql.migrations.filter(isMissing(migrations)), ...sql.functions.filter(isMissing(functions))].map(
    (file) => file.name,
  )
  const standing = await one<{
    above: boolean | null
    owns: string | null
    open: string | null
    steps: boolean | null
  }>(
    `SELECT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = $1) AS above,
       (SELECT min(relname) FROM pg_class c JOIN pg_roles r ON r.rolname = $1
         WHERE relnamespace = to_regnamespace($2) AND relkind IN ('r', 'p') AND pg_has_role(r.oid, relowner, 'MEMBER')) AS owns,
       (SELECT min(relname) FROM pg_class WHERE relnamespace = to_regnamespace($2) AND relkind IN ('r', 'p')
         AND NOT relispartition AND NOT relrowsecurity AND relname NOT IN ('parley_migrations', 'parley_functions')) AS open,
       (SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = $1) AS steps`,
    [role, identifier(schema)],
  )
  return {
    ...{ name, role, missing, unknown },
    mayStepDown: standing.steps === true,
    unbound: unboundBy(role, standing),
  }
}

function unboundBy(
  role: string,
  { above, owns, open }: { above: boolean | null; owns: string | null; open: string | null },
): string | undefined {
  if (above === null) return `there is no role ${role}`
  if (above) return `the role ${role} is a superuser or has BYPASSRLS`
  if (owns !== null) return `the role ${role} owns the table ${owns}`
  return open === null ? undefined : `the table ${open} has row-level security switched off`
}
