import { once } from 'node:events'
import { SetupError } from '@parley/contracts'
import { ConfigError } from './config.ts'
import { type Logger, withoutCredentials } from './logger.ts'

/** A part of a process with a beginning and an end. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  /** The run is about to end: called at once, before anything is closed. */
  ending?(): void
  /** Ends in order: takes nothing new, finishes what it has. Also called when `start` failed halfway. */
  close(): Promise<void>
}

export interface RunOptions {
  log: Logger
  /** Started in this order, closed in reverse. */
  services: Service[]
  /** What the services stand on (pools, connections): disposed of in reverse order after every service is closed. */
  resources?: AsyncDisposable[]
  /** Ends the run; without it SIGINT and SIGTERM do. */
  signal?: AbortSignal
  /** How long closing may take, in milliseconds, before the process exits all the same. */
  graceMs?: number
}

const SIGNALS = ['SIGINT', 'SIGTERM']

/**
 * While a process only waits for others there is nothing to end in order. It listens all the same: as the first process of a container it
 * is sent no signal that it does not listen for, and would have to be killed.
 */
const endAtOnce = () => process.exit(0)

/**
 * Runs services until a signal, then closes them. A start that fails closes what was started and rethrows. A fault that
 * nobody caught is fatal: logged, closed in order, exit code 1. A second signal, or closing for longer than `graceMs`,
 * exits at once with code 1.
 */
export async function run({ log, services, resources = [], signal, graceMs = 10_000 }: RunOptions): Promise<void> {
  const ending = new AbortController()
  let closing = 'nothing yet'
  let overrun: NodeJS.Timeout | undefined

  const exitNow = (reason: string) => {
    log.fatal({ closing }, `${reason}: exiting at once`)
    process.exit(1)
  }
  const end = () => {
    if (ending.signal.aborted) return
    overrun = setTimeout(() => exitNow(`Not closed within ${graceMs} ms`), graceMs)
    ending.abort()
  }
  const onSignal = (name: string) => {
    if (ending.signal.aborted) exitNow(`Second signal (${name})`)
    log.info({ signal: name }, 'closing')
    end()
  }
  const onFault = (err: unknown) => {
    log.fatal({ err }, 'a fault that nobody caught')
    process.exitCode = 1
    end()
  }
  const signals = signal ? [] : SIGNALS
  for (const name of signals) process.on(name, onSignal).off(name, endAtOnce)
  for (const name of ['uncaughtException', 'unhandledRejection']) process.on(name, onFault)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()

  const started: Service[] = []
  try {
    for (const service of services) {
      if (ending.signal.aborted) break
      started.unshift(service)
      await service.start()
      log.info({ service: service.name }, 'started')
    }
    if (!ending.signal.aborted) await once(ending.signal, 'abort')
  } finally {
    // After a failed start too, the time for closing is limited and a signal means: now.
    end()
    for (const service of started) service.ending?.()
    for (const service of started) {
      closing = service.name
      await service.close().catch((err) => log.error({ err, service: service.name }, 'close failed'))
    }
    closing = 'resources'
    for (const resource of resources.toReversed()) {
      try {
        await resource[Symbol.asyncDispose]()
      } catch (err) {
        log.error({ err }, 'disposing of a resource failed')
      }
    }
    clearTimeout(overrun)
    for (const name of signals) process.off(name, onSignal)
    for (const name of ['uncaughtException', 'unhandledRejection']) process.off(name, onFault)
    signal?.removeEventListener('abort', end)
  }
  log.info('closed')
}

/** How long a process that has closed everything may linger over a handle that somebody left open. */
const LINGER_MS = 2_000

/** The whole of a `main.ts`: runs it, and says on stderr why it failed. A ConfigError is meant for people: no stack. */
export async function main(start: () => Promise<void>): Promise<void> {
  for (const name of SIGNALS) process.on(name, endAtOnce)
  try {
    await start()
  } catch (err) {
    process.exitCode = 1
    const text =
      err instanceof ConfigError || err instanceof SetupError
        ? err.message
        : err instanceof Error
          ? (err.stack ?? err.message)
          : String(err)
    process.stderr.write(`${withoutCredentials(text)}\n`)
  }
  setTimeout(() => process.exit(), LINGER_MS).unref()
}
