import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Manifest {
  name?: string
  version?: string
  devDependencies?: unknown
  scripts?: unknown
  workspaces?: string[]
}

/** npm lists no materials of what has no version. The images' own is in their labels, so that a new one does not build everything again. */
const VERSION = '0.0.0'

/** What a workspace needs to run, beside its manifest. */
const RUNS = ['dist', 'migrations', 'functions', 'sql']

/** What its build leaves there, and nobody runs: types, and what only tests import. */
const TOOLS_ONLY = /\.d\.ts$|\.tsbuildinfo$|\/dist\/testing(\/|$)/

/**
 * `node prune.js <folder> <service...>`, in a built checkout: makes a folder for each service that has what it needs to run and
 * nothing else, with a bill of its materials, `sbom.cdx.json`. Turborepo says which workspaces it takes and cuts the lock file to them; npm
 * installs what that lock says.
 */
function prune(into: string, service: string): void {
  const folder = join(into, service)
  const cut = join(tmpdir(), `pruned-${service}`)
  rmSync(cut, { recursive: true, force: true })
  run('npx', ['turbo', 'prune', `@parley/${service}`, '--docker', '--production', '--out-dir', cut])
  mkdirSync(into, { recursive: true })
  cpSync(join(cut, 'json'), folder, { recursive: true })
  // What tools need is not in that lock: npm would look for it.
  const lock = readJson<{ packages: Record<string, Manifest> }>(join(folder, 'package-lock.json'))
  for (const [path, entry] of Object.entries(lock.packages)) if (!path.includes('node_modules/')) withoutTools(entry)
  const { workspaces = [] } = withoutTools(readJson<Manifest>(join(folder, 'package.json')))
  Object.assign(lock.packages[''] ?? {}, { version: VERSION })
  writeJson(join(folder, 'package-lock.json'), lock)
  for (const path of ['', ...workspaces]) {
    const file = join(folder, path, 'package.json')
    writeJson(file, {
      ...withoutTools(readJson<Manifest>(file)),
      ...(path === '' && { name: service, version: VERSION }),
    })
    for (const part of path === '' ? [] : RUNS)
      if (existsSync(join(path, part)))
        cpSync(join(path, part), join(folder, path, part), {
          recursive: true,
          filter: (source) => !TOOLS_ONLY.test(source),
        })
  }
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], folder)
  writeJson(join(folder, 'sbom.cdx.json'), materialsOf(folder))
  rmSync(cut, { recursive: true })
}

/** Without what differs from one build of the same lock to the next. */
function materialsOf(folder: string): unknown {
  const text = execFileSync('npm', ['sbom', '--omit=dev', '--sbom-format', 'cyclonedx'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const { serialNumber: _, ...bill } = JSON.parse(text) as { serialNumber: string; metadata: { timestamp?: string } }
  delete bill.metadata.timestamp
  return bill
}

function withoutTools(manifest: Manifest): Manifest {
  delete manifest.devDependencies
  delete manifest.scripts
  return manifest
}

function run(command: string, args: string[], cwd?: string): void {
  execFileSync(command, args, { cwd, stdio: 'inherit' })
}

function readJson<Shape>(file: string): Shape {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

const [into, ...services] = process.argv.slice(2)
if (!into || services.length === 0) {
  process.stderr.write('Usage: node prune.js <folder> <service...>\n')
  process.exit(1)
}
for (const service of services) prune(into, service)
