import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, folderOfNpm, ROOT } from './engine.ts'

/** What is kept of an image for its size: how much it is, and how much of that is what it is built from. */
export interface Built {
  image: string
  bytes: number
  baseBytes: number
}

export interface BuildOptions {
  /** The targets to build. */
  services: readonly string[]
  /** Besides `latest`. */
  tag: string
  revision: string
  nodeImage: string
  say: (line: string) => void
}

/** Builds images, each `parley/<service>` with the tag and `latest`. */
export async function buildImages(engine: Engine, options: BuildOptions): Promise<Built[]> {
  const { services, tag, revision, nodeImage, say } = options
  const buildImage = await imageWithNpm(engine, nodeImage, say)
  const args = { NODE_IMAGE: nodeImage, BUILD_IMAGE: buildImage, PARLEY_VERSION: tag, PARLEY_REVISION: revision }
  const built: Built[] = []
  for (const service of services) {
    const started = performance.now()
    const image = `parley/${service}`
    say(`${image}:${tag} ...`)
    // Podman would call it localhost/parley/..., which compose files and manifests do not.
    const named = `docker.io/${image}`
    await engine.run([
      'build',
      ...['--file', 'infra/images/Dockerfile', '--target', service],
      ...['--tag', `${named}:${tag}`, '--tag', `${named}:latest`],
      ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      // Its own format has no health check. Names on the host's network are the host's: where containers of a build reach nothing else.
      ...(engine.program === 'podman' ? ['--format', 'docker', '--network', 'host'] : []),
      '.',
    ])
    const size = {
      image: `${image}:${tag}`,
      bytes: sizeOf(engine, `${named}:${tag}`),
      baseBytes: sizeOf(engine, nodeImage),
    }
    built.push(size)
    say(`${sizeLine(size)}, in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  }
  return built
}

/** `parley/gateway:1.2.0: 61 MB over its base of 226 MB`. */
export function sizeLine({ image, bytes, baseBytes }: Built): string {
  return `${image}: ${megabytes(bytes - baseBytes)} MB over its base of ${megabytes(baseBytes)} MB`
}

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(0)

function sizeOf(engine: Engine, image: string): number {
  return Number(engine.ask(['image', 'inspect', '--format', '{{.Size}}', image]))
}

/**
 * The image that builds: Node's own has npm. One that has been made without it, such as from Node's npm package, is lent the npm that this
 * program runs under.
 */
async function imageWithNpm(engine: Engine, nodeImage: string, say: (line: string) => void): Promise<string> {
  if (engine.ask(['run', '--rm', '--entrypoint', 'npm', nodeImage, '--version']) !== undefined) return nodeImage
  const npm = folderOfNpm()
  if (!npm) throw new Error(`${nodeImage} has no npm to build with`)
  say(`${nodeImage} has no npm: it builds with this one`)
  const context = await mkdtemp(join(tmpdir(), 'parley-npm-'))
  try {
    await cp(npm, join(context, 'npm'), { recursive: true })
    const links = ['npm', 'npx'].map(
      (name) => `ln -s ../lib/node_modules/npm/bin/${name}-cli.js /usr/local/bin/${name}`,
    )
    await writeFile(
      join(context, 'Dockerfile'),
      `FROM ${nodeImage}\nCOPY npm /usr/local/lib/node_modules/npm\nRUN ${links.join(' && ')}\n`,
    )
    const image = 'localhost/parley/node-with-npm'
    await engine.run(['build', '--tag', image, context])
    return image
  } finally {
    await rm(context, { recursive: true })
  }
}

/** What is checked out: `1a2b3c4d5e6f`, with `-changed` where files differ from it, and undefined outside a checkout. */
export function revisionOf(folder: string = ROOT): string | undefined {
  const git = (...args: string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', '--short=12', 'HEAD')
  if (status !== 0) return undefined
  return stdout.trim() + (git('status', '--porcelain').stdout.trim() ? '-changed' : '')
}
