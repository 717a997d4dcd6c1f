import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { connectNatsBus } from '@parley/bus'
import { topics } from '@parley/contracts'
import { contextConsumer, conversationOwner, eventStream, hostStream } from '@parley/conversation'
import { openPostgres } from '@parley/database'
import { migratedTemplate } from '@parley/database/testing'
import { openObjects } from '@parley/storage'
import {
  type FreshDatabase,
  freshDatabase,
  givenS3,
  type OwnedServer,
  startNats,
  startPostgres,
  startS3,
} from '@parley/testkit'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { owners } from './owners.ts'
import { restoredCommand } from './restored-command.ts'

let server: Awaited<ReturnType<typeof startPostgres>>
let nats: OwnedServer
let database: FreshDatabase

beforeAll(async () => {
  ;[server, nats] = await Promise.all([startPostgres(), startNats({ own: true })])
}, 60_000)
beforeEach(async () => {
  database = await freshDatabase(server.url, { template: await migratedTemplate(server.url, ...owners) })
  return () => database.drop()
})
afterAll(() => nats?.stop())

const run = (...args: string[]) => runWith({}, ...args)

async function runWith(env: Record<string, string>, ...args: string[]) {
  const outcome = { code: -1, stdout: '', stderr: '' }
  outcome.code = await restoredCommand(args, {
    env: { DATABASE_URL: database.url, NATS_URL: nats.url, ...env },
    stdout: (text) => {
      outcome.stdout += text
    },
    stderr: (text) => {
      outcome.stderr += text
    },
  })
  return outcome
}

async function asOwner<Row>(statement: string): Promise<Row[]> {
  const client = new pg.Client(database.url)
  await client.connect()
  try {
    return (await client.query(statement)).rows as Row[]
  } finally {
    await client.end()
  }
}

const epochs = async () =>
  (await asOwner<{ epoch: string }>('SELECT epoch FROM restores ORDER BY epoch')).map(({ epoch }) => Number(epoch))

/** Stores an event that came out of the lost database, and what a host told, which a service has applied. */
async function fillStreams() {
  await using bus = await connectNatsBus({ servers: nats.url, name: 'test' })
  for (const stream of [eventStream, hostStream]) await bus.ensureStream(stream)
  const body = Buffer.from('{}')
  const id = `lost:${Math.random()}`
  const { subject } = topics.hostContext('default')
  await bus.publishDurable([
    {
      subject: eventStream.subjects[0]!.replace('*', 'default').replace('>', 'message.created'),
      id,
      headers: {},
      body,
    },
    { subject, id, headers: {}, body },
  ])
  const stop = await bus.consume(contextConsumer, async () => {})
  await expect.poll(() => bus.pending(contextConsumer), { timeout: 20_000 }).toBe(0)
  await stop()
}

test('after a backup in which nothing has happened the streams are mended too, and each restore is another one', async () => {
  await fillStreams()
  const first = await run()
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toMatch(/^Epoch: raised, of \d+ tenants/m)
  expect(first.stdout).toMatch(/^PARLEY_EVENTS: [1-9]\d* events were taken out$/m)
  expect(first.stdout).toMatch(/^PARLEY_HOST: [1-9]\d* that hosts told are applied again$/m)
  expect((await run()).stdout).toMatch(/^Epoch: raised, of \d+ tenants/m)
  const [one, two, ...more] = await epochs()
  expect(more).toEqual([])
  expect(two).toBeGreaterThan(one!)
}, 60_000)

test('while a process has the database nothing is changed, unless somebody says so', async () => {
  await fillStreams()
  const running = openPostgres({ url: database.url, owner: conversationOwner })
  try {
    await running.check()
    const refused = await run()
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^Nothing was changed: processes have 1 connection .*npm run restored -- --yes/s)
    expect(await epochs()).toEqual([])
    const anyway = await run('--yes')
    expect(anyway).toMatchObject({ code: 0, stderr: '' })
    expect(anyway.stdout).toMatch(/^PARLEY_EVENTS: [1-9]\d* events were taken out$/m)
    expect(await epochs()).toHaveLength(1)
  } finally {
    await running[Symbol.asyncDispose]()
  }
  expect(await run('--no')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') })
}, 60_000)

test('what the account has and a bucket has not is named', async () => {
  const given = givenS3()
  const server = given ? undefined : await startS3()
  const { endpoint, bucket, accessKey, secretKey } = given ?? server!.at
  const keys = { S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey }
  const env = { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, ...keys }
  const objects = await openObjects({ ...env, PARLEY_DATA: '', S3_PUBLIC_ENDPOINT: endpoint, S3_REGION: 'us-east-1' })
  const [kept, lost] = [`test/${randomUUID()}`, `test/${randomUUID()}`] as const
  try {
    const file = fileURLToPath(import.meta.url)
    for (const key of [kept, lost]) {
      await objects.put(key, file, { mime: 'text/plain', size: (await stat(file)).size })
      await asOwner(`INSERT INTO storage.blobs (tenant_id, sha256, object_key, size, stored, kept_until)
        VALUES ('default', '${key}', '${key}', 1, true, now())`)
    }
    const whole = await runWith(env)
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    expect(whole.stdout).toMatch(/^Files: all 2 are there$/m)
    await objects.remove(lost)
    const missing = await runWith(env)
    expect(missing).toMatchObject({ code: 1, stderr: '' })
    expect(missing.stdout).toMatch(new RegExp(`^Files: 1 of 2 are missing; .*: ${lost}$`, 'm'))
  } finally {
    await objects.remove(kept)
    await objects[Symbol.asyncDispose]()
    await server?.stop()
  }
}, 60_000)
