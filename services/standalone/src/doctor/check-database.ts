import { inspectPostgres, type OwnerFacts, type PostgresFacts } from '@parley/database'
import { owners } from '../owners.ts'
import { type Check, type Finding, type Patient, type ServiceName, saying } from './finding.ts'

/** What is no longer mended by its makers, and what this house is not tested on. */
const OLDEST = 140_000
/** Connections of one process: those of its pool, and those that batches, receipts and readiness have of their own. */
const CONNECTIONS: Partial<Record<ServiceName, number>> = { conversation: 14, storage: 11, notifier: 11 }
/** Calls say until when they are worth doing, by the caller's clock. Milliseconds. */
const SKEW_MS = 1_000
const WRONG_SKEW_MS = 30_000

const { ok, warning, wrong } = saying('database')

export const database: Check = {
  name: 'database',
  of: ['conversation', 'storage', 'notifier'],
  async look(patient) {
    const { DATABASE_URL: url, PARLEY_DATA: folder } = patient.config
    if (url === undefined) {
      const says = `embedded, in ${folder}: for one process`
      return [patient.isProduction ? warning(says, 'set DATABASE_URL to a Postgres') : ok(says)]
    }
    const concerned = owners.filter(({ name }) => patient.services.includes(name as ServiceName))
    const facts = await inspectPostgres(url, concerned).catch((err: Error) => err)
    if (facts instanceof Error) return [wrong(facts.message, 'DATABASE_URL, or the server')]
    return [
      ...serverFindings(facts, patient),
      clockFinding(facts),
      roomFinding(facts, patient),
      ...facts.owners.flatMap(ownerFindings),
    ]
  },
}

function serverFindings({ version, versionNumber, isStandby, isEncrypted, settings }: PostgresFacts, patient: Patient) {
  const { isProduction, config } = patient
  const findings: Finding[] = []
  if (versionNumber < OLDEST) findings.push(wrong(`Postgres ${version} is too old`, 'upgrade to 15 or later'))
  if (isStandby)
    findings.push(wrong('the server is a standby, which takes no writes', 'DATABASE_URL: name the primary'))
  const off = Object.entries(settings).flatMap(([name, value]) => (value === 'off' ? name : []))
  if (off.length > 0)
    findings.push(
      (isProduction ? wrong : warning)(
        `${off.join(', ')} is off: what was acknowledged is lost when the server crashes`,
        `set ${off.map((name) => `${name} = on`).join(', ')} in postgresql.conf`,
      ),
    )
  const { hostname } = new URL(config.DATABASE_URL!)
  if (isProduction && !isEncrypted && !['localhost', '127.0.0.1', '[::1]', ''].includes(hostname))
    findings.push(warning(`the connection to ${hostname} is not encrypted`, 'add sslmode=verify-full to DATABASE_URL'))
  return findings.length > 0 ? findings : [ok(`Postgres ${version}, and it keeps what it has acknowledged`)]
}

function clockFinding({ clockAheadMs }: PostgresFacts): Finding {
  const distance = Math.abs(clockAheadMs)
  if (distance < SKEW_MS) return ok('its clock is as ours')
  const says = `its clock is ${(distance / 1_000).toFixed(1)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} ours`
  return (distance < WRONG_SKEW_MS ? warning : wrong)(says, 'have both machines keep time by NTP')
}

function roomFinding({ connections: { most, used } }: PostgresFacts, { services }: Patient): Finding {
  const needed = services.reduce((sum, service) => sum + (CONNECTIONS[service] ?? 0), 0)
  const says = `${used} of ${most} connections are taken; a process opens up to ${needed}`
  const change = 'raise max_connections in postgresql.conf, or run fewer processes'
  if (most < needed) return wrong(says, change)
  return most - used < needed ? warning(says, change) : ok(says)
}

function ownerFindings({ name, role, missing, unknown, unbound, mayStepDown }: OwnerFacts): Finding[] {
  const migrate = 'npm run migrate'
  if (missing.length > 0) {
    const some =
      missing.length > 3 ? `${missing.slice(0, 3).join(', ')} and ${missing.length - 3} more` : missing.join(', ')
    return [wrong(`${name}: not migrated: ${some}`, `${migrate}; a process that starts does it too`)]
  }
  const findings: Finding[] = []
  if (unknown.length > 0)
    findings.push(
      warning(`${name}: a later release has migrated: ${unknown.join(', ')}`, 'run this release only beside that one'),
    )
  if (!mayStepDown)
    findings.push(wrong(`${name}: the login may not become ${role}`, `GRANT ${role} TO the user of DATABASE_URL`))
  if (unbound !== undefined)
    findings.push(
      wrong(
        `${name}: row-level security does not keep tenants apart: ${unbound}`,
        `ALTER ROLE ${role}, or what it owns`,
      ),
    )
  return findings.length > 0 ? findings : [ok(`${name}: migrated, and bound by row-level security as ${role}`)]
}
