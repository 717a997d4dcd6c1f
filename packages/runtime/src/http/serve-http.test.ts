import { type Actor, type Api, defineRpc, ParleyError } from '@parley/contracts'
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttpApp } from '../http-app.ts'
import { createLogger } from '../logger.ts'
import { serveHttp } from './serve-http.ts'

const actor: Actor = { tenantId: 'default', userId: 'ana', role: 'user', hostRole: null, name: null, avatarUrl: null }
const Thing = Type.Object({ id: Type.String() })
const things = defineRpc('things', {
  makeThing: {
    ...{ summary: 'Make one', tag: 'things', http: 'POST /boxes/:box/things', returns: 'thing' },
    input: Type.Object(
      { box: Type.Integer(), name: Type.String(), clientId: Type.Optional(Type.String()) },
      { additionalProperties: false },
    ),
    output: Type.Object({ thing: Thing, created: Type.Boolean() }),
    errors: ['not_found'],
  },
})
const others = defineRpc('others', {
  getOther: {
    ...{ summary: 'Another', tag: 'others', http: 'GET /others/:id' },
    input: Type.Object({ id: Type.String(), limit: Type.Optional(Type.Integer()) }, { additionalProperties: false }),
    output: Thing,
    errors: [],
  },
})

const asked: unknown[] = []
const thingsApi: Api<typeof things> = {
  makeThing: async (...call) => {
    asked.push(call)
    if (call[1].name === 'none') throw new ParleyError('not_found', 'No such box')
    return { thing: { id: 't1' }, created: call[1].clientId !== 'again' }
  },
}
let app: ReturnType<typeof createHttpApp>
beforeEach(async () => {
  asked.length = 0
  app = createHttpApp({ log: createLogger({ name: 'test', level: 'silent' }) })
  app.addHook('onRequest', async (request) => {
    request.actor = actor
  })
  serveHttp(app, things, thingsApi)
  serveHttp(app, others, { getOther: async (_, input) => ({ id: JSON.stringify(input) }) })
  await app.ready()
})
afterEach(() => app.close())

const make = (payload: object, headers = {}) => app.inject({ method: 'POST', url: '/boxes/7/things', payload, headers })

test('a request becomes the call of its operation, and the answer its reply', async () => {
  const made = await make({ name: 'one' })
  expect([made.statusCode, made.json()]).toEqual([201, { id: 't1' }])
  expect(asked).toEqual([[actor, { box: 7, name: 'one' }]])
  expect((await make({ name: 'one' }, { 'idempotency-key': 'again' })).statusCode).toBe(200)
  expect(asked[1]).toEqual([actor, { box: 7, name: 'one', clientId: 'again' }])
})

test('what does not fit is refused before the call, and what the call refuses is a problem', async () => {
  for (const payload of [{}, { name: 'one', colour: 'red' }, { name: 'one', box: 8 }])
    expect((await make(payload)).statusCode).toBe(422)
  expect(asked).toEqual([])
  expect((await make({ name: 'none' })).json()).toMatchObject({ code: 'not_found', status: 404 })
})

test('contracts of several services stand beside each other on one app', async () => {
  const other = await app.inject('/others/a%2Fb?limit=3')
  expect(other.json()).toEqual({ id: '{"id":"a/b","limit":3}' })
  expect((await app.inject('/others/a?limit=three')).statusCode).toBe(422)
})
