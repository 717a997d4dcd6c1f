import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Cluster,
  type ClusterOptions,
  NATS_CONFIG,
  natsEnvironment,
  natsPasswords,
  natsUrl,
  startCluster,
} from '@parley/cluster'
import {
  freshDatabase,
  type OwnedServer,
  startNats,
  startNatsCluster,
  startPostgres,
  startRedis,
} from '@parley/testkit'
import { type LinkControl, openTcpLink, type TcpLink, together } from './tcp-link.ts'

export type ServerName = 'postgres' | 'nats' | 'redis'

/** A kind of service, and a server that it uses. */
export type Pair = (typeof PAIRS)[number]
export const PAIRS = [
  ...(['conversation-postgres', 'conversation-nats', 'conversation-redis', 'gateway-nats', 'gateway-redis'] as const),
  ...(['storage-postgres', 'storage-nats', 'notifier-postgres', 'notifier-nats'] as const),
] as const

/** The system under test and everything of it that can be broken. */
export interface World extends AsyncDisposable {
  readonly cluster: Cluster
  readonly servers: Record<ServerName, OwnedServer>
  /** Where NATS is a cluster, all of its servers; `servers.nats` is the first. */
  readonly natsServers: readonly OwnedServer[]
  /** What stands between each kind of service and each server that it uses; before the servers of a NATS cluster, which tell where they are, is nothing. */
  readonly pairs: Readonly<Record<Pair, TcpLink>>
  /** All that stands before a server. */
  readonly links: Readonly<Record<ServerName, LinkControl>>
  /** Past the links, as the servers' owner. */
  readonly databaseUrl: string
  readonly natsUrl: string
  readonly jwtSecret: string
  /** A message is left so long to be read before somebody is told of it. */
  readonly notifyDelayMs: number
  /** Processes that a fault is ending at the moment. */
  readonly dying: Set<string>
}

export interface WorldOptions {
  logLevel: string
  log: (line: string) => void
  /** A process ended that no fault had ended; its name and its last words. */
  crashed: (name: string, words: string) => void
  /** With more than one, NATS is a cluster of so many, which keeps its streams on all of them. */
  natsServers?: number
  /** More lines of NATS's configuration. */
  natsConfig?: string
  /** Other things of the cluster: its counts, more environment. */
  cluster?: Pick<ClusterOptions, 'conversations' | 'gateways' | 'storages' | 'notifiers' | 'env'>
  /** What some processes have otherwise than the others, once it is known where the servers are. */
  envOf?: (servers: Servers) => Promise<NonNullable<ClusterOptions['envOf']>>
}

/** The servers themselves, past any link. */
export type Servers = Record<'databaseUrl' | 'natsUrl' | 'redisUrl', string>

const NOTIFY_DELAY_MS = 2_000
const MOST_REPLICAS = 5

/** Starts two of each service behind a proxy, over servers of our own, each behind a link. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { logLevel, log, crashed, natsServers: size = 1, cluster: more } = options
  const started: AsyncDisposable[] = []
  const keep = async <T extends AsyncDisposable>(starting: Promise<T>): Promise<T> => {
    const resource = await starting
    started.unshift(resource)
    return resource
  }
  const dispose = async () => {
    for (const resource of started.splice(0)) await resource[Symbol.asyncDispose]()
  }
  try {
    const passwords = natsPasswords()
    const postgres = await keep(startPostgres({ own: true }))
    const config = await keep(natsConfiguration(options.natsConfig))
    const natsOptions = { config: config.file, env: natsEnvironment(passwords) }
    const natsServers =
      size === 1
        ? [await keep(startNats({ own: true, ...natsOptions }))]
        : (await keep(startNatsCluster({ size, ...natsOptions }))).servers
    const nats = natsServers[0]!
    const redis = await keep(startRedis({ own: true }))
    const databaseUrl = (await freshDatabase(postgres.url, { name: 'parley' })).url
    const operatorUrl = natsServers.map(({ url }) => natsUrl(url, 'operator', passwords)).join(',')
    const targets = {
      ...{ postgres: databaseUrl, nats: natsUrl(nats.url, 'operator', passwords), redis: redis.url },
    }
    const opened = await Promise.all(
      PAIRS.map(async (pair) => [pair, await keep(openTcpLink(pair, targets[serverOf(pair)]))] as const),
    )
    const pairs = Object.fromEntries(opened) as Record<Pair, TcpLink>
    const before = (server: ServerName) =>
      together(opened.flatMap(([pair, link]) => (serverOf(pair) === server ? link : [])))
    const links = { postgres: before('postgres'), nats: before('nats'), redis: before('redis') }
    const linked = (kind: string, server: ServerName) =>
      (pairs as Partial<Record<string, TcpLink>>)[`${kind}-${server}`]
    const jwtSecret = randomBytes(32).toString('hex')
    const dying = new Set<string>()
    const envOf = await options.envOf?.({ databaseUrl, natsUrl: operatorUrl, redisUrl: redis.url })
    const cluster = await keep(
      startCluster({
        ...more,
        servers: { databaseUrl, natsUrl: operatorUrl, redisUrl: redis.url },
        envOf: (name, kind) => ({
          DATABASE_URL: linked(kind, 'postgres')?.url ?? databaseUrl,
          NATS_URL: (size === 1 ? linked(kind, 'nats')?.url : undefined) ?? operatorUrl,
          REDIS_URL: linked(kind, 'redis')?.url ?? redis.url,
          ...envOf?.(name, kind),
        }),
        env: {
          ...{ NODE_ENV: 'test', LOG_LEVEL: logLevel, JWT_SECRET: jwtSecret },
          NOTIFY_DELAY_MS: String(NOTIFY_DELAY_MS),
          ...(size > 1 && { NATS_REPLICAS: String(Math.min(size, MOST_REPLICAS)) }),
          ...more?.env,
        },
        log(line) {
          const name = /^(\S+) ended /.exec(line)?.[1]
          if (name === undefined) log(line)
          else if (!dying.has(name)) crashed(name, lastWords(line))
        },
      }),
    )
    return {
      cluster,
      servers: { postgres, nats, redis },
      natsServers,
      pairs,
      links,
      databaseUrl,
      natsUrl: operatorUrl,
      jwtSecret,
      notifyDelayMs: NOTIFY_DELAY_MS,
      dying,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

const serverOf = (pair: Pair) => pair.slice(pair.indexOf('-') + 1) as ServerName

/** infra/nats.conf, with more lines in a file of its own. */
async function natsConfiguration(more: string | undefined) {
  if (more === undefined) return { file: NATS_CONFIG, async [Symbol.asyncDispose]() {} }
  const folder = await mkdtemp(join(tmpdir(), 'parley-nats-config-'))
  const file = join(folder, 'nats.conf')
  await writeFile(file, `${await readFile(NATS_CONFIG, 'utf8')}\n${more}\n`)
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** A process's last lines as people want them: of a JSON line its message and its error, and nothing at great length. */
function lastWords(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      try {
        const { msg, err } = JSON.parse(line) as { msg?: string; err?: { stack?: string; message?: string } }
        return `${msg}: ${(err?.stack ?? err?.message ?? '').split('\n').slice(0, 3).join(' ')}`
      } catch {
        return line
      }
    })
    .map((line, index) => `${index === 0 ? '' : '      '}${line.slice(0, 300)}`)
    .filter((line, index, all) => index === 0 || line !== all[index - 1])
    .slice(0, 8)
    .join('\n')
}
