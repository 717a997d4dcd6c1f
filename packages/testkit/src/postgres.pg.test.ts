import { existsSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freshDatabase, templateDatabase } from './fresh-database.ts'
import { startPostgres } from './postgres.ts'
import { childrenOf, send } from './process-tree.ts'

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('a Postgres of our own', () => {
  it('answers, commits for real, and leaves no process and no folder', async () => {
    const server = await startPostgres({ own: true })
    const [row] = await query(
      server.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('max_connections') AS connections, current_setting('server_encoding') AS encoding,
              current_setting('data_directory') AS folder`,
    )
    expect(row).toMatchObject({ fsync: 'on', commit: 'on', connections: '200', encoding: 'UTF8' })
    if (server.kind === 'container') return await server.stop()
    const pid = server.pid!
    const processes = [pid, ...childrenOf(pid)]
    expect(processes.length).toBeGreaterThan(2)
    await server.stop()
    await server.stop()
    expect(processes.filter((process) => send(process, 0))).toEqual([])
    expect(existsSync(String(row!.folder))).toBe(false)
  })

  it('comes back on the same port with what was committed after a SIGKILL', async () => {
    await using server = await startPostgres({ own: true })
    await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS n')
    const before = server.pid
    await server.kill('SIGKILL')
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow()
    await server.restart()
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
    if (server.kind === 'local') expect(server.pid).not.toBe(before)
  })

  it('pauses its backends with SIGSTOP and runs on after SIGCONT', async () => {
    await using server = await startPostgres({ own: true })
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const backend = Number((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid)
    await server.kill('SIGSTOP')
    if (server.kind === 'local') await expect.poll(() => stateOf(backend)).toBe('T')
    const answer = client.query('SELECT 1 AS one')
    const early = await Promise.race([
      answer.then(() => 'answers'),
      new Promise((done) => setTimeout(done, 300, 'halts')),
    ])
    expect(early).toBe('halts')
    await server.kill('SIGCONT')
    expect((await answer).rows).toEqual([{ one: 1 }])
    await client.end()
  })
})

function stateOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
}

describe('a fresh database', () => {
  it('is a copy of its template, is its own, and goes when dropped', async () => {
    await using server = await startPostgres()
    await using template = await freshDatabase(server.url)
    await query(template.url, 'CREATE TABLE here AS SELECT 1 AS n')
    const [one, two] = await Promise.all([
      freshDatabase(server.url, { template: template.name }),
      freshDatabase(server.url, { template: template.name }),
    ])
    await query(one.url, 'INSERT INTO here VALUES (2)')
    expect(await query(one.url, 'SELECT n FROM here ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
    expect(await query(two.url, 'SELECT n FROM here')).toEqual([{ n: 1 }])

    const connected = new pg.Client({ connectionString: one.url })
    connected.on('error', () => {})
    await connected.connect()
    await one.drop()
    await one.drop()
    await two.drop()
    await expect(query(one.url, 'SELECT 1')).rejects.toThrow(/does not exist/)
  })

  it('has its template prepared once, however many ask for it at the same time', async () => {
    await using server = await startPostgres({ own: true })
    let prepared = 0
    const prepare = async (url: string) => {
      prepared++
      await query(url, 'CREATE TABLE ready AS SELECT 1 AS n')
    }
    const names = await Promise.all([1, 2, 3].map(() => templateDatabase(server.url, 'model', prepare)))
    expect(names).toEqual(['model', 'model', 'model'])
    expect(prepared).toBe(1)
    await using copy = await freshDatabase(server.url, { template: 'model' })
    expect(await query(copy.url, 'SELECT n FROM ready')).toEqual([{ n: 1 }])
  })

  it('tries a template again whose preparation failed', async () => {
    await using server = await startPostgres({ own: true })
    await expect(
      templateDatabase(server.url, 'model', async () => {
        throw new Error('half way')
      }),
    ).rejects.toThrow('half way')
    expect(await templateDatabase(server.url, 'model', async () => {})).toBe('model')
  })
})
