import { randomBytes } from 'node:crypto'
import { type Cluster, NATS_CONFIG, natsEnvironment, natsPasswords, natsUrl, startCluster } from '@parley/cluster'
import { freshDatabase, type OwnedServer, startNats, startPostgres, startRedis } from '@parley/testkit'
import { openTcpLink, type TcpLink } from './tcp-link.ts'

export type ServerName = 'postgres' | 'nats' | 'redis'

/** The system under test and everything of it that can be broken. */
export interface World extends AsyncDisposable {
  readonly cluster: Cluster
  readonly servers: Record<ServerName, OwnedServer>
  /** What stands between the services and each server. */
  readonly links: Record<ServerName, TcpLink>
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
}

const NOTIFY_DELAY_MS = 2_000

/** Starts two of each service behind a proxy, over servers of our own, each behind a link. */
export async function startWorld({ logLevel, log, crashed }: WorldOptions): Promise<World> {
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
    const nats = await keep(startNats({ own: true, config: NATS_CONFIG, env: natsEnvironment(passwords) }))
    const redis = await keep(startRedis({ own: true }))
    const databaseUrl = (await freshDatabase(postgres.url, { name: 'parley' })).url
    const operatorUrl = natsUrl(nats.url, 'operator', passwords)
    const links = {
      postgres: await keep(openTcpLink('postgres', databaseUrl)),
      nats: await keep(openTcpLink('nats', operatorUrl)),
      redis: await keep(openTcpLink('redis', redis.url)),
    }
    const jwtSecret = randomBytes(32).toString('hex')
    const dying = new Set<string>()
    const cluster = await keep(
      startCluster({
        servers: { databaseUrl: links.postgres.url, natsUrl: links.nats.url, redisUrl: links.redis.url },
        env: {
          ...{ NODE_ENV: 'test', LOG_LEVEL: logLevel, JWT_SECRET: jwtSecret },
          NOTIFY_DELAY_MS: String(NOTIFY_DELAY_MS),
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
