import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { findProgram, postgresFolders } from './find-program.ts'
import type { OwnedServer, StartOptions, TestServer } from './server.ts'
import { type ServerKind, startServer } from './start-server.ts'

export interface PostgresOptions extends StartOptions {
  /** Server settings beyond ours, such as `{ log_statement: 'all' }`. */
  settings?: Record<string, string>
}

/**
 * A Postgres server with an empty database `postgres` and a superuser without a password. Settings are the server's
 * own, fsync and synchronous_commit included: what a test sees committed is committed. Rejects when there is no way to
 * have one.
 */
export function startPostgres(options: PostgresOptions & { own: true }): Promise<OwnedServer>
export function startPostgres(options?: PostgresOptions): Promise<TestServer>
export function startPostgres(options: PostgresOptions = {}): Promise<TestServer> {
  return startServer(postgres(options.settings ?? {}), options)
}

function postgres(more: Record<string, string>): ServerKind {
  const settings = Object.entries({ max_connections: '200', ...more }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  return {
    wanted: { title: 'PostgreSQL', variable: 'TEST_DATABASE_URL', debianPackage: 'postgresql' },
    // initdb lies beside the server and only there, so it tells a whole installation from a stray link.
    findProgram: () => {
      const initdb = findProgram('initdb', postgresFolders())
      return initdb && join(dirname(initdb), 'postgres')
    },
    local: (program) => ({
      name: 'postgres',
      program,
      prepare: (data) => ({
        program: join(dirname(program), 'initdb'),
        args: [
          ...['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8'],
          ...['--locale', process.platform === 'linux' ? 'C.UTF-8' : 'C'],
          // Only initdb itself leaves out fsync: losing an empty database costs nothing.
          ...['--no-sync', '--no-instructions'],
        ],
      }),
      args: ({ port, data }) => [
        ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        ...settings,
      ],
      url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
      ready: /database system is ready to accept connections/,
      stopSignal: 'SIGQUIT',
      restartSignal: 'SIGINT',
      account: unprivilegedAccount(),
      hasChildren: true,
    }),
    container: {
      image: 'postgres:17',
      port: 5432,
      command: ['postgres', ...settings],
      env: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
      url: (host, port) => `postgres://postgres@${host}:${port}/postgres`,
      answers: selectOne,
    },
  }
}

async function selectOne(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    // the first start has one server for itself, on a socket alone, before the one that serves
    await client.query('SELECT 1')
  } finally {
    await client.end().catch(() => {})
  }
}

/** Postgres refuses to run as root: the account that Debian's package creates for it, else nobody's. */
function unprivilegedAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  return account ? { uid: Number(account[2]), gid: Number(account[3]) } : undefined
}
