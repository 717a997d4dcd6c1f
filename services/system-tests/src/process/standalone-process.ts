import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@parley/testkit'

/** The built standalone process, as `npm start` runs it, on a free port. For tests. */
export interface StandaloneProcess extends AsyncDisposable {
  url: string
  folder: string
  child: ChildProcess
  /** What it has printed so far. */
  output: () => string
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const main = fileURLToPath(new URL('../../../standalone/dist/main.js', import.meta.url))

export const dataFolder = () => mkdtemp(join(tmpdir(), 'parley-test-'))

/** Resolves when it is ready; rejects with what it printed when it ends instead. */
export async function startStandalone(folder: string, env: Record<string, string> = {}): Promise<StandaloneProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, PORT: String(port), PARLEY_DATA: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const url = `http://localhost:${port}`
  const kill: StandaloneProcess['kill'] = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, 'exit')
    }
    return { code: child.exitCode, signal: child.signalCode }
  }
  while (!output.includes('Parley is ready')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(output)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    folder,
    child,
    output: () => output,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill('SIGKILL')
    },
  }
}

export const removeFolder = (folder: string) => rm(folder, { recursive: true, force: true })
