import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'
import { NATS_CONFIG, natsEnvironment, natsPasswords, natsUrl, startCluster } from '@parley/cluster'
import type { Conversation, Message } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { startNats, startPostgres, startRedis } from '@parley/testkit'
import pg from 'pg'
import { io } from 'socket.io-client'
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

/** What Redis answers to one command, given as somebody. */
function redisSays(url: string, command: string): Promise<string> {
  const { hostname, port, username, password } = new URL(url)
  const login = password ? `AUTH ${username} ${password}\r\n` : ''
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = createConnection({ host: hostname, port: Number(port) })
    socket.on('data', (chunk) => (said += chunk))
    socket.once('error', reject)
    socket.once('close', () => resolve(said))
    socket.write(`${login}${command}\r\nQUIT\r\n`)
  })
}

// Needs the built services, and servers that can be told to read their files again.
test('secrets of tokens, of NATS, of Redis and of the database give way to others while people write, and no send fails', async (context) => {
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
  const redis = await startRedis({ own: true })
  toClose.push(() => redis.stop())
  if (redis.pid === undefined || !existsSync('/proc'))
    context.skip('files of servers are changed under them, and those in containers have their own')
  const [postgres, nats] = await Promise.all([
    startPostgres({ own: true, settings: { hba_file: hba } }),
    startNats({ own: true, config: natsFile, env: natsEnv }),
  ])
  for (const server of [postgres, nats]) toClose.push(() => server.stop())
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

  const redisLogin = (username: string, password: string) => {
    const url = new URL(redis.url)
    Object.assign(url, { username, password })
    return url.href
  }
  const [formerRedis, nextRedis] = [redisLogin('parley', secret()), redisLogin('parley-next', secret())]
  const mayAll = (url: string) =>
    redisSays(redis.url, `ACL SETUSER ${new URL(url).username} on >${new URL(url).password} ~* &* +@all`)
  expect(await mayAll(formerRedis)).toMatch(/^\+OK/)
  const usersOfRedis = async () =>
    new Set([...(await redisSays(redis.url, 'CLIENT LIST')).matchAll(/ user=(parley\S*)/g)].map(([, name]) => name))

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
      redisUrl: formerRedis,
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
      const urls = { DATABASE_URL: login('parley_next', nextSql), NATS_URL: own.href, REDIS_URL: nextRedis }
      return processOf(name).restart({ ...env, ...urls })
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

  expect(await usersOfRedis()).toEqual(new Set(['parley']))
  // both are good from here on
  await mayAll(nextRedis)
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
  // somebody of the former name would be cut off by what comes
  expect(await usersOfRedis()).toEqual(new Set(['parley-next']))
  expect(await redisSays(redis.url, 'ACL LOG')).toMatch(/^\*0/)

  // and the former ones are not any more
  await asOwner('ALTER ROLE parley NOLOGIN')
  expect(await redisSays(redis.url, 'ACL DELUSER parley')).toMatch(/^:1/)
  expect(await redisSays(formerRedis, 'PING')).toMatch(/^-WRONGPASS/)
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
  // what goes by Redis alone reaches the other gateway
  const [anas, bens] = await Promise.all(
    ['ana', 'ben'].map(async (userId, index) => {
      const { url } = processOf(`gateway-${index + 1}`)
      const token = tokenOf(userId, nextJwt)
      const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { token } })
      toClose.push(() => socket.disconnect())
      await new Promise((resolve) => socket.once('ready', resolve))
      await socket.timeout(10_000).emitWithAck('join_conversation', { conversationId: id })
      return socket
    }),
  )
  const typed: unknown[] = []
  bens!.on('user_typing', (news) => typed.push(news))
  expect(await anas!.timeout(10_000).emitWithAck('typing_start', { conversationId: id })).toEqual({
    ok: true,
    data: { everywhere: true },
  })
  await expect.poll(() => typed).toContainEqual({ conversationId: id, userId: 'ana', isTyping: true })
  isWriting = false
  await Promise.all([overHttp, overSockets])
  expect(refused).toEqual([])
  await expect.poll(() => new Set(ben.shown(id)?.map((one) => one.id)), { timeout: 20_000 }).toEqual(new Set(acked))
}, 240_000)
