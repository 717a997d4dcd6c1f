import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(readConfig([], {})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      conversations: 2,
      gateways: 2,
      storages: 2,
      notifiers: 2,
      verbose: false,
      servers: { databaseUrl: undefined, natsUrl: undefined, redisUrl: undefined },
    })
  })

  it('names everything that is wrong at once', () => {
    expect(() => readConfig(['--gateways', '0', '--conversations', 'x'], { PORT: '99999' })).toThrow(
      /PORT.*\n--conversations.*\n--gateways/,
    )
  })
})
