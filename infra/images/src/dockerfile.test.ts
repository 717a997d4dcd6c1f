import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROOT } from './engine.ts'
import { SERVICES } from './services.ts'

const text = readFileSync(`${ROOT}infra/images/Dockerfile`, 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')

/** Instructions of each stage, by its name, with those of the stage that it is made from. */
const stages = new Map<string, { from: string; lines: string[] }>()
for (const stage of text.split(/^(?=FROM )/m).slice(1)) {
  const [first = '', ...lines] = stage.split('\n').filter(Boolean)
  const [, from = '', name = ''] = /^FROM (\S+) AS (\S+)$/.exec(first) ?? []
  stages.set(name, { from, lines: [...(stages.get(from)?.lines ?? []), ...lines] })
}
const linesOf = (service: string) => stages.get(service)?.lines ?? []
const last = (service: string, instruction: string) =>
  linesOf(service).findLast((line) => line.startsWith(`${instruction} `))

describe('infra/images/Dockerfile', () => {
  it('has a target for every process of ours', () => {
    const processes = readdirSync(`${ROOT}services`).filter((name) =>
      readdirSync(`${ROOT}services/${name}`).includes('src')
        ? readdirSync(`${ROOT}services/${name}/src`).includes('main.ts')
        : false,
    )
    expect([...SERVICES].sort()).toEqual(processes.sort())
    for (const service of SERVICES) expect(stages.has(service), service).toBe(true)
  })

  it.each(SERVICES)(
    'runs %s itself, as somebody without rights, in production, and asks whether it is well',
    (service) => {
      expect(last(service, 'USER')).toBe('USER 1000:1000')
      expect(last(service, 'ENTRYPOINT')).toBe('ENTRYPOINT ["node", "--enable-source-maps"]')
      expect(last(service, 'CMD')).toBe(`CMD ["services/${service}/dist/main.js"]`)
      expect(last(service, 'HEALTHCHECK')).toMatch(/CMD \["node", "\/healthcheck.js", "\/healthz"\]$/)
      expect(last(service, 'ENV')).toContain('NODE_ENV=production HOST=0.0.0.0')
      expect(linesOf(service).join('\n')).toContain(`org.opencontainers.image.title="parley/${service}"`)
      expect(last(service, 'COPY')).toBe(`COPY --from=built /pruned/${service} ./`)
    },
  )

  it('installs what the lock file says, and has nothing of the build in an image', () => {
    expect(linesOf('built').filter((line) => /npm (ci|install)/.test(line))).toEqual([
      expect.stringMatching(/npm ci --ignore-scripts/),
    ])
    for (const service of SERVICES) expect(linesOf(service).filter((line) => /^RUN .*(npm|apt)/.test(line))).toEqual([])
  })
})
