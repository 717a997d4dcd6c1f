import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '@parley/testkit'
import pg from 'pg'
import type { Storage, System, Talk } from './system.ts'

/** The built programs, also for tests that run from the sources: a child process knows nothing of them. */
const ECHO = fileURLToPath(new URL('../../dist/peers/echo.js', import.meta.url))
const FILES = fileURLToPath(new URL('../../dist/peers/files.js', import.meta.url))
const PLAIN = fileURLToPath(new URL('../../dist/peers/plain.js', import.meta.url))

/** The peers need no registration: a handshake names the user and the conversation to hear. */
function createPeerConversations(url: string) {
  let users = 0
  return async (count: number, size: number): Promise<Talk[]> =>
    Array.from({ length: count }, () => {
      const id = randomUUID()
      const seat = () => ({ url, auth: { userId: `user-${users++}`, conversationId: id } })
      return { id, members: Array.from({ length: size }, seat) }
    })
}

/** A Socket.IO server that stores nothing: what the transport alone costs. */
export async function startEcho(): Promise<System> {
  const { child, url, stop } = await startPeer(ECHO, {})
  return {
    name: 'echo',
    edge: 'echo',
    processes: [{ name: 'echo', pid: child.pid! }],
    createConversations: createPeerConversations(url),
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** One process with Socket.IO and SQL, as most teams begin. */
export async function startPlain(): Promise<System> {
  const postgres = await startPostgres({ own: true })
  if (postgres.kind !== 'local') {
    await postgres.stop()
    throw new Error('Postgres is not a process of this machine: its CPU cannot be read')
  }
  const { child, url, stop } = await startPeer(PLAIN, { DATABASE_URL: postgres.url }).catch(async (error) => {
    await postgres.stop()
    throw error
  })
  let filesPeer: Awaited<ReturnType<typeof startPeer>> | undefined
  const pool = new pg.Pool({ connectionString: postgres.url, max: 8 })
  // Ended with the server, which may be quicker.
  pool.on('error', () => {})
  const storage: Storage = {
    catchUp: 'after',
    async write(talks, each) {
      const insert = `WITH numbers AS (SELECT generate_series(1, $2::integer) AS n)
        INSERT INTO messages (id, conversation_id, seq, sender_id, content, client_id)
        SELECT gen_random_uuid(), $1, n, 'user', 'message ' || n, gen_random_uuid() FROM numbers`
      for (const { id } of talks) await pool.query(insert, [id, each])
    },
    async stored(talks) {
      const { rows } = await pool.query<{ rows: string; distinct: string }>(
        `SELECT count(*) AS rows, count(DISTINCT (conversation_id, seq)) AS distinct
         FROM messages WHERE conversation_id = ANY($1::uuid[])`,
        [talks.map(({ id }) => id)],
      )
      return { rows: Number(rows[0]!.rows), distinct: Number(rows[0]!.distinct) }
    },
    async fill({ inConversation, total }) {
      const id = randomUUID()
      const fill = `INSERT INTO messages (id, conversation_id, seq, sender_id, content, client_id)
        SELECT gen_random_uuid(), c.id, n, 'user', 'message ' || n, gen_random_uuid()
        FROM (SELECT coalesce($1::uuid, gen_random_uuid()) AS id FROM generate_series(1, $2::integer)) c,
             generate_series(1, $3::integer) n`
      await pool.query(fill, [id, 1, inConversation])
      await pool.query(fill, [null, Math.ceil((total - inConversation) / 1000), 1000])
      await pool.query('VACUUM ANALYZE messages')
      return { urls: [`${url}/conversations/${id}/messages?limit=50`], headers: {} }
    },
  }
  return {
    name: 'plain',
    edge: 'plain',
    processes: [
      { name: 'plain', pid: child.pid! },
      { name: 'postgres', pid: postgres.pid!, children: true },
    ],
    createConversations: createPeerConversations(url),
    storage,
    async files() {
      filesPeer ??= await startPeer(FILES, {})
      return {
        ...{ uploadUrl: `${filesPeer.url}/upload`, headers: {}, fields: {} },
        urlIn: (answer) => (JSON.parse(answer) as { url: string }).url,
        process: { name: 'files', pid: filesPeer.child.pid! },
        makesPictures: false,
      }
    },
    async [Symbol.asyncDispose]() {
      await filesPeer?.stop('SIGTERM')
      await stop()
      await pool.end()
      await postgres.stop()
    },
  }
}

async function startPeer(main: string, env: Record<string, string>) {
  const child: ChildProcess = fork(main, { env: { ...process.env, NODE_ENV: 'production', ...env }, execArgv: [] })
  const [told] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${main} ended before it was ready`))),
  ])) as [{ port: number }]
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return { child, url: `http://127.0.0.1:${told.port}`, stop }
}
