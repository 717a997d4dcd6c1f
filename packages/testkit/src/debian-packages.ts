import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** True when this process may install packages: root on Debian, Ubuntu or what calls itself like one of them. */
export async function canInstallPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)
}

/**
 * Installs one Debian package unless it is there already. `flock` holds a lock for as long as the command lives, so
 * test processes that start together install one after the other. What the package's own scripts set up (Debian's
 * Postgres creates a cluster on 5432) is not used: our servers have folders and ports of their own.
 */
export async function installPackage(name: string): Promise<void> {
  process.stderr.write(`testkit: installing ${name} with apt-get\n`)
  const started = Date.now()
  const script =
    'dpkg -s "$1" >/dev/null 2>&1 && exit 0; ' +
    'apt-get update -q && apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$1"'
  const output = await run('flock', [join(tmpdir(), 'parley-apt.lock'), 'sh', '-c', script, 'sh', name])
  if (output.code !== 0) throw new Error(`apt-get could not install ${name}:\n${output.tail}`)
  process.stderr.write(`testkit: ${name} is installed (${((Date.now() - started) / 1000).toFixed(1)} s)\n`)
}

async function run(command: string, args: string[]): Promise<{ code: number | null; tail: string }> {
  const child = spawn(command, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-2_000)
      const line = text.trim().split('\n').at(-1)
      if (line) process.stderr.write(`testkit: apt-get: ${line.slice(0, 160)}\n`)
    })
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, tail }))
  })
}
