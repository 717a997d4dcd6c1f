import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { ConfigError, readConfig } from './config.ts'
import { signDevelopmentToken } from './development-token.ts'
import { identitySettings } from './settings.ts'
import { DEVELOPMENT_SECRET } from './signing-keys.ts'

const USAGE = `Usage: npm run token -- --user <id> [options]

  --user <id>       who the token is for
  --role <word>     the host's word: customer, provider, ...; admin and service have rights of their own
  --tenant <id>     default: default
  --name <text>     the name that others see
  --picture <url>   the avatar that others see
  --ttl <time>      how long it lasts: 90s, 15m, 12h, 7d (default: 1d)
`

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
const MAX_TTL_S = 365 * 86_400

export interface TokenCommandIo {
  env: NodeJS.ProcessEnv
  stdout(text: string): void
  stderr(text: string): void
}

/**
 * `npm run token`: prints a development token and nothing else on stdout; everything said to people goes to stderr.
 * Returns the exit code: 0, 1 where no token may be signed, 2 for wrong arguments.
 */
export function runTokenCommand(args: string[], { env, stdout, stderr }: TokenCommandIo): 0 | 1 | 2 {
  let input: ReturnType<typeof parse>
  try {
    input = parse(args)
  } catch (err) {
    stderr(`${(err as Error).message}\n\n${USAGE}`)
    return 2
  }
  if (input === 'help') {
    stderr(USAGE)
    return 0
  }
  try {
    if (env.NODE_ENV === 'production') throw new Error("Refused in production: tokens are the host's to issue")
    const config = readConfig(Type.Object(identitySettings), env)
    const token = signDevelopmentToken(input, config)
    stderr(`For ${input.userId}, ${input.role ?? 'no role'}; send it as Authorization: Bearer <token>.\n`)
    if ((config.JWT_SECRET ?? DEVELOPMENT_SECRET) === DEVELOPMENT_SECRET)
      stderr('Signed with the development secret: no production process accepts it.\n')
    stdout(`${token}\n`)
    return 0
  } catch (err) {
    stderr(`${err instanceof ConfigError ? err.message : (err as Error).message}\n`)
    return 1
  }
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    strict: true,
    options: {
      user: text,
      role: text,
      tenant: text,
      name: text,
      picture: text,
      ttl: text,
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { user, ttl, help, ...claims } = values
  if (help) return 'help'
  if (!user) throw new Error('--user is missing')
  return { userId: user, ...claims, ...(ttl !== undefined && { expiresIn: toSeconds(ttl) }) }
}

function toSeconds(ttl: string): number {
  const [, count = '', unit = ''] = /^(\d{1,8})([smhd])$/.exec(ttl) ?? []
  const seconds = Number(count) * (unitSeconds[unit] ?? 0)
  if (seconds < 1 || seconds > MAX_TTL_S) throw new Error('--ttl is not a time up to 365d such as 90s, 15m, 12h or 7d')
  return seconds
}
