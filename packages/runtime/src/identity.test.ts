import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {} from '@fastify/jwt'
import { ParleyError } from '@parley/contracts'
import { Type } from 'typebox'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from './config.ts'
import { signDevelopmentToken } from './development-token.ts'
import { createHttpApp } from './http-app.ts'
import { type IdentityConfig, identity, staysUntil } from './identity.ts'
import { createKeySet } from './jwks.ts'
import { createLogger } from './logger.ts'
import { identitySettings } from './settings.ts'
import { DEVELOPMENT_SECRET } from './signing-keys.ts'

const now = () => Math.floor(Date.now() / 1000)
const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const configOf = (env: NodeJS.ProcessEnv = {}): IdentityConfig => readConfig(Type.Object(identitySettings), env)

async function appWith(env: NodeJS.ProcessEnv = {}) {
  const app = createHttpApp({ log: createLogger({ name: 'test', level: 'silent' }) })
  opened.push(app)
  await app.register(identity, { config: configOf(env) })
  app.get('/me', { onRequest: app.requireActor }, async (request) => request.actor)
  await app.ready()
  return app
}

/** A JWT by hand, so that what the library would refuse to sign can be sent too. */
function jwt(claims: unknown, alg: string, key: string | KeyObject, header: object = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg, typ: 'JWT', ...header })}.${part(claims)}`
  if (alg === 'none') return `${input}.`
  if (typeof key === 'string') return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  const signature = signBytes(alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const hs = (claims: unknown, secret = DEVELOPMENT_SECRET) => jwt(claims, 'HS256', secret)
const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const algorithms = ['RS256', 'ES256', 'EdDSA'] as const

async function refusalOf(authenticating: Promise<unknown>): Promise<ParleyError> {
  const err = await authenticating.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (err instanceof ParleyError) return err
  throw new Error(`expected a ParleyError, got ${err}`)
}

describe('tokens signed with a secret', () => {
  test('an actor comes from the claims, with the end of the token', async () => {
    const app = await appWith()
    const exp = now() + 60
    const { actor, expiresAt } = await app.authenticate(
      hs({ sub: 'ana', role: 'customer', tenant: 'acme', name: ' Ana\n', picture: 'https://x.example/a.png', exp }),
    )
    expect(actor).toEqual({
      tenantId: 'acme',
      userId: 'ana',
      role: 'user',
      hostRole: 'customer',
      name: 'Ana',
      avatarUrl: 'https://x.example/a.png',
      sessionId: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(expiresAt).toBe(exp * 1000)
  })

  test('a token is of the session that it names, and without one of its own', async () => {
    const app = await appWith()
    const sessionOf = async (claims: object) => (await app.authenticate(hs({ sub: 'ana', ...claims }))).actor.sessionId
    expect([
      await sessionOf({ sid: 'phone', jti: '1' }),
      await sessionOf({ jti: '1' }),
      await sessionOf({ sid: 7 }),
    ]).toEqual(['phone', '1', '7'])
    const own = [
      await sessionOf({}),
      await sessionOf({ n: 1 }),
      await sessionOf({ sid: 'a\nb' }),
      await sessionOf({ sid: '' }),
    ]
    expect([new Set(own).size, own.every((id) => id?.length === 43), await sessionOf({})]).toEqual([4, true, own[0]])
  })

  test('while a secret gives way to another, tokens of each are accepted, and of nothing else', async () => {
    const [former, next] = ['f'.repeat(40), 'n'.repeat(40)]
    const app = await appWith({ JWT_SECRET: former, JWT_OTHER_SECRETS: `${next}, ${'o'.repeat(40)}` })
    for (const secret of [former, next, 'o'.repeat(40)])
      expect(await app.authenticate(hs({ sub: 'ana' }, secret))).toMatchObject({ actor: { userId: 'ana' } })
    expect((await refusalOf(app.authenticate(hs({ sub: 'ana' }, 'x'.repeat(40))))).message).toMatch(/signature/)
    // what is wrong with a token is said of the one whose secret it has
    expect((await refusalOf(app.authenticate(hs({ sub: 'ana', exp: now() - 90 }, next)))).message).toMatch(
      /has expired/,
    )
    expect((await refusalOf(app.authenticate(jwt({ sub: 'ana' }, 'none', next)))).code).toBe('unauthenticated')
    expect(() => configOf({ JWT_OTHER_SECRETS: next })).toThrow(/JWT_SECRET is not set/)
    const production = { NODE_ENV: 'production', JWT_SECRET: former }
    for (const weak of ['short', DEVELOPMENT_SECRET])
      expect(() => configOf({ ...production, JWT_OTHER_SECRETS: `${next},${weak}` })).toThrow(/JWT_OTHER_SECRETS/)
  })

  test('a token without an end is accepted', async () => {
    const app = await appWith()
    expect(await app.authenticate(hs({ sub: 'ana' }))).toMatchObject({
      expiresAt: null,
      actor: { tenantId: 'default' },
    })
  })

  test.each([
    ['wrong secret', hs({ sub: 'ana' }, 'x'.repeat(40)), /signature/],
    ['alg none', jwt({ sub: 'ana' }, 'none', ''), /not signed|algorithm/],
    ['expired', hs({ sub: 'ana', exp: now() - 62 }), /has expired/],
    ['expired long before time began', hs({ sub: 'ana', exp: -1e300 }), /token/],
    ['not valid yet', hs({ sub: 'ana', nbf: now() + 90 }), /not valid yet/],
    ['an end that is text', hs({ sub: 'ana', exp: '2999' }), /wrong type/],
    ['no user', hs({ name: 'ana' }), /names no user/],
    ['user id with a line break', hs({ sub: 'an\na' }), /names no user/],
    ['user id with a character that nobody sees', hs({ sub: '\ufeffana' }), /all of which are seen/],
    ['user id of 129 characters', hs({ sub: 'x'.repeat(129) }), /names no user/],
    ['user id that is an object', hs({ sub: { id: 1 }, userId: 'eve' }), /names no user/],
    ['numeric id that lost digits', hs('{"sub":9007199254740993}'), /token/],
    ['unsafe number', hs({ sub: 2 ** 53 }), /names no user/],
    ['bad tenant', hs({ sub: 'ana', tenant: 'a.b' }), /tenant/],
    ['claims that are no object', hs(null), /token/],
    ['claims that are a list', hs([1]), /token/],
    ['not a token', 'abc', /not a valid JWT/],
    ['too long', `${'a'.repeat(9000)}.b.c`, /longer than/],
    ['nothing', undefined, /No token: send Authorization: Bearer <token>/],
  ])('refused: %s', async (_, token, message) => {
    const app = await appWith()
    const err = await refusalOf(app.authenticate(token))
    expect(err.code).toBe('unauthenticated')
    expect(err.message).toMatch(message)
    if (token) expect(err.message).not.toContain(token)
  })

  test('the clock may be a minute off', async () => {
    const app = await appWith()
    await expect(app.authenticate(hs({ sub: 'ana', exp: now() - 50 }))).resolves.toBeDefined()
    await expect(app.authenticate(hs({ sub: 'ana', nbf: now() + 50 }))).resolves.toBeDefined()
  })

  test('who comes with a token that has ended by a clock that is ahead stays as long as it is taken', () => {
    expect(staysUntil({ expiresAt: 70_000 }, 60_000)).toBe(70_000)
    expect(staysUntil({ expiresAt: 70_000 }, 100_000)).toBe(130_000)
    expect(staysUntil({ expiresAt: null }, 100_000)).toBeNull()
  })

  test('a remembered token is refused once it has ended', async () => {
    const app = await appWith()
    const token = hs({ sub: 'ana', exp: now() - 59 })
    await app.authenticate(token)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    expect((await refusalOf(app.authenticate(token))).message).toBe('The token has expired')
  })

  test('issuer and audience must be there and right', async () => {
    const app = await appWith({ JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'parley' })
    const right = { sub: 'ana', iss: 'https://id.example', aud: ['other', 'parley'] }
    await expect(app.authenticate(hs(right))).resolves.toBeDefined()
    for (const wrong of [{ aud: 'other' }, { iss: 'https://evil.example' }, { aud: undefined }, { iss: undefined }])
      expect((await refusalOf(app.authenticate(hs({ ...right, ...wrong })))).code).toBe('unauthenticated')
  })
})

describe('claims', () => {
  test.each([
    [{ sub: 42 }, { userId: '42' }],
    [{ userId: 'b' }, { userId: 'b' }],
    [{ sub: null, id: 7 }, { userId: '7' }],
    [{ sub: `a.b:c/d|"e f"*>` }, { userId: `a.b:c/d|"e f"*>` }],
    [
      { sub: 'ana', role: 'admin' },
      { role: 'admin', hostRole: 'admin' },
    ],
    [{ sub: 'ana', roles: ['service', 'x'] }, { role: 'service' }],
    [
      { sub: 'ana', userType: 'ADMIN' },
      { role: 'user', hostRole: 'ADMIN' },
    ],
    [
      { sub: 'ana', role: 'x'.repeat(65) },
      { role: 'user', hostRole: null },
    ],
    [{ sub: 'ana', tenant: 12 }, { tenantId: '12' }],
    [{ sub: 'ana', iat: 1_700_000_000 }, { issuedAt: 1_700_000_000 }],
    [{ sub: 'ana', name: 'x'.repeat(201) }, { name: null }],
    [
      { sub: 'ana', name: 5, picture: 'javascript:alert(1)' },
      { name: null, avatarUrl: null },
    ],
  ])('%j', async (claims, expected) => {
    const app = await appWith()
    expect((await app.authenticate(hs(claims))).actor).toMatchObject(expected)
  })

  test('their names are configured', async () => {
    const app = await appWith({ JWT_CLAIM_USER: 'uid', JWT_CLAIM_ROLE: 'kind', JWT_CLAIM_TENANT: 'org' })
    const { actor } = await app.authenticate(hs({ sub: 'no', uid: 'ana', kind: 'admin', org: 'acme' }))
    expect(actor).toMatchObject({ userId: 'ana', role: 'admin', tenantId: 'acme' })
  })
})

describe.each(algorithms)('tokens signed with %s', (alg) => {
  const { publicKey, privateKey } = pairs[alg]
  const env = { JWT_PUBLIC_KEY: pemOf(publicKey).replaceAll('\n', '\\n') }

  test('the right key passes, another of its kind does not', async () => {
    const app = await appWith(env)
    expect((await app.authenticate(jwt({ sub: 'ana' }, alg, privateKey))).actor.userId).toBe('ana')
    const token = jwt({ sub: 'ana' }, alg, privateKey)
    const forged = `${token.slice(0, token.indexOf('.') + 1)}${Buffer.from('{"sub":"eve"}').toString('base64url')}${token.slice(token.lastIndexOf('.'))}`
    expect((await refusalOf(app.authenticate(forged))).code).toBe('unauthenticated')
  })

  test('the public key is no secret: HS256 and alg none are refused', async () => {
    const app = await appWith(env)
    for (const secret of [pemOf(publicKey), pemOf(publicKey).trim(), env.JWT_PUBLIC_KEY])
      expect((await refusalOf(app.authenticate(hs({ sub: 'ana' }, secret)))).code).toBe('unauthenticated')
    expect((await refusalOf(app.authenticate(jwt({ sub: 'ana' }, 'none', '')))).code).toBe('unauthenticated')
  })
})

test('of several public keys, of one kind or of others, each is accepted with its own algorithm', async () => {
  const former = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = [former, pairs.ES256, pairs.EdDSA].map(({ publicKey }) => pemOf(publicKey)).join('\n')
  const app = await appWith({ JWT_PUBLIC_KEY: keys.replaceAll('\n', '\\n') })
  for (const [alg, key] of [
    ['ES256', former.privateKey],
    ['ES256', pairs.ES256.privateKey],
    ['EdDSA', pairs.EdDSA.privateKey],
  ] as const)
    expect((await app.authenticate(jwt({ sub: 'ana' }, alg, key))).actor.userId).toBe('ana')
  const others = [jwt({ sub: 'ana' }, 'RS256', pairs.RS256.privateKey), hs({ sub: 'ana' }, pemOf(former.publicKey))]
  for (const token of others) expect((await refusalOf(app.authenticate(token))).code).toBe('unauthenticated')
  expect(() =>
    configOf({ JWT_PUBLIC_KEY: `${keys}\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----` }),
  ).toThrow(/JWT_PUBLIC_KEY/)
  // a key that is cut off is none that goes unnoticed
  const [first, second] = [former, pairs.EdDSA].map(({ publicKey }) => pemOf(publicKey).trim())
  for (const cut of [second!.slice(0, 60), second!.slice(0, -10), second!.slice(10)])
    expect(() => configOf({ JWT_PUBLIC_KEY: `${first}\n${cut}` })).toThrow(/JWT_PUBLIC_KEY has a key that is cut off/)
  expect(() => configOf({ JWT_PUBLIC_KEY: `${second!.slice(0, -10)}\n${first}` })).toThrow(/cut off/)
})

test('the key decides the one algorithm: others of its family are refused too', async () => {
  const input = ['{"alg":"HS512"}', '{"sub":"ana"}'].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const hs512 = `${input}.${createHmac('sha512', DEVELOPMENT_SECRET).update(input).digest('base64url')}`
  expect((await refusalOf((await appWith()).authenticate(hs512))).message).toMatch(/algorithm/)
  const rsInput = ['{"alg":"RS512"}', '{"sub":"ana"}'].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const rs512 = `${rsInput}.${signBytes('sha512', Buffer.from(rsInput), pairs.RS256.privateKey).toString('base64url')}`
  const app = await appWith({ JWT_PUBLIC_KEY: pemOf(pairs.RS256.publicKey) })
  expect((await refusalOf(app.authenticate(rs512))).message).toMatch(/algorithm/)
})

describe('a key set', () => {
  async function provider(answer: () => { status?: number; keys?: unknown }) {
    let requests = 0
    const server = createServer((_request, response) => {
      requests++
      const { status = 200, ...body } = answer()
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({ close: () => server.closeAllConnections() }, server)
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys?v=1`,
      requests: () => requests,
    }
  }
  const jwk = (alg: (typeof algorithms)[number], kid: string) => ({
    ...pairs[alg].publicKey.export({ format: 'jwk' }),
    kid,
    use: 'sig',
  })
  const keys = algorithms.map((alg) => jwk(alg, `key-${alg}`))

  test('serves every kind of key from one request, and no unknown one', async () => {
    const { url, requests } = await provider(() => ({
      keys: [...keys, { kty: 'oct', kid: 'shared', k: Buffer.from('secret').toString('base64url') }, null],
    }))
    const app = await appWith({ JWT_JWKS_URL: url })
    for (const alg of algorithms) {
      const token = jwt({ sub: alg }, alg, pairs[alg].privateKey, { kid: `key-${alg}` })
      expect((await app.authenticate(token)).actor.userId).toBe(alg)
      expect((await app.authenticate(jwt({ sub: 'x' }, alg, pairs[alg].privateKey))).actor.userId).toBe('x')
    }
    const forged = [
      jwt({ sub: 'eve' }, 'HS256', 'secret', { kid: 'shared' }),
      jwt({ sub: 'eve' }, 'HS256', pemOf(pairs.RS256.publicKey), { kid: 'key-RS256' }),
      jwt({ sub: 'eve' }, 'none', '', { kid: 'key-RS256' }),
      jwt({ sub: 'eve' }, 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, {
        kid: 'key-RS256',
      }),
    ]
    for (const token of forged) expect((await refusalOf(app.authenticate(token))).code).toBe('unauthenticated')
    for (let i = 0; i < 20; i++) {
      const token = jwt({ sub: 'eve' }, 'RS256', pairs.RS256.privateKey, { kid: `guess-${i}` })
      expect((await refusalOf(app.authenticate(token))).message).toMatch(/key that is not known/)
    }
    expect(requests()).toBe(1)
  })

  test('finds a key that the provider added', async () => {
    let published = [jwk('RS256', 'old')]
    const { url } = await provider(() => ({ keys: published }))
    const set = createKeySet(url, { cooldownMs: 0 })
    await set.find({ kid: 'old', alg: 'RS256' })
    published = [jwk('ES256', 'new')]
    await expect(set.find({ kid: 'new', alg: 'ES256' })).resolves.toContain('PUBLIC KEY')
    await expect(set.find({ kid: 'old', alg: 'RS256' })).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('an outage is unavailable, not a refusal, and does not touch known keys', async () => {
    let status = 500
    const { url } = await provider(() => ({ status, keys }))
    const app = await appWith({ JWT_JWKS_URL: url })
    const token = jwt({ sub: 'ana' }, 'ES256', pairs.ES256.privateKey, { kid: 'key-ES256' })
    expect((await refusalOf(app.authenticate(token))).code).toBe('unavailable')
    const set = createKeySet(url, { cooldownMs: 0 })
    status = 200
    await set.find({ kid: 'key-ES256', alg: 'ES256' })
    status = 500
    await expect(set.find({ kid: 'key-ES256', alg: 'ES256' })).resolves.toContain('PUBLIC KEY')
  })
})

describe('REST', () => {
  test('requireActor reads the Authorization header', async () => {
    const app = await appWith()
    const get = (authorization?: string) =>
      app.inject({ url: '/me', headers: authorization === undefined ? {} : { authorization } })
    expect((await get(`bearer ${hs({ sub: 'ana' })}`)).json()).toMatchObject({ userId: 'ana' })
    const none = await get()
    expect(none.statusCode).toBe(401)
    expect(none.headers['www-authenticate']).toBe('Bearer')
    expect(none.json()).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining('No token') })
    expect((await get('Basic YTpi')).json().detail).toContain('must read: Bearer')
    expect((await get('Bearer ')).statusCode).toBe(401)
  })

  test('a development token is accepted, with configured claims, issuer and audience', async () => {
    const env = { JWT_CLAIM_USER: 'uid', JWT_ISSUER: 'me', JWT_AUDIENCE: 'parley', JWT_SECRET: 's'.repeat(32) }
    const app = await appWith(env)
    const token = signDevelopmentToken({ userId: 'ana', role: 'provider', tenant: 't1', name: 'Ana' }, configOf(env))
    const { actor, expiresAt } = await app.authenticate(token)
    expect(actor).toMatchObject({ userId: 'ana', hostRole: 'provider', tenantId: 't1', name: 'Ana' })
    expect(expiresAt).toBeGreaterThan(Date.now())
  })

  test('production never verifies with the development secret', async () => {
    const config = { ...configOf(), NODE_ENV: 'production' as const }
    const app = createHttpApp({ log: createLogger({ name: 'test', level: 'silent' }) })
    await expect(async () => app.register(identity, { config })).rejects.toThrow(/refused in production/)
    expect(() => signDevelopmentToken({ userId: 'ana' }, config)).toThrow(/production/)
  })
})

test('with too many tokens the ones that are used are remembered, and only the most silent is verified again', async () => {
  const app = await appWith()
  const verify = vi.spyOn(app.jwt, 'verify')
  const tokens = Array.from({ length: 5_001 }, (_, i) => hs({ sub: `user-${i}` }))
  for (const token of tokens.slice(0, -1)) await app.authenticate(token)
  const [first, second] = tokens
  await app.authenticate(first)
  await app.authenticate(tokens.at(-1))
  expect(verify).toHaveBeenCalledTimes(5_001)
  for (const token of [first, ...tokens.slice(2)]) await app.authenticate(token)
  expect(verify).toHaveBeenCalledTimes(5_001)
  await app.authenticate(second)
  expect(verify).toHaveBeenCalledTimes(5_002)
})
