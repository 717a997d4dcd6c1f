import { type TSchema, Type } from 'typebox'
import { expect, test } from 'vitest'
import { MessageBody } from '../shapes/message.ts'
import { Nothing } from '../shapes/nothing.ts'
import { UserBody } from '../shapes/user.ts'
import { admin } from './admin.ts'
import { chat } from './chat.ts'
import { edge } from './edge.ts'
import { host } from './host.ts'
import { type HttpRoute, httpRoutes } from './http-route.ts'
import { defineRpc, type Operation, type Procedure } from './operation.ts'

const contracts = [chat, host, admin, edge]
const routes = contracts.flatMap((contract) => httpRoutes(contract))
const routeOf = (operationId: string) => routes.find((route) => route.operationId === operationId)!
const fields = (schema: TSchema | undefined) => schema && Object.keys((schema as { properties: object }).properties)
const nothingSent = { params: {}, query: {}, body: undefined, key: undefined }

test('no two routes, operations or events are the same', () => {
  const events = contracts.flatMap(({ procedures }) =>
    Object.values<Procedure>(procedures).flatMap(({ socket }) => socket ?? []),
  )
  for (const names of [
    // whatever their parameters are called
    routes.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`),
    routes.map(({ operationId }) => operationId),
    events,
  ])
    expect(names.length).toBe(new Set(names).size)
})

test('the fields of the path are parameters, and the others the query of a reading call or the body of a writing one', () => {
  const shapes = ({ params, query, body }: HttpRoute) => [fields(params), fields(query), fields(body)]
  expect(shapes(routeOf('getMe'))).toEqual([undefined, undefined, undefined])
  expect(shapes(routeOf('getMessage'))).toEqual([['messageId'], undefined, undefined])
  expect(shapes(routeOf('listParticipants'))).toEqual([['conversationId'], ['limit', 'cursor'], undefined])
  expect(shapes(routeOf('editMessage'))).toEqual([['messageId'], undefined, ['content']])
  expect(shapes(routeOf('blockUser'))).toEqual([['userId'], undefined, undefined])
  expect(shapes(routeOf('deleteMessage'))).toEqual([['messageId'], ['for'], undefined])
})

test('a body is refused a field that it does not name, and is the named schema where it says the same', () => {
  expect(routeOf('editMessage').body).toMatchObject({ additionalProperties: false, required: ['content'] })
  expect(JSON.stringify(routeOf('sendMessage').body)).toBe(JSON.stringify(MessageBody))
  expect(JSON.stringify(routeOf('upsertUser').body)).toBe(JSON.stringify(UserBody))
  expect(routeOf('sendMessage').params).toMatchObject({ required: ['conversationId'] })
})

test('an input is put together of what the schemas have checked, and of nothing else', () => {
  const params = { messageId: 'm1', more: 1 }
  expect(routeOf('getMessage').toInput({ ...nothingSent, params, query: { q: 1 }, body: { b: 1 } })).toEqual({
    messageId: 'm1',
  })
  expect(routeOf('deleteMessage').toInput({ ...nothingSent, params, query: { for: 'me', q: 1 } })).toEqual({
    messageId: 'm1',
    for: 'me',
  })
  expect(routeOf('editMessage').toInput({ ...nothingSent, params, body: { content: 'new' } })).toEqual({
    messageId: 'm1',
    content: 'new',
  })
})

test('the Idempotency-Key header counts where the body has no clientId, and only where there may be one', () => {
  const body = { kind: 'direct', participants: [] }
  const asked = (clientId?: string) =>
    routeOf('createConversation').toInput({
      ...nothingSent,
      body: { ...body, ...(clientId !== undefined && { clientId }) },
      key: 'header',
    })
  expect(asked()).toEqual({ ...body, clientId: 'header' })
  expect(asked('body')).toEqual({ ...body, clientId: 'body' })
  expect(routeOf('editMessage').toInput({ ...nothingSent, body: { content: 'x' }, key: 'header' })).toEqual({
    content: 'x',
  })
  const taking = routes.filter(({ takesKey }) => takesKey).map(({ operationId }) => operationId)
  expect(taking).toEqual([
    ...['createConversation', 'sendMessage', 'sendMessageTo', 'forwardMessage', 'actOnMessage', 'report'],
    'scheduleMessage',
  ])
})

test('the status follows from the output', () => {
  const send = routeOf('sendMessage')
  expect(Object.keys(send.replies)).toEqual(['200', '201'])
  expect(send.toReply({ message: { id: 'm1' }, created: true })).toEqual({ status: 201, body: { id: 'm1' } })
  expect(send.toReply({ message: { id: 'm1' }, created: false })).toEqual({ status: 200, body: { id: 'm1' } })
  expect(routeOf('getMe').toReply({ userId: 'ana' })).toEqual({ status: 200, body: { userId: 'ana' } })
  expect(routeOf('blockUser').toReply({})).toEqual({ status: 204, body: null })
  expect(routeOf('broadcast').toReply({ id: 'b1' })).toEqual({ status: 201, body: { id: 'b1' } })
})

test('a route may be about one of a list', () => {
  const one = routeOf('upsertUser')
  expect(fields(one.params)).toEqual(['userId'])
  expect(one.toInput({ ...nothingSent, params: { userId: 'ana' }, body: { locale: 'pt' } })).toEqual({
    users: [{ userId: 'ana', locale: 'pt' }],
  })
  expect(one.toReply({ data: [{ user: { userId: 'ana' }, created: true }] })).toEqual({
    status: 201,
    body: { userId: 'ana' },
  })
})

test('a binding that does not fit its operation is refused', () => {
  const bound = (more: Partial<Operation>) =>
    httpRoutes(
      defineRpc('test', {
        one: {
          summary: 'One',
          tag: 'test',
          input: Type.Object({ a: Type.String() }),
          output: Nothing,
          errors: [],
          ...more,
        },
      }),
    )
  expect(() => bound({ http: 'GET /things/:b' })).toThrow('names b, which is no field')
  expect(() => bound({ http: 'GET /things/:a', returns: 'thing' })).toThrow('without the field thing')
  expect(() => bound({ http: { route: 'PUT /things/:a', oneOf: 'a' } })).toThrow('Not the schema of a list')
  expect(() => bound({ http: { route: 'PUT /things/:a', without: ['b'] } })).toThrow('names b, which is no field')
})
