import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { guardAgainstOrphans, type OrphanGuard } from './orphan-guard.ts'
import { holdersOf } from './port-holder.ts'
import { send, signalWithChildren } from './process-tree.ts'
import type { OwnedServer } from './server.ts'

/** How one kind of server runs as a plain process. `data` is its private folder, empty at first. */
export interface LocalServer {
  name: string
  program: string
  args(at: { port: number; data: string }): string[]
  url(port: number): string
  /** What the server's log says when it serves. The log is asked, not the port: another server may answer there. */
  ready: RegExp
  /** Ends the server at once; what it had in memory may go. */
  stopSignal: NodeJS.Signals
  /** Ends the server with everything on disk, for `restart`. */
  restartSignal: NodeJS.Signals
  /** A program that fills `data` before the first start. */
  prepare?: (data: string) => { program: string; args: string[] }
  /** The account to run as; ours when absent. */
  account?: { uid: number; gid: number } | undefined
  env?: Record<string, string> | undefined
  /** True when the work is done by child processes, which a fault has to reach too. */
  hasChildren?: boolean
}

/** Ports are tried this often: between looking for a free one and binding it, another process may take it. */
const PORT_ATTEMPTS = 5
/** A port, or the memory of a Postgres that was killed, may be somebody's for a moment after a server has ended. */
const IN_USE_MS = 20_000
const IN_USE_AGAIN_MS = 250
const START_MS = 60_000
const STOP_MS = 10_000

/** Runs a server as a process of this machine, on a free port and a private folder that goes with it. */
export async function startLocalServer(server: LocalServer): Promise<OwnedServer> {
  const folder = await mkdtemp(join(tmpdir(), `parley-${server.name}-`))
  const guard = guardAgainstOrphans({ signal: server.stopSignal, folder })
  const data = join(folder, 'data')
  try {
    await mkdir(data, { mode: 0o700 })
    if (server.account) for (const path of [folder, data]) chownSync(path, server.account.uid, server.account.gid)
    if (server.prepare) await prepare(server, folder, data, guard)
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      try {
        return own(server, folder, guard, port, await launch(server, folder, data, guard, port))
      } catch (error) {
        if (attempt === PORT_ATTEMPTS || !isInUse(error)) throw error
      }
    }
  } catch (error) {
    guard.release()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function own(server: LocalServer, folder: string, guard: OrphanGuard, port: number, first: ChildProcess): OwnedServer {
  let child: ChildProcess = first
  let stopping: Promise<void> | undefined

  const clear = async () => {
    await end(server, child, server.stopSignal)
    guard.release()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const stop = () => {
    stopping ??= clear()
    return stopping
  }
  return {
    kind: 'local',
    url: server.url(port),
    get pid() {
      return child.pid
    },
    async kill(signal) {
      if (!isRunning(child)) return
      signalServer(server, child, signal)
      if (signal === 'SIGKILL') await exited(child)
    },
    async restart() {
      if (stopping) throw new Error(`${server.name} was stopped: its data is gone`)
      await end(server, child, server.restartSignal)
      child = await whileInUse(port, () => launch(server, folder, join(folder, 'data'), guard, port))
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const isInUse = (error: unknown) => /in use/i.test(String(error))

/** Tries again while something is in use, and says in the end who has the port. */
async function whileInUse<T>(port: number, start: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + IN_USE_MS
  for (;;) {
    try {
      return await start()
    } catch (error) {
      if (!isInUse(error)) throw error
      const holders = holdersOf(port)
      if (Date.now() > deadline) {
        const who = holders.length > 0 ? holders.join(', ') : 'nobody who can be seen'
        throw new Error(`Port ${port} cannot be had again within ${IN_USE_MS / 1000} s. It has ${who}`, {
          cause: error,
        })
      }
      await sleep(IN_USE_AGAIN_MS)
    }
  }
}

async function prepare(server: LocalServer, folder: string, data: string, guard: OrphanGuard): Promise<void> {
  const step = server.prepare?.(data)
  if (!step) return
  const child = spawnLogged(server, folder, step.program, step.args)
  guard.watch(child.pid)
  await exited(child)
  guard.watch(undefined)
  if (child.exitCode !== 0) {
    throw new Error(`${step.program} failed (${child.exitCode ?? child.signalCode}):\n${await logSince(folder, 0)}`)
  }
}

async function launch(
  server: LocalServer,
  folder: string,
  data: string,
  guard: OrphanGuard,
  port: number,
): Promise<ChildProcess> {
  const from = await stat(logOf(folder)).then(
    (file) => file.size,
    () => 0,
  )
  const child = spawnLogged(server, folder, server.program, server.args({ port, data }))
  guard.watch(child.pid)
  child.once('exit', () => guard.watch(undefined))
  const deadline = Date.now() + START_MS
  while (true) {
    const log = await logSince(folder, from)
    if (!isRunning(child)) {
      throw new Error(`${server.program} ended before it served (${child.exitCode ?? child.signalCode}):\n${log}`)
    }
    if (server.ready.test(log)) return child
    if (Date.now() > deadline) {
      await end(server, child, 'SIGKILL')
      throw new Error(`${server.program} does not serve after ${START_MS / 1000} s:\n${log}`)
    }
    await sleep(20)
  }
}

function spawnLogged(server: LocalServer, folder: string, program: string, args: string[]): ChildProcess {
  const log = openSync(logOf(folder), 'a')
  try {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, HOME: folder, LC_ALL: 'C', ...server.env },
      stdio: ['ignore', log, log],
      // A session of its own, so that Ctrl-C in a terminal lets the parent end things in its own order.
      detached: true,
      ...server.account,
    })
    // Whoever waits for it sees that it never ran; an event without a listener would end this process.
    child.on('error', () => {})
    // A program that forgets to stop its server may still end; the guard then ends the server.
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** Ends the process, however it is: stopped by a signal, already gone, or deaf. */
async function end(server: LocalServer, child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return
  signalServer(server, child, 'SIGCONT')
  signalServer(server, child, signal)
  const tooSlow = setTimeout(() => signalServer(server, child, 'SIGKILL'), STOP_MS)
  await exited(child)
  clearTimeout(tooSlow)
}

function signalServer(server: LocalServer, child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !isRunning(child)) return
  const reachesChildren = signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT'
  if (server.hasChildren && reachesChildren) signalWithChildren(child.pid, signal)
  else send(child.pid, signal)
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) await once(child, 'exit') // rejects with the reason why it could not be started
  if (!isRunning(child)) return
  child.ref()
  await once(child, 'exit')
}

function logOf(folder: string): string {
  return join(folder, 'server.log')
}

/** What the server wrote after `from` bytes; at most its last 4,000. */
async function logSince(folder: string, from: number): Promise<string> {
  await using file = await open(logOf(folder), 'r')
  const { size } = await file.stat()
  const start = Math.max(from, size - 4_000)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, size - start, start)
  return buffer.toString('utf8', 0, bytesRead)
}
