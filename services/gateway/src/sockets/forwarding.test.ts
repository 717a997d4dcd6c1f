import { type Actor, type Api, defineRpc } from '@parley/contracts'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { forwarding } from './forwarding.ts'

const Keyed = Type.Object({ clientId: Type.Optional(Type.String()) })
const contract = defineRpc('test', {
  send: {
    ...{ summary: 'Send', tag: 'test', socket: 'send_it', returns: 'thing' },
    input: Keyed,
    output: Type.Object({ thing: Type.String(), created: Type.Boolean() }),
    errors: [],
    batchKey: () => 'one',
  },
  change: { summary: 'Change', tag: 'test', socket: 'change_it', input: Keyed, output: Keyed, errors: [] },
  hidden: { input: Keyed, output: Keyed, errors: [] },
})
const actor: Actor = { tenantId: 'default', userId: 'ana', role: 'user', hostRole: null, name: null, avatarUrl: null }

test('an event makes the call of its operation, and is acknowledged what that returns', async () => {
  const asked: unknown[][] = []
  const api: Api<typeof contract> = {
    send: async (...call) => {
      asked.push(call)
      return { thing: 'sent', created: true }
    },
    change: async (...call) => {
      asked.push(call)
      return { clientId: 'changed' }
    },
    hidden: async () => ({}),
  }
  const forwards = forwarding(contract, api)
  expect([...forwards.keys()]).toEqual(['send_it', 'change_it'])
  expect(await forwards.get('send_it')!(actor, { clientId: 'mine' })).toBe('sent')
  expect(await forwards.get('change_it')!(actor, {})).toEqual({ clientId: 'changed' })
  expect(asked).toEqual([
    [actor, { clientId: 'mine' }],
    [actor, {}],
  ])
  // A batched call may be made again: it has a key, whoever chose it.
  await forwards.get('send_it')!(actor, {})
  expect(asked[2]).toEqual([actor, { clientId: expect.stringMatching(/^[0-9a-f-]{36}$/) }])
})
