import { generateKeyPairSync } from 'node:crypto'
import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'
import { identitySettings, settings, settingsTable } from './settings.ts'
import { DEVELOPMENT_SECRET } from './signing-keys.ts'

function refused(read: () => unknown): ConfigError {
  try {
    read()
  } catch (err) {
    if (err instanceof ConfigError) return err
    throw err
  }
  throw new Error('nothing was refused')
}

const names = (err: ConfigError) => err.problems.map(({ name }) => name)

describe('readConfig', () => {
  const schema = Type.Object({
    PORT: settings.PORT,
    DATABASE_URL: settings.DATABASE_URL,
    REDIS_URL: Type.Optional(settings.REDIS_URL),
    LOG_LEVEL: settings.LOG_LEVEL,
    CORS_ORIGINS: settings.CORS_ORIGINS,
  })

  test('reads types, defaults and lists', () => {
    const config = readConfig(schema, {
      DATABASE_URL: 'postgres://u:p@h/d',
      PORT: '0',
      REDIS_URL: '',
      CORS_ORIGINS: 'https://a.example, https://b.example',
    })
    expect(config).toEqual({
      PORT: 0,
      DATABASE_URL: 'postgres://u:p@h/d',
      LOG_LEVEL: 'info',
      CORS_ORIGINS: ['https://a.example', 'https://b.example'],
    })
  })

  test('names every bad and missing variable at once, with what is expected and never with its value', () => {
    const err = refused(() =>
      readConfig(schema, { PORT: '12x', REDIS_URL: 'http://:hunter2@x', LOG_LEVEL: 'loud', CORS_ORIGINS: 'a.example' }),
    )
    expect(names(err).toSorted()).toEqual(['CORS_ORIGINS', 'DATABASE_URL', 'LOG_LEVEL', 'PORT', 'REDIS_URL'])
    expect(err.message).toContain('PORT is not valid: expected a whole number from 0 to 65535 (Port for HTTP')
    expect(err.message).toContain('DATABASE_URL is not set: expected a URL postgres://')
    expect(err.message).toContain('one of fatal, error, warn')
    expect(err.message).not.toMatch(/hunter2|loud|12x/)
  })

  test.each(['12x', '1.5', '1e3', '0x10', ' 8080', '-1', '65536', 'true'])('refuses the port %j', (PORT) => {
    expect(names(refused(() => readConfig(Type.Object({ PORT: settings.PORT }), { PORT })))).toEqual(['PORT'])
  })

  test('reads booleans strictly', () => {
    const flag = Type.Object({ FLAG: Type.Boolean() })
    expect(readConfig(flag, { FLAG: 'false' })).toEqual({ FLAG: false })
    expect(readConfig(flag, { FLAG: '1' })).toEqual({ FLAG: true })
    expect(refused(() => readConfig(flag, { FLAG: 'yes' })).message).toContain('true or false')
  })

  test('hands out a default that nobody else shares', () => {
    readConfig(schema, { DATABASE_URL: 'postgres://h/d' }).CORS_ORIGINS.push('https://evil.example')
    expect(readConfig(schema, { DATABASE_URL: 'postgres://h/d' }).CORS_ORIGINS).toEqual([])
  })

  test.each([
    ['10.0.0.0/8,::1', true],
    ['1', true],
    ['true', false],
    ['example.com', false],
  ])('TRUST_PROXY=%s', (TRUST_PROXY, accepted) => {
    const read = () => readConfig(Type.Object({ TRUST_PROXY: settings.TRUST_PROXY }), { TRUST_PROXY })
    if (accepted) expect(read().TRUST_PROXY).toEqual(TRUST_PROXY.split(','))
    else expect(names(refused(read))).toEqual(['TRUST_PROXY'])
  })
})

describe('keys for tokens', () => {
  const schema = Type.Object(identitySettings)
  const good = 'x'.repeat(32)

  test.each([
    ['no key at all', {}],
    ['an empty secret', { JWT_SECRET: '' }],
    ['the development secret', { JWT_SECRET: DEVELOPMENT_SECRET }],
    ['a short secret', { JWT_SECRET: 'x'.repeat(31) }],
  ])('production refuses %s', (_, env) => {
    expect(names(refused(() => readConfig(schema, { NODE_ENV: 'production', ...env })))).toEqual(['JWT_SECRET'])
    expect(() => readConfig(schema, { NODE_ENV: 'development', ...env })).not.toThrow()
  })

  test('a misspelt NODE_ENV does not pass for development', () => {
    expect(names(refused(() => readConfig(schema, { NODE_ENV: 'Production' })))).toEqual(['NODE_ENV'])
  })

  test('production starts on a long secret, a public key or a key set', () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const env = { NODE_ENV: 'production' }
    expect(readConfig(schema, { ...env, JWT_SECRET: good }).JWT_SECRET).toBe(good)
    expect(() => readConfig(schema, { ...env, JWT_PUBLIC_KEY: pem.replaceAll('\n', '\\n') })).not.toThrow()
    expect(() => readConfig(schema, { ...env, JWT_JWKS_URL: 'https://id.example/jwks' })).not.toThrow()
  })

  test('two sources of keys, a private key and a weak key are refused', () => {
    expect(refused(() => readConfig(schema, { JWT_SECRET: good, JWT_JWKS_URL: 'https://x/y' })).message).toMatch(
      /exclude/,
    )
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pems = [
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'pem' }),
    ]
    for (const JWT_PUBLIC_KEY of [...pems.map(String), 'nonsense'])
      expect(names(refused(() => readConfig(schema, { JWT_PUBLIC_KEY })))).toEqual(['JWT_PUBLIC_KEY'])
    expect(names(refused(() => readConfig(schema, { JWT_SECRET: String(pems[1]) })))).toEqual(['JWT_SECRET'])
  })
})

test('the table for the README has a row for every shared setting, and one for each that a service declares', () => {
  const ofService = {
    LOG_LEVEL: { ...settings.LOG_LEVEL, default: 'warn' },
    THUMBNAIL_PX: Type.Integer({ default: 320, description: 'Longer side of a preview' }),
  }
  const rows = settingsTable(ofService).split('\n')
  expect(rows).toHaveLength(Object.keys(settings).length + 3)
  expect(rows.at(-1)).toBe('| `THUMBNAIL_PX` | `320` | Longer side of a preview |')
  expect(rows.find((row) => row.includes('`LOG_LEVEL`'))).toContain('`info`')
  expect(rows).toContain(
    "| `JWT_CLAIM_USER` | `sub,userId,id` | Claims to take the user's id from: the first that a token has |",
  )
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4)
})
