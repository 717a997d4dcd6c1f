import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { ParleyError } from '@parley/contracts'
import type { InjectOptions } from 'fastify'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { securityHeaders } from './http/security-headers.ts'
import { createHttpApp } from './http-app.ts'
import { createLogger } from './logger.ts'

const lines: string[] = []
const log = createLogger({ name: 'test', level: 'debug', destination: { write: (line) => lines.push(line) } })
const app = createHttpApp({ log })

beforeAll(async () => {
  app.post(
    '/things',
    { schema: { body: Type.Object({ title: Type.String(), count: Type.Optional(Type.Integer()) }) } },
    async (request) => request.body,
  )
  app.get(
    '/things/:id',
    {
      schema: {
        params: Type.Object({ id: Type.String() }),
        querystring: Type.Object({
          limit: Type.Optional(Type.Integer({ minimum: 1 })),
          all: Type.Optional(Type.Boolean()),
          kind: Type.Optional(Type.Array(Type.String())),
        }),
      },
    },
    async (request) => ({ query: request.query, params: request.params }),
  )
  app.get(
    '/reply',
    {
      schema: {
        response: {
          200: Type.Object({
            any: Type.Unknown(),
            map: Type.Record(Type.String(), Type.Unknown()),
            either: Type.Union([Type.Object({ a: Type.String() }), Type.Null()]),
          }),
        },
      },
    },
    async () => ({ any: { x: [1] }, map: { k: { deep: true } }, either: { a: 'x', b: 1 }, more: 1 }),
  )
  app.get('/limited', async () => {
    throw new ParleyError('rate_limited', 'Slow down', { retryAfterMs: 1200 })
  })
  app.get('/broken', async () => {
    throw new Error('password of the database is swordfish')
  })
  app.get('/upstream', async () => {
    throw Object.assign(new Error('their 404'), { statusCode: 404 })
  })
  app.put('/things/:id/on', async (request) => ({ body: request.body ?? null }))
  app.put('/things', { schema: { body: allOptional } }, async (request) => ({ body: request.body }))
  app.patch('/things', { schema: { body: allOptional } }, async (request) => ({ body: request.body }))
  app.get('/ip', async (request) => ({ ip: request.ip }))
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => app.close())

const allOptional = Type.Object({ title: Type.Optional(Type.String()) })

const json = (payload: string): InjectOptions => ({
  method: 'POST',
  url: '/things',
  payload,
  headers: { 'content-type': 'application/json' },
})

describe('what is refused, as problem details', () => {
  test.each<[string, InjectOptions, number, string]>([
    ['malformed JSON', json('{"title":'), 400, 'malformed'],
    ['an empty body', json(''), 400, 'malformed'],
    ['__proto__', json('{"title":"a","__proto__":{"x":1}}'), 400, 'malformed'],
    ['a constructor with a prototype', json('{"title":"a","constructor":{"prototype":{"x":1}}}'), 400, 'malformed'],
    ['an unknown field', json('{"title":"a","x":1}'), 422, 'invalid_input'],
    ['a missing field', json('{}'), 422, 'invalid_input'],
    ['a number as text', json('{"title":"a","count":"1"}'), 422, 'invalid_input'],
    ['a body that is a list', json('[]'), 422, 'invalid_input'],
    ['no body', { method: 'POST', url: '/things' }, 422, 'invalid_input'],
    ['a body over 1 MiB', json(JSON.stringify({ title: 'x'.repeat(1024 * 1024) })), 413, 'payload_too_large'],
    [
      'another media type',
      { ...json('<a/>'), headers: { 'content-type': 'application/xml' } },
      415,
      'unsupported_media_type',
    ],
    ['plain text', { ...json('{}'), headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['an unknown route', { url: '/nowhere' }, 404, 'not_found'],
    ['another method', { method: 'DELETE', url: '/things' }, 404, 'not_found'],
    ['a badly encoded URL', { url: '/things/%zz' }, 400, 'malformed'],
    ['an overlong parameter', { url: `/things/${'x'.repeat(2000)}` }, 400, 'malformed'],
    ['an unknown query parameter', { url: '/things/1?x=1' }, 422, 'invalid_input'],
    ['an empty number in the query', { url: '/things/1?limit=' }, 422, 'invalid_input'],
    ['a fraction for an integer', { url: '/things/1?limit=1.5' }, 422, 'invalid_input'],
    ['__proto__ in the query', { url: '/things/1?__proto__=1' }, 422, 'invalid_input'],
    ['constructor in the query', { url: '/things/1?constructor=1' }, 422, 'invalid_input'],
  ])('%s', async (_, request, status, code) => {
    const reply = await app.inject(request)
    expect(reply.statusCode).toBe(status)
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(reply.json()).toMatchObject({
      type: `urn:parley:error:${code}`,
      title: expect.any(String),
      status,
      code,
      detail: expect.stringMatching(/.{5}/),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('invalid input says where', async () => {
    const { errors, title } = (await app.inject(json('{"title":1,"x":2}'))).json()
    expect(title).toBe('Invalid input')
    expect(errors).toContainEqual({ pointer: '/x', code: 'unknown_field', detail: 'is not a field here' })
    expect(errors).toContainEqual(expect.objectContaining({ pointer: '/title' }))
  })

  test('Retry-After is in whole seconds, rounded up', async () => {
    const reply = await app.inject('/limited')
    expect(reply.statusCode).toBe(429)
    expect(reply.headers['retry-after']).toBe('2')
  })

  test('a fault of ours is logged with its cause and says nothing of it', async () => {
    lines.length = 0
    const reply = await app.inject({ url: '/broken', headers: { 'x-request-id': 'proxy-7' } })
    expect(reply.statusCode).toBe(500)
    expect(reply.json()).toMatchObject({
      code: 'internal',
      requestId: 'proxy-7',
      detail: 'Something went wrong on our side',
    })
    expect(
      lines.some(
        (line) => line.includes('swordfish') && line.includes('"requestId":"proxy-7"') && line.includes('"level":50'),
      ),
    ).toBe(true)
    expect((await app.inject('/upstream')).statusCode).toBe(500)
  })

  test.each([
    ['nonsense', 'NONSENSE\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 413],
  ])('below HTTP: %s', async (_, sent, status) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(sent)
    let reply = ''
    for await (const chunk of socket) reply += chunk
    const [head = '', body = ''] = reply.split('\r\n\r\n')
    expect(head).toContain(`HTTP/1.1 ${status}`)
    expect(head).toContain('application/problem+json')
    for (const [name, value] of Object.entries(securityHeaders)) expect(head).toContain(`${name}: ${value}`)
    expect(JSON.parse(body)).toMatchObject({ status, code: status === 400 ? 'malformed' : 'payload_too_large' })
  })
})

describe('what is accepted', () => {
  test('a body goes through as it is', async () => {
    expect((await app.inject(json('{"title":"a","count":1}'))).json()).toEqual({ title: 'a', count: 1 })
  })

  test('query and parameters are read as their types', async () => {
    const reply = await app.inject('/things/a%2Fb%20%22?limit=5&all=true&kind=x')
    expect(reply.json()).toEqual({ query: { limit: 5, all: true, kind: ['x'] }, params: { id: 'a/b "' } })
    expect((await app.inject('/things/007?kind=x&kind=y')).json()).toEqual({
      query: { kind: ['x', 'y'] },
      params: { id: '007' },
    })
    const longest = encodeURIComponent('😀'.repeat(64))
    expect((await app.inject(`/things/${longest}`)).statusCode).toBe(200)
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded', 'text/plain'])(
    'an empty body of the type %s is none where none is needed',
    async (type) => {
      const empty = { payload: '', headers: { 'content-type': type, 'content-length': '0' } }
      expect((await app.inject({ method: 'PUT', url: '/things/1/on', ...empty })).json()).toEqual({ body: null })
      expect((await app.inject({ method: 'PATCH', url: '/things', ...empty })).json()).toEqual({ body: {} })
      expect((await app.inject({ method: 'PATCH', url: '/things' })).json()).toEqual({ body: {} })
      // To put nothing would take back all that was put.
      expect((await app.inject({ method: 'PUT', url: '/things', ...empty })).statusCode).toBeGreaterThanOrEqual(400)
      expect((await app.inject({ method: 'POST', url: '/things', ...empty })).statusCode).toBeGreaterThanOrEqual(400)
    },
  )

  test('a body without a length that turns out to be empty is none as well', async () => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(
      'PUT /things/1/on HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n' +
        'Connection: close\r\n\r\n0\r\n\r\n',
    )
    let reply = ''
    for await (const chunk of socket) reply += chunk
    expect(reply).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"body":null\}/)
  })

  test('replies lose no field', async () => {
    expect((await app.inject('/reply')).json()).toEqual({
      any: { x: [1] },
      map: { k: { deep: true } },
      either: { a: 'x', b: 1 },
      more: 1,
    })
  })
})

describe('trustProxy', () => {
  const ipSeen = async (trustProxy: string[]) => {
    const proxied = createHttpApp({ log, trustProxy })
    proxied.get('/ip', async (request) => ({ ip: request.ip }))
    const reply = await proxied.inject({ url: '/ip', headers: { 'x-forwarded-for': '6.6.6.6, 9.9.9.9' } })
    await proxied.close()
    return reply.json().ip
  }
  test('believes nobody unless told, then the named or the nearest', async () => {
    expect(await ipSeen([])).toBe('127.0.0.1')
    expect(await ipSeen(['1'])).toBe('9.9.9.9')
    expect(await ipSeen(['127.0.0.0/8', '9.9.9.9'])).toBe('6.6.6.6')
  })
})

describe('closing', () => {
  test('waits for answers, and for nobody who sent half a request or does not read', async () => {
    const closing = createHttpApp({ log })
    let begun = () => {}
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    closing.get('/slow', async () => {
      begun()
      await new Promise((resolve) => setTimeout(resolve, 500))
      return { done: true }
    })
    await closing.listen({ port: 0, host: '127.0.0.1' })
    const { port } = closing.server.address() as AddressInfo
    const half = [
      '',
      'GET /slow HTTP/1.1\r\nHo',
      'POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123',
    ].map((sent) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      socket.write(sent)
      return socket
    })
    const answer = fetch(`http://127.0.0.1:${port}/slow`)
    await isBegun
    await closing.close()
    expect(await (await answer).json()).toEqual({ done: true })
    for (const socket of half)
      expect(socket.destroyed || (await new Promise((resolve) => socket.once('close', () => resolve(true))))).toBe(true)
  })
})
