import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { connectNatsBus } from '@parley/bus'
import { eventStream, hostStream } from '@parley/conversation'
import { migratedTemplate } from '@parley/database/testing'
import {
  type FreshDatabase,
  freshDatabase,
  type OwnedServer,
  startNats,
  startPostgres,
  startRedis,
  startS3,
} from '@parley/testkit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { owners } from '../owners.ts'
import { doctorCommand } from './doctor-command.ts'
import type { Finding } from './finding.ts'

const NATS_CONFIG = new URL('../../../../infra/nats.conf', import.meta.url)
const PASSWORD = 'pa-very-secret-word'
const SECRET = 'Vq7-zB2m_K9xR4tL8wN3cJ6hF1dS5gP0'
const users = ['CONVERSATION', 'GATEWAY', 'STORAGE', 'NOTIFIER', 'HOST', 'CONSUMER', 'OPERATOR']

let database: FreshDatabase
let empty: FreshDatabase
let nats: OwnedServer
let redis: OwnedServer
let s3: Awaited<ReturnType<typeof startS3>>
const natsAs = (user: string, password = PASSWORD) => nats.url.replace('//', `//${user}:${password}@`)

/** A deployment in which nothing is wrong. */
const healthy = (): Record<string, string> => ({
  ...{ NODE_ENV: 'production', PORT: '0', JWT_SECRET: SECRET, JWT_ISSUER: 'us', JWT_AUDIENCE: 'parley' },
  ...{ DATABASE_URL: database.url, NATS_URL: natsAs('operator'), REDIS_URL: redis.url },
  ...{ S3_ENDPOINT: s3.at.endpoint, S3_BUCKET: s3.at.bucket, S3_ACCESS_KEY: 'S3RVER', S3_SECRET_KEY: s3.at.secretKey },
})

beforeAll(async () => {
  const env = Object.fromEntries(users.map((user) => [`PARLEY_NATS_${user}_PASSWORD`, PASSWORD]))
  const postgres = await startPostgres()
  ;[nats, redis, s3] = await Promise.all([
    startNats({ own: true, config: NATS_CONFIG, env }),
    startRedis({ own: true }),
    startS3(),
  ])
  database = await freshDatabase(postgres.url, { template: await migratedTemplate(postgres.url, ...owners) })
  empty = await freshDatabase(postgres.url)
  await using bus = await connectNatsBus({ servers: natsAs('operator'), name: 'test' })
  for (const stream of [eventStream, hostStream]) await bus.ensureStream(stream)
}, 60_000)
afterAll(async () => {
  await Promise.all([database?.drop(), empty?.drop(), nats?.stop(), redis?.stop(), s3?.stop()])
})

/** What it says of these settings. Nothing that it says holds a secret of them. */
async function examined(more: Record<string, string | undefined> = {}, ...args: string[]) {
  const env = { ...healthy(), ...more }
  const said: string[] = []
  const code = await doctorCommand(args, { env, stdout: (text) => said.push(text), stderr: () => {} })
  const stdout = said.join('')
  for (const secret of [PASSWORD, SECRET, s3.at.secretKey]) expect(stdout).not.toContain(secret)
  return { code, stdout }
}

async function findings(more?: Record<string, string | undefined>, ...args: string[]) {
  const { code, stdout } = await examined(more, '--json', ...args)
  const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] }
  expect(report.ok).toBe(code === 0)
  return report.findings
}

const wrongOf = (all: Finding[]) =>
  all.flatMap(({ check, status, says }) => (status === 'wrong' ? `${check}: ${says}` : []))

test('a deployment in which nothing is wrong is found so, a line for each check', async () => {
  const { code, stdout } = await examined()
  expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing is wrong')])
  for (const line of [
    /^ok {7}database {6}Postgres \d+\.\d+, and it keeps what it has acknowledged$/m,
    /^ok {7}database {6}conversation: migrated, and bound by row-level security as parley_app$/m,
    /^ok {7}database {6}its clock is as ours$/m,
    /^ok {7}bus {11}NATS [\d.]+, where conversation, gateway, storage, notifier may do what they have to$/m,
    /^warning {2}bus {11}PARLEY_EVENTS: 0 of 1024 MiB, on one server alone -> NATS_REPLICAS=3/m,
    /^ok {7}redis {9}Redis [\d.]+, which forgets nothing by itself$/m,
    /^ok {7}attachments {3}the bucket attachments can be read and written$/m,
    /^ok {7}tokens {8}verified by JWT_SECRET$/m,
  ])
    expect(stdout).toMatch(line)
}, 30_000)

test('a stream on fewer servers than the setting says is named', async () => {
  expect(await findings({ NATS_REPLICAS: '3' })).toContainEqual({
    ...{ check: 'bus', status: 'warning' },
    says: 'the stream PARLEY_EVENTS has other bounds than it should: 1 replica',
    change: expect.stringContaining('start a conversation service'),
  })
}, 30_000)

test('each service may do with its NATS user what it has to, and with another one it may not', async () => {
  for (const service of ['conversation', 'gateway', 'storage', 'notifier'])
    expect([service, wrongOf(await findings({ NATS_URL: natsAs(service) }, '--service', service))]).toEqual([
      service,
      [],
    ])
  const as = (user: string, password?: string) =>
    findings({ NATS_URL: natsAs(user, password) }, '--service', 'gateway').then(wrongOf)
  expect(await as('host')).toEqual([
    expect.stringMatching(/^bus: NATS .* refuses gateway: hearing parley\.rpc\.v1\.presence\.doctor, .* and \d+ more$/),
  ])
  expect(await as('gateway', 'another')).toEqual([expect.stringContaining('it refuses this user and password')])
}, 60_000)

test('what is wrong with servers is said with the setting to change, and the exit code is 1', async () => {
  const wrong = async (more: Record<string, string>) => wrongOf(await findings(more))
  const unmigrated = await findings({ DATABASE_URL: empty.url })
  expect(unmigrated).toContainEqual({
    ...{ check: 'database', status: 'wrong' },
    says: expect.stringMatching(/^conversation: not migrated: 0001_foundation\.sql, .* and \d+ more$/),
    change: expect.stringContaining('npm run migrate'),
  })
  const stranger = new URL(database.url)
  stranger.username = 'nobody-of-that-name'
  stranger.password = PASSWORD
  expect(await wrong({ DATABASE_URL: stranger.href })).toEqual([
    expect.stringMatching(/^database: No connection to Postgres/),
  ])
  expect(await wrong({ DATABASE_URL: 'postgres://ann@127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' })).toEqual([
    expect.stringContaining('nothing listens there. Start Postgres'),
    expect.stringMatching(/^redis: no connection to Redis at redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/),
  ])
  expect(await wrong({ S3_BUCKET: 'none-of-that-name' })).toEqual([
    expect.stringContaining('attachments: the bucket none'),
  ])

  await tellRedis('CONFIG SET maxmemory-policy allkeys-lru')
  expect(await wrong({})).toEqual([expect.stringMatching(/^redis: .* makes room by allkeys-lru/)])
  await tellRedis('CONFIG SET maxmemory-policy noeviction')

  const admin = new pg.Client(database.url)
  await admin.connect()
  try {
    await admin.query('ALTER TABLE messages DISABLE ROW LEVEL SECURITY')
    expect(await wrong({})).toEqual([
      expect.stringMatching(
        /^database: conversation: row-level security does not keep tenants apart: the table messages/,
      ),
    ])
  } finally {
    await admin.query('ALTER TABLE messages ENABLE ROW LEVEL SECURITY')
    await admin.end()
  }
}, 90_000)

test('a stream that is not there, and a server without JetStream, are wrong', async () => {
  await using bare = await startNats({ own: true })
  const says = wrongOf(await findings({ NATS_URL: bare.url }))
  expect(says).toEqual([
    'bus: there is no stream PARLEY_EVENTS',
    'bus: there is no stream PARLEY_HOST',
    'bus: the consumer storage cannot be looked at: there is no stream PARLEY_EVENTS',
    'bus: the consumer notifier-webhooks cannot be looked at: there is no stream PARLEY_EVENTS',
  ])
}, 30_000)

test('settings that are wrong, weak or do not go together are said by name', async () => {
  const wrong = async (more: Record<string, string | undefined>) => wrongOf(await findings(more))
  expect(await wrong({ JWT_SECRET: 'short' })).toEqual([
    expect.stringContaining('settings: JWT_SECRET is too short'),
    expect.stringContaining('tokens: JWT_SECRET has 5 characters'),
  ])
  expect(await wrong({ JWT_SECRET: 'a'.repeat(40) })).toEqual([expect.stringMatching(/^tokens: JWT_SECRET has few/)])
  const weak = await findings({ NODE_ENV: 'test', JWT_SECRET: 'short-one' })
  expect(weak).toContainEqual(expect.objectContaining({ check: 'tokens', status: 'warning' }))
  expect(await wrong({ PORT: 'eighty', METRICS_PORT: '0' })).toEqual([
    expect.stringMatching(/^settings: PORT is not valid/),
  ])
  expect(await wrong({ TRUST_PROXY: '0.0.0.0/0' })).toEqual([expect.stringContaining('proxies: whoever calls may say')])
  expect(await wrong({ SMTP_URL: 'smtp://127.0.0.1:1', PUBLIC_URL: 'https://chat.example.com' })).toEqual([
    expect.stringMatching(/^e-mail: MAIL_FROM is not set/),
  ])
  const vapid = { VAPID_PUBLIC_KEY: 'A'.repeat(87), VAPID_PRIVATE_KEY: 'B'.repeat(43) }
  expect(await wrong(vapid)).toEqual([expect.stringContaining('VAPID_PUBLIC_KEY does not belong to VAPID_PRIVATE_KEY')])
  expect(await findings({ JWT_OTHER_SECRETS: [...SECRET].reverse().join('') })).toContainEqual({
    ...{ check: 'pushes', status: 'warning' },
    says: expect.stringMatching(/every subscription goes with it: JWT_OTHER_SECRETS/),
    change: expect.stringContaining('npm run vapid prints, before JWT_SECRET is another'),
  })
  const keys = { JWT_SECRET: undefined, LINK_SECRET: SECRET, WEBHOOK_KEY: SECRET }
  expect(await wrong({ ...keys, JWT_JWKS_URL: 'http://127.0.0.1:1/keys' })).toEqual([
    expect.stringMatching(/^tokens: the key set at .* cannot be had/),
  ])
  expect((await examined({}, '--service', 'nobody')).code).toBe(2)
}, 90_000)

test('a mail server that refuses is wrong, a port that another program has too, and whoever says nothing is not waited for', async () => {
  const other = createServer((_request, response) => response.writeHead(404).end())
  const silent = createServer()
  silent.on('connection', () => {})
  for (const server of [other, silent]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const portOf = (server: typeof other) => (server.address() as AddressInfo).port
  try {
    const mail = { MAIL_FROM: 'us@example.com', PUBLIC_URL: 'https://chat.example.com' }
    const traced = await findings({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${portOf(other)}` })
    expect(traced.filter(({ check }) => check === 'traces')).toMatchObject([
      { status: 'warning', says: expect.stringContaining('answers 404') },
    ])
    const says = wrongOf(
      await findings({
        ...{ ...mail, SMTP_URL: `smtp://ann:${PASSWORD}@127.0.0.1:${portOf(silent)}` },
        METRICS_PORT: String(portOf(other)),
      }),
    )
    expect(says).toEqual([
      expect.stringMatching(/^ports: METRICS_PORT: something else is at/),
      expect.stringMatching(/^e-mail: the mail server at 127\.0\.0\.1/),
    ])
  } finally {
    for (const server of [other, silent]) {
      server.closeAllConnections()
      server.close()
    }
  }
}, 60_000)

/** As redis-cli does. */
function tellRedis(command: string): Promise<void> {
  const { hostname, port } = new URL(redis.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${command}\r\n`))
    socket.once('data', (answer) => {
      socket.destroy()
      if (String(answer).startsWith('+OK')) resolve()
      else reject(new Error(String(answer)))
    })
    socket.once('error', reject)
  })
}
