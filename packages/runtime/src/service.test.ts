import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createLogger } from './logger.ts'
import { run, type Service } from './service.ts'

const log = createLogger({ name: 'test', level: 'silent' })

function recorded(events: string[], name: string, faults: Partial<Service> = {}): Service {
  return {
    name,
    start: async () => void events.push(`start ${name}`),
    close: async () => void events.push(`close ${name}`),
    ...faults,
  }
}

describe('run', () => {
  test('starts in order, closes in reverse, then disposes of resources', async () => {
    const events: string[] = []
    const ending = new AbortController()
    const resource = (name: string): AsyncDisposable => ({
      [Symbol.asyncDispose]: async () => void events.push(`dispose ${name}`),
    })
    const running = run({
      log,
      signal: ending.signal,
      services: [recorded(events, 'a'), recorded(events, 'b')],
      resources: [resource('pool'), resource('bus')],
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(events).toEqual(['start a', 'start b'])
    ending.abort()
    await running
    expect(events.slice(2)).toEqual(['close b', 'close a', 'dispose bus', 'dispose pool'])
  })

  test('as soon as it ends every service is told, before any is closed', async () => {
    const events: string[] = []
    const ending = new AbortController()
    const told = (name: string) => recorded(events, name, { ending: () => void events.push(`end ${name}`) })
    const running = run({ log, signal: ending.signal, services: [told('a'), told('b'), recorded(events, 'c')] })
    await new Promise((resolve) => setTimeout(resolve, 10))
    ending.abort()
    await running
    expect(events.slice(3)).toEqual(['end b', 'end a', 'close c', 'close b', 'close a'])
  })

  test('a failed start closes what was started and rethrows; a failing close does not stop the others', async () => {
    const events: string[] = []
    const failing = { start: () => Promise.reject(new Error('port in use')) }
    const broken = { close: () => Promise.reject(new Error('close failed')) }
    const services = [
      recorded(events, 'a'),
      recorded(events, 'b', broken),
      recorded(events, 'c', failing),
      recorded(events, 'd'),
    ]
    await expect(run({ log, services, signal: new AbortController().signal })).rejects.toThrow('port in use')
    expect(events).toEqual(['start a', 'start b', 'close c', 'close a'])
  })

  test('a signal during the start starts no more', async () => {
    const events: string[] = []
    const ending = new AbortController()
    const ends = { start: async () => ending.abort() }
    await run({ log, services: [recorded(events, 'a', ends), recorded(events, 'b')], signal: ending.signal })
    expect(events).toEqual(['close a'])
  })
})

/** A process of its own: signals, faults and exit codes are the operating system's. */
async function processOf(body: string, act: (kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  const code = `
    import { createLogger } from ${JSON.stringify(here('./logger.ts'))}
    import { main, run } from ${JSON.stringify(here('./service.ts'))}
    import { ConfigError } from ${JSON.stringify(here('./config.ts'))}
    const log = createLogger({ name: 'child', level: 'info' })
    const service = (close = async () => {}, start = async () => {}) => ({ name: 's', start, close })
    setTimeout(() => {}, 60_000).unref()
    const open = setInterval(() => {}, 1000)
    void main(async () => { ${body}; clearInterval(open) })`
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let acted = false
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  child.stdout.on('data', (chunk) => {
    output += chunk
    if (!acted && output.includes('"msg":"started"')) {
      acted = true
      act((signal) => child.kill(signal))
    }
  })
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, output }
}

describe('a process', () => {
  test('SIGTERM closes in order and exits 0', async () => {
    const { exitCode, output } = await processOf(
      `await run({ log, services: [service(async () => log.info('closing it'))] })`,
      (kill) => kill('SIGTERM'),
    )
    expect(output).toMatch(/closing it[\s\S]*"msg":"closed"/)
    expect(exitCode).toBe(0)
  })

  test('SIGTERM ends it with 0 while it waits for others, before anything has started', async () => {
    const { exitCode } = await processOf(`log.info({ msg: 'started' }); await new Promise(() => {})`, (kill) =>
      kill('SIGTERM'),
    )
    expect(exitCode).toBe(0)
  })

  test('a close that does not end is cut off after the grace period, code 1', async () => {
    const { exitCode, output } = await processOf(
      `await run({ log, graceMs: 100, services: [service(() => new Promise(() => {}))] })`,
      (kill) => kill('SIGINT'),
    )
    expect(output).toContain('Not closed within 100 ms')
    expect(exitCode).toBe(1)
  })

  test('a second signal exits at once, code 1', async () => {
    const { exitCode, output } = await processOf(
      `await run({ log, services: [service(() => new Promise(() => {}))] })`,
      (kill) => {
        kill('SIGTERM')
        setTimeout(() => kill('SIGTERM'), 200)
      },
    )
    expect(output).toContain('Second signal (SIGTERM)')
    expect(exitCode).toBe(1)
  })

  test.each([
    'Promise.reject(new Error("nobody caught me"))',
    'setTimeout(() => { throw new Error("nobody caught me") })',
  ])('an uncaught fault closes in order, code 1: %s', async (fault) => {
    const { exitCode, output } = await processOf(
      `await run({ log, services: [service(async () => log.info('closing it'), async () => { ${fault} })] })`,
    )
    expect(output).toMatch(/"level":60[\s\S]*nobody caught me[\s\S]*closing it/)
    expect(exitCode).toBe(1)
  })

  test('a bad configuration is said without a stack, code 1, even when a handle is left open', async () => {
    const { exitCode, output } = await processOf(`throw new ConfigError([{ name: 'PORT', detail: 'is not set' }])`)
    expect(output).toContain('Bad configuration:\n  PORT is not set\n')
    expect(output).not.toContain('    at ')
    expect(exitCode).toBe(1)
  })
})
