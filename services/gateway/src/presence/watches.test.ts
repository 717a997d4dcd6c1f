import type { Edge } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import { expect, test, vi } from 'vitest'
import type { ChatSocket } from '../io.ts'
import { Watches } from './watches.ts'

const log = { info() {}, warn() {} } as unknown as Logger
const person = (userId: string) => ({ tenantId: 'acme', userId })

/** A socket of ana's, what it heard, and of whom the conversation service says that she may know. */
function scene() {
  const heard: string[] = []
  const seen = new Set(['ben'])
  const socket = {
    connected: true,
    data: { actor: { tenantId: 'acme', userId: 'ana' } },
    emit: (_event: string, { userId, state }: { userId: string; state: string }) => heard.push(`${userId} ${state}`),
  } as unknown as ChatSocket
  const watches = new Watches({
    edge: {
      presenceSeen: async (_actor: unknown, { userIds }: { userIds: string[] }) => ({
        seen: userIds.filter((userId) => seen.has(userId)).map((userId) => ({ userId, lastSeenAt: null })),
      }),
    } as unknown as Pick<Edge, 'presenceSeen'>,
    registry: { listenTo: () => new Promise((resolve) => setImmediate(resolve)) },
    statesOf: async (people) => people.map(() => 'active' as const),
    log,
  })
  const goes = () => watches.changed({ ...person('ben'), standing: null, at: Date.now() })
  return { watches, socket, seen, heard, goes }
}

test('who asks twice at once hears of each change once, and of nothing more when they may not know of it or have gone', async () => {
  const { watches, socket, seen, heard, goes } = scene()
  const both = await Promise.all([watches.watch(socket, ['ben'], false), watches.watch(socket, ['ben'], false)])
  expect(both.flat().map(({ state }) => state)).toEqual(['active', 'active'])
  goes()
  expect(heard.splice(0)).toEqual(['ben offline'])
  seen.delete('ben')
  watches.doubtUser(person('ana'), [socket])
  await vi.waitFor(() => expect(heard.splice(0)).toEqual(['ben unknown']))
  goes()
  expect(heard).toEqual([])
  seen.add('ben')
  watches.doubtUser(person('ana'), [socket])
  await vi.waitFor(() => expect(heard.splice(0)).toEqual(['ben active']))
  watches.forget(socket)
  goes()
  expect(heard).toEqual([])
  watches.close()
})

test('requests beside one another stay within what one socket may hear of', async () => {
  const { watches, socket } = scene()
  const names = (from: string) => Array.from({ length: 150 }, (_, i) => `${from}-${i}`)
  const outcomes = await Promise.allSettled([
    watches.watch(socket, names('one'), false),
    watches.watch(socket, names('two'), false),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  watches.forget(socket)
})
