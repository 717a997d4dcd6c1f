import type { Edge } from '@parley/contracts'
import { expect, test } from 'vitest'
import { type ChatServer, userRoom } from '../io.ts'
import { createRenames } from './renames.ts'

test('many at once are asked about one after another, who is renamed again while they wait once, and one failure stops nobody', async () => {
  const asked: { userId: string; among: number }[] = []
  const told: { rooms: string[]; userId: string }[] = []
  let atOnce = 0
  let most = 0
  const acquainted: Edge['acquainted'] = async (_actor, { userId, among }) => {
    asked.push({ userId, among: among.length })
    most = Math.max(most, ++atOnce)
    await new Promise((resolve) => setTimeout(resolve, 1))
    atOnce--
    if (userId === 'broken') throw new Error('not this one')
    const userIds = userId === 'u1' ? among.filter((other) => other === 'u2') : []
    return { profile: { userId, name: 'New', avatarUrl: null }, userIds }
  }
  const local = {
    to: (rooms: string[]) => ({
      emit: (_event: string, { userId }: { userId: string }) => told.push({ rooms, userId }),
    }),
  }
  const rooms = Array.from({ length: 600 }, (_, n) => userRoom('acme', `u${n}`))
  const renames = createRenames({
    io: { local } as unknown as ChatServer,
    edge: { acquainted } as unknown as Edge,
    roomsOf: (tenantId) => (tenantId === 'acme' ? rooms : []),
    log: { warn() {} } as never,
  })
  renames.add('acme', ['broken', 'u1', 'stranger'])
  renames.add('acme', ['u1', 'stranger'])
  // nobody of this tenant is here
  renames.add('empty', ['u1'])
  await expect.poll(() => asked.length).toBe(5)
  expect(asked).toEqual([
    { userId: 'broken', among: 500 },
    { userId: 'u1', among: 499 },
    { userId: 'u1', among: 100 },
    { userId: 'stranger', among: 500 },
    { userId: 'stranger', among: 100 },
  ])
  expect(most).toBe(1)
  expect(told).toEqual([{ rooms: [userRoom('acme', 'u2'), userRoom('acme', 'u1')], userId: 'u1' }])
})
