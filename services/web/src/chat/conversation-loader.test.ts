import type { ListConversations, Sync, SyncResult } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import type { RestApi } from '../net/rest-api.ts'
import { createChatStore } from './chat-store.ts'
import { ConversationLoader } from './conversation-loader.ts'
import { conversation } from './fixtures.ts'
import type { History } from './history.ts'

const READY = '2026-01-02T10:00:00.000Z'
const idsOf = (count: number, part: string) =>
  Array.from({ length: count }, (_, i) => `0190a000-0000-7000-${part}-${String(i).padStart(12, '0')}`)

test('whoever holds two hundred conversations finds all of a hundred and twenty that are new after an absence, once the list answers', async () => {
  const known = idsOf(200, '9000').map((id) => conversation({ id, cursor: 'now' }))
  const news = idsOf(120, 'a000').map((id) => conversation({ id, activityAt: '2026-01-02T11:00:00.000Z' }))
  const server = { list: known, isAway: false }
  const listConversations = async ({ limit = 50, cursor }: ListConversations) => {
    if (server.isAway) throw new RequestFailure('unavailable', 'away')
    const start = Number(cursor ?? 0)
    const nextCursor = start + limit < server.list.length ? String(start + limit) : null
    return { data: server.list.slice(start, start + limit), hasMore: nextCursor !== null, nextCursor }
  }
  const asked: (string | undefined)[] = []
  const sync = async ({ cursors, since }: Sync): Promise<SyncResult> => {
    asked.push(since)
    const named = new Set(cursors.map(({ conversationId }) => conversationId))
    const found = since ? server.list.filter(({ id }) => !named.has(id)) : []
    const conversations = found.slice(0, 50).map((one) => ({
      ...{ conversation: one, reset: true, messages: [], changed: [], hidden: [], participants: [], hasMore: false },
    }))
    return { conversations, gone: [], hasMore: found.length > 50, at: '2026-01-02T12:00:00.000Z' }
  }
  const store = createChatStore()
  const loader = new ConversationLoader({
    ...{ store, sync, history: {} as History, rest: { listConversations } as unknown as RestApi },
    connected: () => true,
    onRestored: () => {},
    onRefused: () => {},
  })
  await loader.afterReady(READY, undefined)
  while (store.getState().list.nextCursor) await loader.loadMore()
  expect(Object.keys(store.getState().conversations)).toHaveLength(200)

  server.list = [...news, ...known]
  server.isAway = true
  await loader.sync()
  expect(asked).toContain(READY)
  asked.length = 0
  server.isAway = false
  await loader.sync()
  expect(asked).toContain(READY)
  expect(Object.keys(store.getState().conversations)).toHaveLength(320)
})
