import { expect, test } from 'vitest'
import type { NewHandOver } from '../ports/hand-overs.ts'
import type { StoredNotification } from '../ports/told.ts'
import { messagesRead, type ReadDeps } from './read-notifications.ts'

test('what was read elsewhere is taken back from apps; browsers are pushed nothing that they would not show', async () => {
  const stored: NewHandOver[] = []
  const told = { userId: 'ana', kind: 'message', conversationId: 'one', fromSeq: 1, toSeq: 1, pushed: true }
  const unit = {
    notifications: {
      readUpTo: async () => [{ ...told, updatedAt: '2026-01-01T00:00:00.000Z' } as unknown as StoredNotification],
      countUnread: async () => new Map(),
    },
    handOvers: { store: async (some: NewHandOver[]) => void stored.push(...some) },
  }
  const devices = [
    { channel: 'web_push', target: 'browser' },
    { channel: 'fcm', target: 'phone' },
    { channel: 'apns', target: 'tablet' },
  ]
  const deps = {
    store: { transaction: (_tenantId: string, work: (unit: unknown) => unknown) => work(unit) },
    targetsOf: async () => new Map([['ana', devices]]),
  } as unknown as ReadDeps
  await messagesRead(deps, { tenantId: 'acme', conversationId: 'one', userId: 'ana', seq: 1 })
  expect(stored.map(({ channel, target, withdraws }) => [channel, target, withdraws])).toEqual([
    ['fcm', 'phone', true],
    ['apns', 'tablet', true],
  ])
})
