import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type EdgeProxy, startProxy } from '@parley/edge'
import {
  canBind,
  freePort,
  freshDatabase,
  startNats,
  startPostgres,
  startRedis,
  type TestServer,
} from '@parley/testkit'
import { NATS_CONFIG, type NatsUser, natsEnvironment, natsPasswords, natsUrl } from './nats-users.ts'
import { type ServiceProcess, startService } from './service-process.ts'

export type Kind = 'conversation' | 'gateway' | 'storage' | 'notifier'

export interface ClusterOptions {
  /** Conversation replicas. Default 2. */
  conversations?: number
  /** Gateways. Default 2. */
  gateways?: number
  /** Storage processes, which share a folder. Default 2. */
  storages?: number
  /** Notification workers. Default 2. */
  notifiers?: number
  /** The port of the whole. Default 0: any free one. */
  port?: number
  /** Where that port listens. Default 127.0.0.1. */
  host?: string
  /** Servers to use instead of our own. A NATS URL has its own credentials; all kinds of service then use them. */
  servers?: { databaseUrl?: string | undefined; natsUrl?: string | undefined; redisUrl?: string | undefined }
  /** The services' programs. Default: `dist/main.js` of each, which has to be built. */
  mains?: Record<Kind, string>
  /** Where the processes write their logs. Default: a new folder, which stays. */
  logFolder?: string
  /** More environment for every service, such as `{ LOG_LEVEL: 'warn' }`. */
  env?: Record<string, string>
  /** What one process has otherwise than the others: by its name, such as `gateway-1`, after everything else. */
  envOf?: (name: string, kind: Kind) => Record<string, string>
  /** Called with progress, and with the last words of a process that died. */
  log?: (line: string) => void
}

export interface Cluster extends AsyncDisposable {
  readonly url: string
  readonly processes: readonly ServiceProcess[]
  /** `url` is what the services were given; `server` can be killed and restarted when it is our own. */
  readonly postgres: ClusterServer
  readonly nats: ClusterServer
  readonly redis: ClusterServer
  /** NATS as the host's backend reaches it, with its credentials; undefined where the server is not our own. */
  readonly hostNatsUrl: string | undefined
  /** Where the processes write their logs. It stays when the cluster stops. */
  readonly logFolder: string
  /** Where the storage processes keep attachments. It goes when the cluster stops. */
  readonly dataFolder: string
  /** Services first, so that they can finish what they began; then the servers. Can be called twice. */
  stop(): Promise<void>
}

export interface ClusterServer {
  readonly url: string
  readonly server: TestServer
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * Starts the whole system as it runs in production, on this machine: Postgres, NATS with the credentials of
 * infra/nats.conf, Redis, several processes of each service, and a proxy before them. Our own servers are private and
 * their data goes when the cluster stops. Needs the built services; rejects, and leaves nothing running, when one of
 * them does not become ready.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const log = options.log ?? (() => {})
  const mains = options.mains ?? {
    conversation: mainOf('conversation'),
    gateway: mainOf('gateway'),
    storage: mainOf('storage'),
    notifier: mainOf('notifier'),
  }
  // Asked first: the proxy starts last, and a taken port would be noticed only then.
  if (options.port && !(await canBind(options.port)))
    throw new Error(`Port ${options.port} is taken: set PORT to another`)
  const wholePort = options.port || (await freePort())
  const logFolder = options.logFolder ?? (await mkdtemp(join(tmpdir(), 'parley-cluster-')))
  const dataFolder = await mkdtemp(join(tmpdir(), 'parley-cluster-data-'))
  const started: Started = { services: [], servers: [], dataFolder }
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopAll(started)
    return stopping
  }
  try {
    const servers = await startServers(options.servers ?? {}, started.servers)
    log('Postgres, NATS and Redis are up')
    const start = async (kind: Kind, count: number) => {
      const ports = await Promise.all(Array.from({ length: count }, () => Promise.all([freePort(), freePort()])))
      const all = ports.map(async ([port, metricsPort], index) => {
        const name = `${kind}-${index + 1}`
        const service = await startService({
          name,
          main: mains[kind],
          port,
          logFile: join(logFolder, `${name}.log`),
          env: {
            ...options.env,
            HOST: '127.0.0.1',
            PORT: String(port),
            METRICS_PORT: String(metricsPort),
            DATABASE_URL: servers.postgres.url,
            NATS_URL: servers.natsUrl(kind),
            REDIS_URL: servers.redis.url,
            PARLEY_DATA: dataFolder,
            // whichever is ready
            STORAGE_URL: `http://127.0.0.1:${wholePort}`,
            ...options.envOf?.(name, kind),
          },
          died: log,
        })
        started.services.push(service)
        return service
      })
      return await allOrNone(all)
    }
    const conversations = await start('conversation', options.conversations ?? 2)
    const storages = await start('storage', options.storages ?? 2)
    const notifiers = await start('notifier', options.notifiers ?? 2)
    const gateways = await start('gateway', options.gateways ?? 2)
    const webFolder = join(ROOT, 'services/web/dist')
    const proxy = await startProxy({
      conversations,
      gateways,
      storages,
      notifiers,
      host: options.host ?? '127.0.0.1',
      port: wholePort,
      webFolder: existsSync(join(webFolder, 'index.html')) ? webFolder : undefined,
    })
    started.proxy = proxy
    const { postgres, nats, redis, hostNatsUrl } = servers
    const processes = [...conversations, ...gateways, ...storages, ...notifiers]
    return {
      url: proxy.url,
      processes,
      postgres,
      nats,
      redis,
      hostNatsUrl,
      logFolder,
      dataFolder,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function mainOf(service: string): string {
  const main = join(ROOT, 'services', service, 'dist/main.js')
  if (!existsSync(main)) throw new Error(`${main} does not exist: run \`npm run build\` first`)
  return main
}

async function startServers(given: NonNullable<ClusterOptions['servers']>, started: TestServer[]) {
  const passwords = natsPasswords()
  const from = (url: string | undefined) => (url ? { url } : { own: true as const })
  const keep = async (starting: Promise<TestServer>) => {
    const server = await starting
    started.push(server)
    return server
  }
  const [postgres, nats, redis] = await allOrNone([
    keep(startPostgres(from(given.databaseUrl))),
    keep(startNats({ ...from(given.natsUrl), config: NATS_CONFIG, env: natsEnvironment(passwords) })),
    keep(startRedis(from(given.redisUrl))),
  ])
  const databaseUrl = given.databaseUrl ?? (await freshDatabase(postgres.url, { name: 'parley' })).url
  const natsUrlOf = (user: NatsUser) => given.natsUrl ?? natsUrl(nats.url, user, passwords)
  return {
    postgres: { server: postgres, url: databaseUrl },
    nats: { server: nats, url: natsUrlOf('operator') },
    redis: { server: redis, url: redis.url },
    hostNatsUrl: given.natsUrl ? undefined : natsUrlOf('host'),
    natsUrl: natsUrlOf,
  }
}

/** Like Promise.all, but waits for all of them before it rejects: what has started by then can be stopped. */
async function allOrNone<Values extends readonly unknown[]>(
  promises: {
    [Index in keyof Values]: Promise<Values[Index]>
  },
): Promise<Values> {
  await Promise.allSettled(promises)
  return (await Promise.all(promises)) as unknown as Values
}

interface Started {
  services: ServiceProcess[]
  servers: TestServer[]
  proxy?: EdgeProxy
  /** Attachments: they go with the rows that know of them. */
  dataFolder: string
}

async function stopAll(started: Started): Promise<void> {
  await Promise.all(started.services.map((service) => service.stop()))
  await started.proxy?.close()
  await Promise.all(started.servers.map((server) => server.stop()))
  await rm(started.dataFolder, { recursive: true, force: true })
}
