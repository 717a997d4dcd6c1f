import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startCluster } from '@parley/cluster'
import type { Conversation, Message, SyncResult } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { findPostgresProgram } from '@parley/testkit'
import pg from 'pg'
import { Type } from 'typebox'
import { afterEach, expect, test } from 'vitest'
import { connectClient } from './client.ts'
import { checkUploads, uploadFile } from './files.ts'
import { createMeasures } from './measures.ts'
import type { Violation } from './model.ts'
import { callRest } from './rest.ts'

const run = promisify(execFile)
const restored = fileURLToPath(new URL('../../../services/standalone/dist/restored.js', import.meta.url))
/** So many are acknowledged before the backup begins, and after it has ended. */
const [BEFORE, AFTER] = [30, 30]
const PAUSE_MS = 20

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

/** What hosts are told: the ids of events, with the messages that they tell of. */
async function startReceiver() {
  const told: { eventId: string; messageId: string }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      told.push({ eventId: String(request.headers['webhook-id']), messageId: JSON.parse(text).data.id })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  toClose.push(() => server.close())
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** pg_dump's and the server's own: it refuses one that is later than itself. */
async function majorVersions(serverUrl: string): Promise<{ ours: number; theirs: number }> {
  const { stdout } = await run(findPostgresProgram('pg_dump') ?? 'pg_dump', ['--version'])
  const [row] = await asOwner(serverUrl, `SELECT current_setting('server_version_num')::integer / 10000 AS major`)
  return { ours: Number(/\d+/.exec(stdout)?.[0]), theirs: row.major }
}

/** As whoever owns the server, which has databases beside this one. */
async function asOwner(url: string, ...statements: string[]): Promise<pg.QueryResult['rows']> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows: pg.QueryResult['rows'] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

// Needs the built services, and the programs that come with Postgres: containers have them inside alone.
const dump = findPostgresProgram('pg_dump')
test.runIf(dump ?? process.env.TEST_SERVERS !== 'container')(
  'a backup that is taken while people write is the truth after a restore, for whoever was connected and whoever was away',
  async (context) => {
    const program = (name: string) => findPostgresProgram(name) ?? name
    const jwtSecret = randomBytes(32).toString('hex')
    const receiver = await startReceiver()
    const cluster = await startCluster({
      ...{ conversations: 1, gateways: 1, storages: 1, notifiers: 1 },
      env: { NODE_ENV: 'test', LOG_LEVEL: 'warn', JWT_SECRET: jwtSecret },
    })
    toClose.push(() => cluster.stop())
    const { ours, theirs } = await majorVersions(cluster.postgres.server.url)
    if (theirs > ours)
      context.skip(`pg_dump ${ours} of this machine does not read the Postgres ${theirs} of a container`)
    const folder = await mkdtemp(join(tmpdir(), 'parley-backup-'))
    toClose.push(() => rm(folder, { recursive: true, force: true }))
    const databaseUrl = cluster.postgres.url
    const serverUrl = cluster.postgres.server.url
    const identity = readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: jwtSecret })
    const tokenOf = (userId: string, role = 'customer') => signDevelopmentToken({ userId, role }, identity)
    const as = async <T>(userId: string, method: string, path: string, body?: object, role?: string): Promise<T> => {
      const answer = await callRest<T>(cluster.url, tokenOf(userId, role), method, path, body as never)
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.code}`)
      return answer.data
    }

    const webhook = { url: receiver.url, events: ['message.created'] }
    await as('backend', 'POST', '/webhooks', webhook, 'service')
    const members = ['ben', 'cyd'].map((userId) => ({ userId }))
    const { id } = await as<Conversation>('ana', 'POST', '/conversations', {
      kind: 'group',
      title: 't',
      participants: members,
    })
    const violations: Violation[] = []
    const connected = ['ana', 'ben'].map((userId) =>
      connectClient({
        ...{ url: cluster.url, userId, name: userId, token: tokenOf(userId), measures: createMeasures() },
        violated: (violation) => violations.push(violation),
      }),
    )
    for (const client of connected) toClose.push(() => client.close())
    await Promise.all(connected.map(({ loaded }) => loaded))

    const bytes = Buffer.from(randomBytes(15_000).toString('base64'))
    const file = await uploadFile(cluster.url, tokenOf('ana'), { key: 'harbour', conversationId: id, bytes })
    if (!file.ok) throw new Error(file.code)
    const attachments = [{ id: file.data.id }]
    await as('ana', 'POST', `/conversations/${id}/messages`, {
      content: 'look',
      clientId: 'look',
      attachments: attachments.map((one) => one.id),
    })

    const acked: { id: string; seq: number; index: number; clientId: string }[] = []
    let isWriting = true
    const send = async (index: number, clientId: string) => {
      const said = { conversationId: id, content: `words of ${clientId}`, clientId }
      const answer = await connected[index]!.request<Message>('send_message', said)
      return answer.ok ? { id: answer.data.id, seq: answer.data.seq, index, clientId } : undefined
    }
    const writing = connected.map(async (_client, index) => {
      for (let count = 0; isWriting; count++) {
        const one = await send(index, `${index}-${count}`)
        if (one) acked.push(one)
        await sleep(PAUSE_MS)
      }
    })

    await expect.poll(() => acked.length).toBeGreaterThan(BEFORE)
    await run(program('pg_dump'), ['--format=custom', `--file=${join(folder, 'parley.dump')}`, databaseUrl])
    await run(program('pg_dumpall'), ['--roles-only', `--file=${join(folder, 'roles.sql')}`, `--dbname=${serverUrl}`])
    // bytes after the rows that know of them
    await cp(join(cluster.dataFolder, 'attachments'), join(folder, 'attachments'), { recursive: true })
    const backedUp = acked.length
    await expect.poll(() => acked.length).toBeGreaterThan(backedUp + AFTER)
    isWriting = false
    await Promise.all(writing)
    const began = await as<Conversation>('ana', 'POST', '/conversations', {
      kind: 'direct',
      participants: [{ userId: 'cyd' }],
    })
    await as('ana', 'POST', `/conversations/${began.id}/messages`, { content: 'lost', clientId: 'lost' })
    const toldOf = () => new Set(receiver.told.map(({ messageId }) => messageId))
    const isTold = (all: readonly { id: string }[]) =>
      expect.poll(() => all.filter((one) => !toldOf().has(one.id)), { timeout: 30_000 }).toEqual([])
    await isTold(acked)
    // cyd goes away with what there is by now
    const held = await as<Conversation>('cyd', 'GET', `/conversations/${id}`)
    const heldToo = await as<Conversation>('cyd', 'GET', `/conversations/${began.id}`)

    // everything is lost but the gateway, whose sockets stay
    for (const process of cluster.processes) if (!process.name.startsWith('gateway')) await process.kill('SIGKILL')
    const roles = 'parley_app, parley_storage, parley_notifier'
    await asOwner(serverUrl, 'DROP DATABASE parley WITH (FORCE)', `DROP ROLE ${roles}`)
    await rm(join(cluster.dataFolder, 'attachments'), { recursive: true })

    await run(program('psql'), ['--quiet', `--file=${join(folder, 'roles.sql')}`, serverUrl])
    await asOwner(serverUrl, 'CREATE DATABASE parley TEMPLATE template0')
    await run(program('pg_restore'), ['--exit-on-error', `--dbname=${databaseUrl}`, join(folder, 'parley.dump')])
    await cp(join(folder, 'attachments'), join(cluster.dataFolder, 'attachments'), { recursive: true })
    const places = { DATABASE_URL: databaseUrl, NATS_URL: cluster.nats.url, PARLEY_DATA: cluster.dataFolder }
    const { stdout } = await run(process.execPath, [restored], { env: { ...process.env, ...places } })
    expect(stdout).toMatch(/^Epoch: raised, of 1 tenants/m)
    expect(stdout).toMatch(/^PARLEY_EVENTS: \d{2,} events were taken out$/m)
    expect(stdout).toMatch(/^Files: all 1 are there$/m)
    const { stdout: again } = await run(process.execPath, [restored], { env: { ...process.env, ...places } })
    expect(again).toMatch(/^Epoch: raised, of 1 tenants/m)

    const stored = async () =>
      (await asOwner(
        databaseUrl,
        `SELECT id, seq::integer FROM messages WHERE conversation_id = '${id}' ORDER BY seq`,
      )) as {
        id: string
        seq: number
      }[]
    const kept = new Set((await stored()).map((one) => one.id))
    const lost = acked.filter((one) => !kept.has(one.id))
    expect(acked.length - lost.length).toBeGreaterThan(BEFORE)
    expect(lost.length).toBeGreaterThan(AFTER)
    await Promise.all(cluster.processes.map((process) => process.restart()))

    const shown = () => connected.map((client) => client.shown(id)?.map((one) => one.id))
    const allShow = async () => {
      const ids = (await stored()).map((one) => one.id)
      await expect.poll(shown, { timeout: 30_000 }).toEqual([ids, ids])
    }
    await allShow()
    for (const client of connected) expect(client.diary.join('\n')).toContain(`${id} was restored`)
    // under processes that run it is refused
    await expect(run(process.execPath, [restored], { env: { ...process.env, ...places } })).rejects.toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^Nothing was changed: processes have \d+ connections/),
    })
    expect(connected[0]!.conversationIds()).toEqual([id])

    // whoever was not told in time that it was stored sends it again
    const sentAgain: Message[] = []
    for (const { index, clientId } of lost) {
      await expect.poll(() => connected[index]!.connected).toBe(true)
      sentAgain.push(
        await as<Message>(['ana', 'ben'][index]!, 'POST', `/conversations/${id}/messages`, {
          content: `words of ${clientId}`,
          clientId,
        }),
      )
    }
    const lostIds = new Set(lost.map((one) => one.id))
    const lostSeqs = new Set(lost.map((one) => one.seq))
    expect(sentAgain.filter((one) => lostIds.has(one.id))).toEqual([])
    expect(sentAgain.filter((one) => lostSeqs.has(one.seq)).length).toBeGreaterThan(AFTER)
    await allShow()

    const cursors = [held, heldToo].map(({ id: conversationId, cursor }) => ({ conversationId, cursor }))
    const found = await as<SyncResult>('cyd', 'POST', '/sync', { cursors })
    expect(found.gone).toEqual([began.id])
    expect(found.conversations).toMatchObject([{ restored: true, reset: true, hasMore: true }])
    expect(found.conversations[0]!.messages.map((one) => one.id)).toEqual(
      (await stored()).slice(-50).map((one) => one.id),
    )

    await isTold(sentAgain)
    // nothing is told twice, and nothing as if it were what is lost
    expect(new Set(receiver.told.map(({ eventId }) => eventId)).size).toBe(toldOf().size)
    const uploads = [{ ...attachments[0]!, conversationId: id, userId: 'ben', bytes }]
    expect(await checkUploads(cluster.url, new Map([['ben', tokenOf('ben')]]), uploads)).toEqual([])
    expect(violations).toEqual([])
  },
  180_000,
)
