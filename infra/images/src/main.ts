import { parseArgs } from 'node:util'
import { buildImages, revisionOf, sizeLine } from './build.ts'
import { findEngine } from './engine.ts'
import { SERVICES } from './services.ts'

const USAGE = `npm run images -- [service...] [--tag <tag>] [--node <image>]

  service        ${SERVICES.join(', ')}; default: all of them
  --tag <tag>    what they are called besides latest; default: the commit
  --node <image> what they are built from; default: node:24-bookworm-slim

  CONTAINER_ENGINE names the program: docker, or podman. Default: whichever answers`

const say = (line: string) => void process.stdout.write(`${line}\n`)

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tag: { type: 'string' },
      node: { type: 'string', default: 'docker.io/library/node:24-bookworm-slim' },
    },
  })
  const unknown = positionals.filter((name) => !SERVICES.some((service) => service === name))
  if (unknown.length > 0) throw new Error(`There is no image of ${unknown.join(', ')}\n\n${USAGE}`)
  const revision = revisionOf() ?? 'unknown'
  const built = await buildImages(findEngine(), {
    services: positionals.length > 0 ? positionals : SERVICES,
    tag: values.tag ?? revision,
    revision,
    nodeImage: values.node,
    say,
  })
  say(`\n${built.map(sizeLine).join('\n')}`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
