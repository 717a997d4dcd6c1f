import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Builds images and runs containers: `docker` or `podman`. */
export interface Engine {
  program: string
  /** Runs to its end with its output shown. Throws where it fails. */
  run(args: string[], options?: { input?: string }): Promise<void>
  /** What it says on stdout; undefined where it fails. */
  ask(args: string[]): string | undefined
}

/**
 * Docker, or Podman, whichever answers first; CONTAINER_ENGINE names one. Throws an Error that says what to do where none answers.
 */
export function findEngine(env: NodeJS.ProcessEnv = process.env): Engine {
  const names = env.CONTAINER_ENGINE ? [env.CONTAINER_ENGINE] : ['docker', 'podman']
  for (const program of names) {
    const { status } = spawnSync(program, ['info'], { stdio: 'ignore' })
    if (status === 0) return engineOf(program)
  }
  throw new Error(
    `No container engine: ${names.join(' and ')} ${names.length > 1 ? 'do' : 'does'} not answer. Start one, or name it in CONTAINER_ENGINE.`,
  )
}

function engineOf(program: string): Engine {
  return {
    program,
    async run(args, { input } = {}) {
      const child = spawn(program, args, {
        cwd: ROOT,
        stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
      })
      child.stdin?.end(input)
      const code = await new Promise((done, fail) => child.once('close', done).once('error', fail))
      if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ... ended with ${code}`)
    },
    ask(args) {
      const { status, stdout } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      return status === 0 ? stdout.trim() : undefined
    },
  }
}

/** The folder of npm itself, where this program was started by it. */
export function folderOfNpm(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const program = env.npm_execpath
  if (!program) return undefined
  const folder = resolve(dirname(program), '..')
  return existsSync(resolve(folder, 'package.json')) ? folder : undefined
}
