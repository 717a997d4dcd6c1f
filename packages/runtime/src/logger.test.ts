import { describe, expect, test } from 'vitest'
import { createLogger, subsystem, withoutCredentials } from './logger.ts'

function capture(level = 'info') {
  const lines: string[] = []
  return { log: createLogger({ name: 'gateway', level, destination: { write: (line) => lines.push(line) } }), lines }
}

describe('createLogger', () => {
  test('writes one JSON line with the name of the service, and of the subsystem once', () => {
    const { log, lines } = capture()
    log.info('up')
    subsystem(subsystem(log, 'relay'), 'lease').child({ shard: 3 }).info('working')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ name: 'gateway', msg: 'up', level: 30 })
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ name: 'gateway:relay:lease', shard: 3, msg: 'working' })
    expect(lines[1]?.match(/"name"/g)).toHaveLength(1)
  })

  test('keeps secrets out, wherever they stand', () => {
    const { log, lines } = capture()
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl'
    log.info({ req: { headers: { authorization: `Bearer ${token}` } }, token, auth: { token }, password: 'hunter2' })
    log.error({ err: new Error(`connect postgres://app:hunter2@db:5432/parley failed`) })
    log.info(`called with ${token}`)
    log.info('header Authorization: Bearer opaque-hunter2')
    log.info({ url: '/socket.io/?access_token=hunter2&x=1' })
    const all = lines.join('')
    expect(all).not.toMatch(/hunter2|c2lnbmF0dXJl|eyJzdWIi/)
    expect(all).toContain('postgres://***@db:5432/parley')
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('logs nothing below its level', () => {
    const { log, lines } = capture('warn')
    log.info('quiet')
    expect(lines).toEqual([])
  })
})

describe('withoutCredentials', () => {
  test.each([
    ['postgres://u:p@h/d', 'postgres://***@h/d'],
    ['nats://token@h:4222,nats://u:p%40x@h2', 'nats://***@h:4222,nats://***@h2'],
    ['redis://:p@ss@h:6379/0', 'redis://***@h:6379/0'],
    ['https://h/path/@ana', 'https://h/path/@ana'],
    ['no url', 'no url'],
  ])('%s', (text, masked) => {
    expect(withoutCredentials(text)).toBe(masked)
  })

  test('takes no time for long hostile texts', () => {
    const started = performance.now()
    withoutCredentials(`${'a://'.repeat(50_000)}${'x'.repeat(100_000)}`)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
