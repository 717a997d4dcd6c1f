import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from './engine.ts'
import { SERVICES } from './services.ts'

interface Service {
  image?: string
  build?: { target?: string }
  read_only?: boolean
  cap_drop?: string[]
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: unknown
  depends_on?: Record<string, { condition: string }>
  volumes?: string[]
  profiles?: string[]
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}

const read = (file: string) => readFileSync(`${ROOT}infra/${file}`, 'utf8')
const composeOf = (file: string): Compose =>
  parse(read(file), { merge: true, logLevel: 'error', customTags: ['reset', 'override'].map(asItStands) })

/** Compose's own tags: what they stand before counts here. */
function asItStands(name: string) {
  return { tag: `!${name}`, collection: 'seq' as const }
}

const OURS = SERVICES.filter((name) => name !== 'standalone')
const base = composeOf('compose.yaml')
const production = composeOf('compose.production.yaml')

describe('infra/compose.yaml', () => {
  it('brings up every service from an image that the Dockerfile makes, unable to write or to gain rights', () => {
    for (const name of OURS) {
      const service = base.services[name]
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'], build: { target: name } })
      expect(service?.image).toBe(`parley/${name}:\${PARLEY_TAG:-latest}`)
    }
  })

  it('asks every server whether it is well, and starts nothing before those that it stands on', () => {
    for (const [name, service] of Object.entries(base.services))
      if (!OURS.some((ours) => ours === name)) expect(service.healthcheck, name).toBeDefined()
    for (const name of ['conversation', 'gateway', 'storage', 'notifier'])
      for (const depended of Object.values(base.services[name]?.depends_on ?? {}))
        expect(depended.condition).toBe('service_healthy')
    expect(Object.keys(base.services.storage?.depends_on ?? {})).toContain('s3')
  })

  it('publishes nothing to other machines, and keeps everything in volumes that it names', () => {
    for (const { ports = [], volumes = [] } of Object.values(base.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
      for (const volume of volumes)
        if (!volume.startsWith('.')) expect(Object.keys(base.volumes)).toContain(volume.split(':')[0])
    }
  })
})

describe('infra/compose.production.yaml', () => {
  /** As Compose lays one file over the other. */
  const merged = Object.entries(base.services).map(([name, service]) => {
    const over = production.services[name]
    return { name, ...service, ...over, environment: { ...service.environment, ...over?.environment } }
  })
  const isSecret = (name: string) => /PASSWORD|SECRET|ACCESS_KEY|WEBHOOK_KEY|DATABASE_URL|NATS_URL/.test(name)
  /** One of three suffices for tokens, which a service says itself: it refuses to start. */
  const ofTokens = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL']

  it('has no secret that a default stands for, and starts nothing without each of them', () => {
    // what was good before, and what a feature brings that may be off
    const mayBeUnset = (value: string, variable: string) =>
      value === `\${${variable}:-}` && /OTHER|INBOUND/.test(variable)
    const secrets = merged
      .filter(({ profiles }) => !profiles)
      .flatMap(({ name, environment }) => Object.entries(environment).map((entry) => [name, ...entry] as const))
      .filter(
        ([, variable, value]) => isSecret(variable) && !ofTokens.includes(variable) && !mayBeUnset(value, variable),
      )
    expect(secrets.length).toBeGreaterThan(20)
    for (const [name, variable, value] of secrets) {
      expect(value, `${name} ${variable}`).toMatch(/\$\{\w+:\?/)
      // a user's name is none
      expect(value.replaceAll(/\$\{PARLEY_\w+_USER:-\w+\}/g, ''), `${name} ${variable}`).not.toMatch(/\$\{\w+:-[^}]/)
    }
    expect(read('compose.production.yaml')).not.toMatch(/-dev\b/)
  })

  it('hands on every setting that there is, by its name, but for those that it decides itself', () => {
    /** Why each is left out. */
    const decided: Record<string, string> = {
      ...{ NODE_ENV: 'production', REDIS_URL: 'its own Redis', STORAGE_URL: 'its own storage service' },
      ...{ PORT: 'as images have it', HOST: 'as images have it', PARLEY_DATA: 'a volume' },
      ...{ DATABASE_URL: 'its own Postgres, by PARLEY_DATABASE_USER', NATS_URL: 'its own NATS, by PARLEY_NATS_*_USER' },
      ...{ S3_PUBLIC_ENDPOINT: 'PARLEY_S3_*', S3_ACCESS_KEY: 'PARLEY_S3_*', S3_SECRET_KEY: 'PARLEY_S3_*' },
      MAIL_LISTEN: 'a port more, which is published and has TLS ended before it by whoever wants it',
      ...{ EDGE_CONVERSATIONS: 'names of services here', EDGE_GATEWAYS: 'the same' },
      ...{ EDGE_STORAGES: 'the same', EDGE_NOTIFIERS: 'the same' },
    }
    const settings = readFileSync(`${ROOT}README.md`, 'utf8').match(/(?<=^\| `)[A-Z0-9_]+(?=` \|)/gm) ?? []
    expect(settings.length).toBeGreaterThan(50)
    const handedOn = new Set(
      merged
        .filter(({ name }) => OURS.some((ours) => ours === name))
        .flatMap(({ environment }) =>
          Object.entries(environment).flatMap(([name, value]) =>
            String(value).startsWith(`\${${name}:`) ? [name] : [],
          ),
        ),
    )
    expect(settings.filter((name) => !handedOn.has(name)).toSorted()).toEqual(Object.keys(decided).toSorted())
  })

  it('goes by the users that it is told to, so that one gives way to another', () => {
    for (const { name, environment } of merged.filter(({ environment }) => environment.NATS_URL)) {
      expect(environment.NATS_URL).toContain(`//\${PARLEY_NATS_${name.toUpperCase()}_USER:-${name}}:`)
      expect(environment.DATABASE_URL).toMatch(/\/\/\$\{PARLEY_DATABASE_USER:-parley\}:/)
    }
  })

  it('is strict in every service, publishes the edge alone, and sends mail', () => {
    for (const { name, environment, ports = [], profiles } of merged) {
      if (name === 'edge') expect(ports).toHaveLength(1)
      else expect(ports, name).toEqual([])
      if (environment.REDIS_URL) expect(environment.NODE_ENV, name).toBe('production')
      if (name === 'mail') expect(profiles).toEqual(['development'])
    }
  })

  it('has all that it wants in the example of its variables, without a value', () => {
    const wanted = new Set([...read('compose.production.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))
    const shown = [...read('production.env.example').matchAll(/^(\w+)=(.*)$/gm)]
    for (const name of [...wanted, ...ofTokens]) expect(shown.map(([, shownName]) => shownName)).toContain(name)
    for (const [, name, value] of shown) expect(value, name).toBe('')
  })
})
