import { Config as ConversationConfig } from '@parley/conversation'
import { Config as GatewayConfig } from '@parley/gateway'
import { Config as NotifierConfig } from '@parley/notifier'
import { ConfigError, readConfig } from '@parley/runtime'
import { Config as StorageConfig } from '@parley/storage'
import { Config } from '../config.ts'
import { type Finding, type ServiceName, saying } from './finding.ts'

type Env = Record<string, string | undefined>

const ofService = {
  conversation: ConversationConfig,
  gateway: GatewayConfig,
  storage: StorageConfig,
  notifier: NotifierConfig,
} as const

const { ok, wrong } = saying('settings')

/** Reads the settings as the services do. Each that is wrong is a finding; what cannot be read is left out for what is looked at afterwards. */
export function readSettings(env: Env, service: ServiceName | undefined): { config: Config; findings: Finding[] } {
  const schema = (service ? ofService[service] : Config) as typeof Config
  const findings = problemsOf(schema, env).map(({ name, detail }) => wrong(`${name} ${detail}`, name))
  return { config: asFarAsReadable(env), findings: findings.length > 0 ? findings : [ok('all can be read')] }
}

function problemsOf(schema: typeof Config, env: Env): ConfigError['problems'] {
  try {
    readConfig(schema, env)
    return []
  } catch (err) {
    if (err instanceof ConfigError) return err.problems
    throw err
  }
}

/** Also what production alone refuses: it is looked at all the same. */
function asFarAsReadable(env: Env): Config {
  const left: Env = { ...env, NODE_ENV: 'test' }
  const forget = (names: readonly string[]) => names.forEach((name) => void delete left[name])
  forget(problemsOf(Config, left).map(({ name }) => name))
  // two ways to verify tokens exclude each other, whichever of them is left out
  if (problemsOf(Config, left).length > 0) forget(['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'])
  const { NODE_ENV } = env
  return {
    ...readConfig(Config, left),
    NODE_ENV: NODE_ENV === 'production' || NODE_ENV === 'test' ? NODE_ENV : 'development',
  }
}
