import { type CommandContext, misused } from '@parley/database'
import { examine } from './examine.ts'
import { type Finding, SERVICES, type ServiceName } from './finding.ts'

const USAGE = `npm run doctor -- [--service ${SERVICES.join('|')}] [--json]`
/** What is asked for this long is said to be waited for. */
const PATIENCE_MS = 1_000

/**
 * `npm run doctor -- [--service <name>] [--json]`: says of what a deployment stands on whether it is right, with the same environment as the
 * services: a line for each check, or JSON. Returns the exit code: 1 where something is wrong.
 */
export async function doctorCommand(args: string[], context: CommandContext): Promise<number> {
  const left = args.filter((arg) => arg !== '--json')
  const isJson = left.length < args.length
  const service = left[0] === '--service' ? left[1] : undefined
  const isRight = left.length === 0 || (left.length === 2 && SERVICES.includes(service as ServiceName))
  if (!isRight) return misused(context, USAGE)
  const { stdout, stderr, env } = context
  let waiting: NodeJS.Timeout | undefined
  const findings = await examine({
    env,
    service: service as ServiceName | undefined,
    tell: (finding) => isJson || stdout(lineOf(finding)),
    waitingFor(check) {
      clearTimeout(waiting)
      waiting = setTimeout(() => stderr(`         waiting for ${check}\n`), PATIENCE_MS)
    },
  })
  clearTimeout(waiting)
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length
  const [wrong, warnings] = [count('wrong'), count('warning')]
  if (isJson) stdout(`${JSON.stringify({ ok: wrong === 0, findings }, null, 2)}\n`)
  else
    stdout(
      `\n${wrong === 0 ? 'Nothing is wrong' : `Wrong: ${wrong}`}${warnings > 0 ? `, warnings: ${warnings}` : ''}\n`,
    )
  return wrong > 0 ? 1 : 0
}

function lineOf({ check, status, says, change }: Finding): string {
  const line = `${status.padEnd(8)} ${check.padEnd(13)} ${says.replaceAll(/\s+/g, ' ')}`
  return `${line}${change === undefined ? '' : ` -> ${change}`}\n`
}
