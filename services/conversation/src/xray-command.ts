import type { MessageXray } from '@parley/contracts'
import { type CommandContext, misused } from '@parley/database'
import { ConfigError, identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'

const USAGE = 'npm run xray -- <message id> [--url http://localhost:8080] [--tenant default] [--json]'
const FLAGS = ['--url', '--tenant']
const ANSWER_MS = 10_000

/**
 * `npm run xray -- <message id>`: says what has become of a message, as `GET /v1/admin/messages/{id}/xray` does. Asks with `PARLEY_TOKEN`, an
 * admin's; where the process may sign tokens for development, with one of those. Returns the exit code.
 */
export async function xrayCommand(args: string[], context: CommandContext): Promise<number> {
  const { env, stdout, stderr } = context
  const [messageId, ...left] = args.filter((arg) => arg !== '--json')
  const said = new Map<string, string>()
  for (let i = 0; i < left.length; i += 2) said.set(left[i]!, left[i + 1] ?? '')
  const isRight = [...said].every(([flag, value]) => FLAGS.includes(flag) && value !== '')
  if (!messageId || messageId.startsWith('-') || !isRight) return misused(context, USAGE)
  const url = said.get('--url') ?? `http://localhost:${env.PORT || 8080}`
  try {
    const authorization = `Bearer ${tokenFor(said.get('--tenant') ?? 'default', env)}`
    const response = await fetch(`${url}/v1/admin/messages/${encodeURIComponent(messageId)}/xray`, {
      ...{ headers: { authorization }, signal: AbortSignal.timeout(ANSWER_MS) },
    })
    const answer = (await response.json()) as MessageXray & { title?: string; detail?: string }
    if (!response.ok) throw new Error(`${response.status} ${answer.detail ?? answer.title ?? ''}`.trim())
    stdout(args.includes('--json') ? `${JSON.stringify(answer, null, 2)}\n` : inWords(answer))
    return 0
  } catch (err) {
    const { message, cause } = err as Error
    const why = cause instanceof Error ? ` (${cause.message || (cause as { code?: string }).code})` : ''
    stderr(`${err instanceof ConfigError ? message : `${url}: ${message}${why}`}\n`)
    return 1
  }
}

function tokenFor(tenant: string, env: CommandContext['env']): string {
  if (env.PARLEY_TOKEN) return env.PARLEY_TOKEN
  const config = readConfig(Type.Object(identitySettings), env)
  if (config.NODE_ENV === 'production' || config.JWT_PUBLIC_KEY || config.JWT_JWKS_URL)
    throw new Error('set PARLEY_TOKEN to a token of an admin')
  return signDevelopmentToken({ userId: 'operator', role: 'admin', tenant, expiresIn: 60 }, config)
}

/** A line for each step, with how long after the first it was. */
function inWords({ messageId, conversationId, seq, type, senderId, steps }: MessageXray): string {
  const began = steps.find(({ at }) => at !== null)?.at
  const lines = steps.map(({ step, at, who, says }) => {
    const after = at && began ? `+${Date.parse(at) - Date.parse(began)} ms` : ''
    return `${(at ?? '-').padEnd(26)}${after.padStart(10)}  ${step.padEnd(10)}${says}${who === null ? '' : ` (${who})`}`
  })
  const title = `Message ${messageId}: ${type}${senderId ? ` of ${senderId}` : ''}, number ${seq} of conversation ${conversationId}`
  return `${[title, ...lines].join('\n')}\n`
}
