import { parseArgs } from 'node:util'

export interface ClusterConfig {
  port: number
  host: string
  conversations: number
  gateways: number
  storages: number
  notifiers: number
  verbose: boolean
  servers: { databaseUrl: string | undefined; natsUrl: string | undefined; redisUrl: string | undefined }
}

export const USAGE = `npm run cluster -- [--verbose] [--conversations 2] [--gateways 2] [--storages 2] [--notifiers 2]

  PORT, HOST                           where the whole cluster listens (8080, 127.0.0.1)
  DATABASE_URL, NATS_URL, REDIS_URL    servers to use instead of private ones, whose data goes with the cluster
  Everything else in the environment (JWT_SECRET, LOG_LEVEL, ...) reaches the services as it is.`

/** Reads the command line and the environment. Throws one Error that names everything that is wrong. */
export function readConfig(args: string[], env: NodeJS.ProcessEnv): ClusterConfig {
  const { values } = parseArgs({
    args,
    options: {
      verbose: { type: 'boolean', default: false },
      conversations: { type: 'string', default: '2' },
      gateways: { type: 'string', default: '2' },
      storages: { type: 'string', default: '2' },
      notifiers: { type: 'string', default: '2' },
    },
  })
  const wrong: string[] = []
  const whole = (name: string, text: string, least: number, most: number) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < least || number > most)
      wrong.push(`${name} must be ${least} to ${most}: ${text}`)
    return number
  }
  const config = {
    port: whole('PORT', env.PORT || '8080', 0, 65_535),
    host: env.HOST || '127.0.0.1',
    conversations: whole('--conversations', values.conversations, 1, 32),
    gateways: whole('--gateways', values.gateways, 1, 32),
    storages: whole('--storages', values.storages, 1, 32),
    notifiers: whole('--notifiers', values.notifiers, 1, 32),
    verbose: values.verbose,
    servers: {
      databaseUrl: env.DATABASE_URL || undefined,
      natsUrl: env.NATS_URL || undefined,
      redisUrl: env.REDIS_URL || undefined,
    },
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return config
}
