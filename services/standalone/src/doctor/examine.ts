import { withoutCredentials } from '@parley/runtime'
import { bus } from './check-bus.ts'
import { database } from './check-database.ts'
import { attachments, mail, pushes, redis, scanner, webhooks } from './check-parts.ts'
import { disk, nodeVersion, origins, ports, proxies, reasonOf, tokens, traces } from './check-process.ts'
import { type Check, type Finding, type Patient, SERVICES, type ServiceName, saying } from './finding.ts'
import { readSettings } from './read-settings.ts'

/** The longest that a check may take; what it asks has shorter deadlines of its own. */
const CHECK_MS = 15_000

const CHECKS: readonly Check[] = [
  ...[nodeVersion, tokens, origins, proxies, ports, database, bus, redis, disk, attachments, scanner],
  ...[mail, pushes, webhooks, traces],
]

/** What is shorter is a word like any other. */
const SHORTEST_SECRET = 8

type Env = Record<string, string | undefined>

export interface Examination {
  env: Env
  /** Whose settings these are; undefined: of all services in one process. */
  service?: ServiceName | undefined
  /** Told of each finding as soon as those before it are known. */
  tell?: (finding: Finding) => void
  /** Told what is waited for. */
  waitingFor?: (check: string) => void
  checkMs?: number
}

/** Looks at everything that a deployment with these settings stands on. All at once, told in order; nothing is changed. */
export async function examine({
  env,
  service,
  tell = () => {},
  waitingFor = () => {},
  checkMs = CHECK_MS,
}: Examination): Promise<Finding[]> {
  const secrets = secretsOf(env)
  const { config, findings } = readSettings(env, service)
  const patient: Patient = {
    config,
    services: service ? [service] : SERVICES,
    isProduction: env.NODE_ENV === 'production',
  }
  const all: Finding[] = []
  const add = (finding: Finding) => {
    const clean = { ...finding, says: withoutSecrets(finding.says, secrets) }
    all.push(clean)
    tell(clean)
  }
  for (const finding of findings) add(finding)
  const looks = CHECKS.filter(({ of }) => !of || patient.services.some((one) => of.includes(one))).map((check) => ({
    name: check.name,
    findings: within(check, patient, checkMs),
  }))
  for (const { name, findings } of looks) {
    waitingFor(name)
    for (const finding of await findings) add(finding)
  }
  return all
}

/** Never rejects, and is never late. */
async function within({ name, look }: Check, patient: Patient, checkMs: number): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding[]>((resolve) => {
    const finding = saying(name).wrong(`no answer within ${checkMs / 1_000} s`, 'is it reachable from here?')
    timer = setTimeout(() => resolve([finding]), checkMs)
  })
  try {
    return await Promise.race([Promise.resolve().then(() => look(patient)), late])
  } catch (err) {
    return [saying(name).wrong(reasonOf(err), 'see what it says')]
  } finally {
    clearTimeout(timer)
  }
}

/** What drivers and servers say may quote what they were given. */
function secretsOf(env: Env): string[] {
  const named = Object.entries(env).flatMap(([name, value]) =>
    /SECRET|KEY|PASS|TOKEN|ACCOUNT/.test(name) && value && value.length >= SHORTEST_SECRET ? value : [],
  )
  const inUrls = Object.values(env).flatMap((value) => {
    const given = /^[a-z][a-z0-9+.-]*:\/\/[^@/\s]*?:([^@\s]+)@/i.exec(value ?? '')?.[1]
    return given ? [given, decoded(given)] : []
  })
  return [...named, ...inUrls].sort((a, b) => b.length - a.length)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '***'), withoutCredentials(text))
}
