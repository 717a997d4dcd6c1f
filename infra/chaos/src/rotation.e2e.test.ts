import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'
import { NATS_CONFIG, natsEnvironment, natsPasswords, natsUrl, startCluster } from '@parley/cluster'
import type { Conversation, Message } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { startNats, startPostgres, startRedis } from '@parley/testkit'
import pg from 'pg'
import { Type } from 'typebox'
import { afterEach, expect, test } from 'vitest'
import { type Client, connectClient } from './client.ts'
import { createMeasures } from './measures.ts'
import { callRest, untilAnswered } from './rest.ts'

const PAUSE_MS = 20
const SERVICES = /user: (conversation|gateway|storage|notifier)$/m

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

/**
 * infra/nats.conf, in which each service has its user beside that with the next password; or only the latter. A server that reads it again
 * has to find there where its streams are.
 */
function natsConfig({ former, storeDir }: { former: boolean; storeDir?: string }): string {
  const text = readFileSync(NATS_CONFIG, 'utf8')
  const placed = storeDir ? text.replace(/^jetstream \{$/m, `jetstream {\n  store_dir: "${storeDir}"`) : text
  return placed.replaceAll(/^ {4}\{\n[\s\S]*?^ {4}\}\n/gm, (user) => {
    if (!SERVICES.test(user)) return user
    const next = user.replace(SERVICES, 'user: $1-next').replace(/password: .*/, 'password: $NEXT_PASSWORD')
    return former ? user + next : next
  })
}

const secret = () => `p${randomBytes(24).toString('hex')}`

// Needs the built services, and servers that can be told to read their files again.
test('secrets of tokens, of NATS and of the database give way to others while people write, and no send fails', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-rotation-'))
  toClose.push(() => rm(folder, { recursive: true, force: true }))
  // the accounts of servers read in it
  await chmod(folder, 0o755)
  const hba = join(folder, 'pg_hba.conf')
  await writeFile(hba, 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n')
  const natsFile = join(folder, 'nats.conf')
  await writeFile(natsFile, natsConfig({ former: true }))
  const passwords = natsPasswords()
  const nextPassword = secret()
  const natsEnv = { ...natsEnvironment(passwords), NEXT_PASSWORD: nextPassword }
  const [postgres, nats, redis] = await Promise.all([
    startPostgres({ own: true, settings: { hba_file: hba } }),
    startNats({ own: true, config: natsFile, env: natsEnv }),
    startRedis({ own: true }),
  ])
  for (const server of [postgres, nats, redis]) toClose.push(() => server.stop())
  if (nats.pid === undefined || !existsSync('/proc')) context.skip('servers in containers have files of their own')
  const natsArgs = readFileSync(`/proc/${nats.pid}/cmdline`, 'utf8').split('\0')
  const storeDir = natsArgs[natsArgs.indexOf('-sd') + 1]!

  const asOwner = async (...statements: string[]) => {
    const client = new pg.Client(postgres.url)
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const login = (name: string, password: string, database = 'parley') => {
    const url = new URL(postgres.url)
    Object.assign(url, { username: name, password, pathname: `/${database}` })
    return url.href
  }
  const [formerSql, nextSql] = [secret(), secret()]
  await asOwner(`CREATE ROLE parley LOGIN CREATEROLE PASSWORD '${formerSql}'`, 'CREATE DATABASE parley OWNER parley')

  const [formerJwt, nextJwt] = [secret(), secret()]
  const tokenOf = (userId: string, by: string) =>
    signDevelopmentToken(
      { userId, role: 'customer' },
      readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: by }),
    )
  const cluster = await startCluster({
    ...{ conversations: 2, gateways: 2, storages: 1, notifiers: 1 },
    servers: {
      databaseUrl: login('parley', formerSql),
      natsUrl: natsUrl(nats.url, 'operator', passwords),
      redisUrl: redis.url,
    },
    env: { NODE_ENV: 'test', LOG_LEVEL: 'warn', JWT_SECRET: formerJwt, DRAIN_MS: '300' },
  })
  toClose.push(() => cluster.stop())
  const processOf = (name: string) => cluster.processes.find((process) => process.name === name)!
  /** Every process again, in turn: never all of a service. */
  const restartAll = async (env: Record<string, string>) => {
    const restart = (name: string) => {
      const own = new URL(natsUrl(nats.url, 'operator', passwords))
      Object.assign(own, { username: `${name.split('-')[0]}-next`, password: nextPassword })
      return processOf(name).restart({ ...env, DATABASE_URL: login('parley_next', nextSql), NATS_URL: own.href })
    }
    for (const names of [
      ['conversation-1', 'storage-1'],
      ['conversation-2', 'notifier-1'],
      ['gateway-1'],
      ['gateway-2'],
    ])
      await Promise.all(names.map(restart))
  }

  const body = { kind: 'direct', participants: [{ userId: 'ben' }] }
  const created = await callRest<Conversation>(cluster.url, tokenOf('ana', formerJwt), 'POST', '/conversations', body)
  if (!created.ok) throw new Error(created.code)
  const { id } = created.data
  const acked: string[] = []
  const refused: string[] = []
  let isWriting = true
  let secretNow = formerJwt
  let ben: Client
  const connectBen = () =>
    connectClient({
      ...{ url: cluster.url, userId: 'ben', name: 'ben', token: tokenOf('ben', secretNow), measures: createMeasures() },
      violated: ({ kind, detail }) => refused.push(`${kind} ${detail}`),
    })
  ben = connectBen()
  toClose.push(() => ben.close())
  await ben.loaded
  const overHttp = (async () => {
    for (let count = 0; isWriting; count++) {
      const said = { content: `by HTTP ${count}`, clientId: `http-${count}` }
      const path = `/conversations/${id}/messages`
      const answer = await callRest<Message>(cluster.url, tokenOf('ana', secretNow), 'POST', path, said)
      if (answer.ok) acked.push(answer.data.id)
      else refused.push(`HTTP ${answer.code}`)
      await sleep(PAUSE_MS)
    }
  })()
  const overSockets = (async () => {
    for (let count = 0; isWriting; count++) {
      const said = { conversationId: id, content: `by socket ${count}`, clientId: `socket-${count}` }
      const answer = await untilAnswered<Message>(() => ben.request<Message>('send_message', said), {
        // a socket that is moved to another gateway is away for a moment
        failed: (code) => code !== 'disconnected' && refused.push(`socket ${code}`),
        signal: AbortSignal.timeout(30_000),
      })
      if (answer.ok) acked.push(answer.data.id)
      await sleep(PAUSE_MS)
    }
  })()
  const goOn = (more: number) => {
    const from = acked.length
    return expect.poll(() => acked.length, { timeout: 30_000 }).toBeGreaterThan(from + more)
  }
  await goOn(20)

  // both are good from here on
  await asOwner(
    `CREATE ROLE parley_next LOGIN PASSWORD '${nextSql}' IN ROLE parley`,
    'ALTER ROLE parley_next SET role = parley',
  )
  await restartAll({ JWT_OTHER_SECRETS: nextJwt })
  secretNow = nextJwt
  const before = ben
  ben = connectBen()
  await ben.loaded
  before.close()
  await goOn(20)
  await restartAll({ JWT_SECRET: nextJwt })

  // and the former ones are not any more
  await asOwner('ALTER ROLE parley NOLOGIN')
  await writeFile(natsFile, natsConfig({ former: false, storeDir }))
  await nats.kill('SIGHUP')
  const logIn = (user: string, pass: string) =>
    connect({ servers: nats.url, user, pass, reconnect: false, ignoreAuthErrorAbort: false }).then(
      async (connection) => {
        await connection.close()
        return 'in'
      },
      () => 'refused',
    )
  await expect.poll(() => logIn('conversation', passwords.conversation)).toBe('refused')
  expect(await logIn('conversation-next', nextPassword)).toBe('in')
  await expect(new pg.Client(login('parley', formerSql)).connect()).rejects.toThrow(/not permitted to log in/)
  const me = await callRest(cluster.url, tokenOf('ana', formerJwt), 'GET', '/me')
  expect(me).toMatchObject({ ok: false, code: 'unauthenticated' })
  await goOn(20)
  isWriting = false
  await Promise.all([overHttp, overSockets])
  expect(refused).toEqual([])
  await expect.poll(() => new Set(ben.shown(id)?.map((one) => one.id)), { timeout: 20_000 }).toEqual(new Set(acked))
}, 180_000)
