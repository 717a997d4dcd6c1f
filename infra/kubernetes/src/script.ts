import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BESIDE = new URL('../../../../shared/containers/', import.meta.url)

/**
 * Sources a script that starts what is needed, and returns the environment that it leaves. `variable` may name it; otherwise it is
 * looked for in shared/containers beside the checkout. Throws where there is none.
 */
export function sourceScript(variable: string, file: string): NodeJS.ProcessEnv {
  const script = process.env[variable] ?? fileURLToPath(new URL(file, BESIDE))
  if (!existsSync(script)) throw new Error(`${script} is not there: ${variable} may name another`)
  const left = execFileSync('bash', ['-c', 'source "$0" >&2 && env -0', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 16 << 20,
  })
  return Object.fromEntries(
    left.split('\0').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}
