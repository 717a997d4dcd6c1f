import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { guardAgainstOrphans } from '@parley/testkit'

export interface ServiceProcess {
  readonly name: string
  readonly url: string
  /** Where its metrics are; undefined where they are nowhere. */
  readonly metricsUrl: string | undefined
  readonly pid: number | undefined
  /** Where its output goes. */
  readonly logFile: string
  /** Sends a signal. With SIGKILL it resolves when the process is gone, with any other when it is sent. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Ends the process if it runs and starts it again on the same port, with more environment this time; resolves when it is ready. */
  restart(env?: Record<string, string>): Promise<void>
  /** The end of its log. */
  lastWords(): Promise<string>
  /** SIGTERM, and SIGKILL ten seconds later. Can be called twice. */
  stop(): Promise<void>
}

export interface ServiceOptions {
  name: string
  /** The service's own `dist/main.js`. */
  main: string
  port: number
  env: Record<string, string | undefined>
  logFile: string
  /** Called when the process ends without having been asked to. */
  died: (reason: string) => void
}

const READY_MS = 90_000
/** Its checks have a second each. */
const ANSWER_MS = 5_000
const STOP_MS = 10_000
const LAST_LINES = 15

/** Starts a service in a process of its own and resolves when GET /readyz answers 200; rejects with its last words. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const url = `http://127.0.0.1:${options.port}`
  const guard = guardAgainstOrphans({ signal: 'SIGTERM' })
  const expected = new WeakSet<ChildProcess>()

  async function launch(more: Record<string, string> = {}): Promise<ChildProcess> {
    const from = await sizeOf(options.logFile)
    const log = openSync(options.logFile, 'a')
    const started = spawn(process.execPath, ['--enable-source-maps', options.main], {
      env: { ...process.env, ...options.env, ...more },
      stdio: ['ignore', log, log],
      // A session of its own: Ctrl-C reaches the cluster's process only, which ends the services in order.
      detached: true,
    })
    closeSync(log)
    guard.watch(started.pid)
    started.once('exit', (code, signal) => {
      guard.watch(undefined)
      if (expected.has(started)) return
      const how = signal ? `by ${signal}` : `with exit code ${code}`
      void lastLines(options.logFile, from).then((lines) => options.died(`${options.name} ended ${how}\n${lines}`))
    })
    return started
  }

  async function untilReady(started: ChildProcess): Promise<void> {
    const deadline = Date.now() + READY_MS
    let said = 'nothing'
    while (isRunning(started) && Date.now() < deadline) {
      try {
        const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
        said = `${answer.status} ${await answer.text()}`
        if (answer.ok) return
      } catch (err) {
        said = String(err instanceof Error ? (err.cause ?? err) : err)
      }
      await sleep(50)
    }
    const why = isRunning(started)
      ? `is not ready after ${READY_MS / 1000} s, and said last ${said}`
      : 'ended before it was ready'
    throw new Error(`${options.name} ${why}:\n${await lastLines(options.logFile, 0)}`)
  }

  async function end(running: ChildProcess): Promise<void> {
    expected.add(running)
    if (!isRunning(running)) return
    const gone = once(running, 'exit')
    // One that a fault test has paused must run to hear that it shall end.
    running.kill('SIGCONT')
    running.kill('SIGTERM')
    const tooSlow = setTimeout(() => running.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(tooSlow)
  }

  let child = await launch()
  try {
    await untilReady(child)
  } catch (error) {
    await end(child)
    guard.release()
    throw error
  }
  const { METRICS_PORT: metricsPort } = options.env
  return {
    name: options.name,
    url,
    metricsUrl: metricsPort === undefined ? undefined : `http://127.0.0.1:${metricsPort}/metrics`,
    logFile: options.logFile,
    get pid() {
      return child.pid
    },
    async kill(signal) {
      if (!isRunning(child)) return
      const gone = once(child, 'exit')
      child.kill(signal)
      if (signal === 'SIGKILL') await gone
    },
    async restart(env) {
      await end(child)
      child = await launch(env)
      await untilReady(child)
    },
    lastWords: () => lastLines(options.logFile, 0),
    async stop() {
      await end(child)
      guard.release()
    },
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    (found) => found.size,
    () => 0,
  )
}

async function lastLines(file: string, from: number): Promise<string> {
  await using handle = await open(file, 'r')
  const size = await sizeOf(file)
  const start = Math.max(from, size - 16_384)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(1, size - start)), 0, size - start, start)
  return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-LAST_LINES).join('\n')
}
