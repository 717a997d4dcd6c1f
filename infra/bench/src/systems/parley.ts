import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node'
import { type Cluster, type ServiceProcess, startCluster, startService } from '@parley/cluster'
import { EVENT_STREAM } from '@parley/contracts'
import { type IdentityConfig, signDevelopmentToken } from '@parley/runtime'
import { freePort, startNats, startPostgres, startRedis } from '@parley/testkit'
import pg from 'pg'
import type { Measured } from '../cpu.ts'
import { inParallel } from '../load/meter.ts'
import { createAwayPeople } from './away.ts'
import { copyConversations, copyMessages } from './copied-rows.ts'
import { fillConversations, reindex, SEARCHED_LENGTH, SEARCHERS, SEARCHES } from './searched-messages.ts'
import type { Storage, System, SystemName, Talk } from './system.ts'

export interface ParleyOptions {
  gateways: number
  conversations: number
  storages: number
  /** More environment for the services. */
  env?: Record<string, string>
  log: (line: string) => void
}

export interface Parley extends System {
  /** Its own processes, without the servers that it uses. */
  readonly services: readonly ServiceProcess[]
}

const WRITING = 32
/** So often a call is made again, when the answer says, that finds a service busy. Nothing is measured meanwhile. */
const BUSY_TRIES = 10
/** The built program, also for tests that run from the sources. */
const STANDALONE = fileURLToPath(new URL('../../../../services/standalone/dist/main.js', import.meta.url))

/** The cluster as production runs it, with clients directly at the gateways. */
export async function startParley({ gateways, conversations, storages, env, log }: ParleyOptions): Promise<Parley> {
  const secret = randomBytes(32).toString('hex')
  const cluster = await startCluster({ gateways, conversations, storages, env: { ...env, ...production(secret) }, log })
  const urlsOf = (kind: string) => cluster.processes.filter(({ name }) => name.startsWith(kind)).map(({ url }) => url)
  return await openParley({
    name: 'parley',
    edge: 'gateway',
    secret,
    services: cluster.processes,
    gatewayUrls: urlsOf('gateway'),
    restUrls: urlsOf('conversation'),
    url: cluster.url,
    storage: cluster.processes.find(({ name }) => name.startsWith('storage')),
    databaseUrl: cluster.postgres.url,
    natsUrl: cluster.nats.url,
    processes: measuredOf(cluster),
    log,
    stop: () => cluster.stop(),
  })
}

/** All of Parley in one process, on a Postgres server, as who is small runs it: the plain server's like. */
export function startOneProcess(options: Pick<ParleyOptions, 'env' | 'log'>): Promise<Parley> {
  return startPods({ ...options, name: 'one-process', pods: 1 })
}

/** Processes that hold all of Parley each, as a pod may. Several share Postgres, NATS and Redis; one alone has Postgres. */
export async function startPods({
  name,
  pods,
  env,
  log,
}: Pick<ParleyOptions, 'env' | 'log'> & { name: SystemName; pods: number }): Promise<Parley> {
  const secret = randomBytes(32).toString('hex')
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'parley-pods-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const keep = <Server extends { stop(): Promise<void> }>(server: Server): Server => {
      stops.push(() => server.stop())
      return server
    }
    const postgres = keep(await startPostgres({ own: true }))
    const nats = pods > 1 ? keep(await startNats({ own: true })) : undefined
    const redis = pods > 1 ? keep(await startRedis({ own: true })) : undefined
    const services: ServiceProcess[] = []
    for (let n = 1; n <= pods; n++) {
      const [port, metricsPort] = await Promise.all([freePort(), freePort()])
      services.push(
        keep(
          await startService({
            name: `${name}-${n}`,
            main: STANDALONE,
            port,
            logFile: join(folder, `${name}-${n}.log`),
            env: {
              ...{
                ...env,
                ...production(secret),
                HOST: '127.0.0.1',
                PORT: String(port),
                METRICS_PORT: `${metricsPort}`,
              },
              ...{ DATABASE_URL: postgres.url, PARLEY_DATA: join(folder, `${n}`), CORS_ORIGINS: '*' },
              ...(nats &&
                redis && { NATS_URL: nats.url, REDIS_URL: redis.url, STORAGE_URL: `http://127.0.0.1:${port}` }),
            },
            died: log,
          }),
        ),
      )
    }
    const urls = services.map(({ url }) => url)
    const servers = Object.entries({ postgres, nats, redis }).flatMap(([kind, server]) =>
      server ? [{ name: kind, pid: server.pid!, children: kind === 'postgres' }] : [],
    )
    return await openParley({
      ...{ name, edge: name, secret, services, gatewayUrls: urls, restUrls: urls, url: urls[0]!, storage: services[0] },
      ...{ databaseUrl: postgres.url, natsUrl: nats?.url, log },
      processes: [...services.map(({ pid }) => ({ name, pid: pid! })), ...servers],
      stop,
    })
  } catch (err) {
    await stop()
    throw err
  }
}

/** The error with what the processes said last: their logs go with them. */
export async function withLastWords(err: unknown, services: readonly ServiceProcess[]): Promise<Error> {
  const words = await Promise.all(services.map(async (one) => `${one.name}:\n${await one.lastWords()}`))
  const message = err instanceof Error ? err.message : String(err)
  return new Error([message, ...words].join('\n'), { cause: err })
}

const production = (secret: string) => ({
  ...{ NODE_ENV: 'production', JWT_SECRET: secret, LOG_LEVEL: 'warn' },
  // browsers are on this machine
  WEB_PUSH_ALLOW_PRIVATE: 'true',
})

interface Running extends Pick<Parley, 'name' | 'edge' | 'services' | 'processes'> {
  /** With which it checks tokens. */
  secret: string
  gatewayUrls: readonly string[]
  restUrls: readonly string[]
  /** Where all services are. */
  url: string
  storage: ServiceProcess | undefined
  databaseUrl: string
  /** Undefined where there is no stream. */
  natsUrl: string | undefined
  log: (line: string) => void
  stop: () => Promise<void>
}

/** What is done with it is the same however it runs. */
async function openParley(running: Running): Promise<Parley> {
  const { secret, gatewayUrls, restUrls, databaseUrl, natsUrl, log } = running
  const identity: IdentityConfig = {
    NODE_ENV: 'test',
    JWT_SECRET: secret,
    JWT_CLAIM_USER: ['sub'],
    JWT_CLAIM_ROLE: ['role'],
    JWT_CLAIM_TENANT: ['tenant'],
  }
  const tokenOf = (userId: string, role = 'customer') => signDevelopmentToken({ userId, role }, identity)
  const firstMembers = new Map<string, string>()
  let turn = 0
  let users = 0
  let nats: NatsConnection | undefined

  const callAt = async <T>(url: string, token: string, method: string, path: string, body?: object): Promise<T> => {
    const key = randomUUID()
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${url}/v1${path}`, {
        method,
        headers: {
          ...{ authorization: `Bearer ${token}`, 'idempotency-key': key },
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      // The API's own shape of this route.
      if (response.ok) return JSON.parse(text) as T
      const refusal = `${method} ${path}: ${response.status} ${text}`
      if (response.status !== 503 || tries === BUSY_TRIES) throw new Error(refusal)
      log(`${refusal}; again`)
      await sleep(Number(response.headers.get('retry-after')) * 1_000)
    }
  }
  const call = <T>(token: string, method: string, path: string, body?: object) =>
    callAt<T>(restUrls[turn++ % restUrls.length]!, token, method, path, body)

  // people are invited before they have ever come
  const policy = { users: { mustExist: false } }
  await call(tokenOf('backend', 'service'), 'PUT', '/admin/policy', policy).catch(async (err) => {
    const told = await withLastWords(err, running.services)
    await running.stop()
    throw told
  })

  const createConversation = async (index: number, size: number): Promise<Talk> => {
    const tokens = Array.from({ length: size }, () => `user-${users++}`).map((id) => ({ id, token: tokenOf(id) }))
    const [first, ...others] = tokens
    const { id } = await call<{ id: string }>(first!.token, 'POST', '/conversations', {
      kind: size === 2 ? 'direct' : 'group',
      ...(size > 2 && { title: 'a group' }),
      participants: others.map((other) => ({ userId: other.id })),
    })
    firstMembers.set(id, first!.token)
    const members = tokens.map(({ token }, i) => ({
      url: gatewayUrls[(index + i) % gatewayUrls.length]!,
      auth: { token },
    }))
    return { id, members }
  }

  const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  const createConversations = (count: number, size: number) =>
    inParallel(
      Array.from({ length: count }, (_, i) => i),
      WRITING,
      (index) => createConversation(index, size),
    )

  const write = async (talks: readonly Talk[], each: number) => {
    await inParallel(talks, WRITING, async ({ id }) => {
      for (let i = 0; i < each; i++)
        await call(firstMembers.get(id)!, 'POST', `/conversations/${id}/messages`, { content: `message ${i + 1}` })
    })
  }

  const storage: Storage = {
    catchUp: 'cursor',
    write,
    async stored(talks) {
      const [row] = await query<{ rows: string; distinct: string }>(
        `SELECT count(*) AS rows, count(DISTINCT (conversation_id, seq)) AS distinct
         FROM messages WHERE conversation_id = ANY($1::uuid[])`,
        [talks.map(({ id }) => id)],
      )
      return { rows: Number(row!.rows), distinct: Number(row!.distinct) }
    },
    async fill({ inConversation, total }) {
      // One user reads all the pages.
      const backend = signDevelopmentToken({ userId: 'backend', role: 'service' }, identity)
      await call(backend, 'PUT', '/admin/policy', { users: { mustExist: false }, rateLimits: { userCalls: null } })
      const [talk] = await createConversations(1, 2)
      await write([talk!], 1)
      await copyMessages(query, talk!.id, inConversation, total)
      return {
        urls: restUrls.map((url) => `${url}/v1/conversations/${talk!.id}/messages?limit=50`),
        headers: { authorization: `Bearer ${firstMembers.get(talk!.id)}` },
      }
    },
    async fillList(conversations) {
      const backend = signDevelopmentToken({ userId: 'backend', role: 'service' }, identity)
      await call(backend, 'PUT', '/admin/policy', { users: { mustExist: false }, rateLimits: { userCalls: null } })
      const [talk] = await createConversations(1, 2)
      await write([talk!], 1)
      await copyConversations(query, talk!.id, conversations)
      return {
        urls: restUrls.map((url) => `${url}/v1/conversations`),
        headers: { authorization: `Bearer ${firstMembers.get(talk!.id)}` },
      }
    },
    async fillSearch(messages) {
      const backend = signDevelopmentToken({ userId: 'backend', role: 'service' }, identity)
      await call(backend, 'PUT', '/admin/policy', { users: { mustExist: false }, rateLimits: { userCalls: null } })
      const all = Math.ceil(messages / SEARCHED_LENGTH)
      const sizes = SEARCHERS.map((size) => Math.min(size, Math.floor(all / 2)))
      const talks = await createConversations(sizes.length + 1, 2)
      await write(talks, 1)
      const rest = all - sizes.reduce((sum, size) => sum + size, 0)
      log('parley: making the messages')
      for (const [i, count] of [...sizes, rest].entries()) await copyConversations(query, talks[i]!.id, count - 1)
      await fillConversations(
        query,
        talks.map(({ id }) => id),
        SEARCHED_LENGTH,
      )
      log('parley: finding their words')
      await reindex(databaseUrl)
      return sizes.map((conversations, i) => ({
        conversations,
        urls: restUrls.flatMap((url) => SEARCHES.map((q) => `${url}/v1/messages/search?q=${encodeURIComponent(q)}`)),
        headers: { authorization: `Bearer ${firstMembers.get(talks[i]!.id)}` },
      }))
    },
    fillAway: (count) =>
      createAwayPeople({
        count,
        call: (...asked) => callAt(running.url, ...asked),
        query,
        tokenOf,
      }),
    ...(natsUrl !== undefined && {
      async events() {
        nats ??= await connectNats({ servers: natsUrl, ...credentialsOf(natsUrl) })
        const manager = await jetstreamManager(nats)
        const [row] = await query<{ waiting: string }>('SELECT count(*) AS waiting FROM outbox')
        const { state } = await manager.streams.info(EVENT_STREAM)
        // Not `messages`: the stream drops its oldest.
        return { taken: state.last_seq, waiting: Number(row!.waiting) }
      },
    }),
  }

  return {
    ...{ name: running.name, edge: running.edge, services: running.services, processes: running.processes },
    createConversations,
    storage,
    async files() {
      const process = running.storage
      if (!process) throw new Error('There is no storage process to upload to')
      const backend = tokenOf('backend', 'service')
      await call(backend, 'PUT', '/admin/policy', { users: { mustExist: false }, rateLimits: { userCalls: null } })
      const [talk] = await createConversations(1, 2)
      return {
        uploadUrl: `${process.url}/v1/attachments`,
        headers: { authorization: `Bearer ${firstMembers.get(talk!.id)}` },
        fields: { conversationId: talk!.id },
        urlIn(answer) {
          const { data } = JSON.parse(answer) as { data: { attachment: { id: string } }[] }
          return `/v1/attachments/${data[0]!.attachment.id}/content`
        },
        process: { name: 'storage', pid: process.pid! },
        makesPictures: true,
      }
    },
    async [Symbol.asyncDispose]() {
      await nats?.close()
      await running.stop()
    },
  }
}

function measuredOf({ processes, postgres, nats, redis }: Cluster): Measured[] {
  const services = processes.map(({ name, pid }) => ({ name: name.replace(/-\d+$/, ''), pid: pid! }))
  const servers = Object.entries({ postgres, nats, redis }).map(([name, { server }]) => {
    if (server.pid === undefined) throw new Error(`${name} is not a process of this machine: its CPU cannot be read`)
    return { name, pid: server.pid, children: name === 'postgres' }
  })
  return [...services, ...servers]
}

/** The client library does not read credentials from the URL. */
function credentialsOf(url: string) {
  const { username, password } = new URL(url)
  return { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
}
