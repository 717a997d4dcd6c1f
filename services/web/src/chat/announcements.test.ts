import { expect, test } from 'vitest'
import { browserStorage } from '../identity/browser-storage.ts'
import { memoryStorage } from '../identity/memory-storage.ts'
import { Announcements } from './announcements.ts'
import { createChatStore } from './chat-store.ts'

const now = Date.parse('2026-05-14T10:00:00.000Z')
const said = (id: string, daysAgo: number) => ({
  id,
  title: null,
  content: id,
  link: null,
  at: new Date(now - daysAgo * 86_400_000).toISOString(),
})

const emptyStorage = () => {
  const held = memoryStorage()
  return browserStorage(() => held)
}

function page(storage = emptyStorage()) {
  const store = createChatStore()
  const announcements = new Announcements({
    store,
    list: async () => ({
      data: [said('new', 0), said('older', 2), said('ancient', 20)],
      hasMore: false,
      nextCursor: null,
    }),
    storage: () => storage,
    now: () => now,
  })
  return { announcements, shown: () => store.getState().broadcasts.map(({ id }) => id) }
}

test('what was said lately is there after a reload, in the order in which it was said', async () => {
  const { announcements, shown } = page()
  await announcements.load()
  expect(shown()).toEqual(['older', 'new'])
})

test('what is heard while they are listed stands behind them', async () => {
  const { announcements, shown } = page()
  const listed = announcements.load()
  announcements.hear(said('just now', -0.01))
  await listed
  expect(shown()).toEqual(['older', 'new', 'just now'])
})

test('what was put away is shown again to who asks for it', async () => {
  const { announcements, shown } = page()
  await announcements.load()
  announcements.dismiss('older')
  await announcements.showAgain(['older', 'gone'])
  expect(shown()).toContain('older')
})

test('what was put away stays away, when it is listed and when it is heard again', async () => {
  const storage = emptyStorage()
  const first = page(storage)
  await first.announcements.load()
  first.announcements.dismiss('older')
  expect(first.shown()).toEqual(['new'])
  const second = page(storage)
  await second.announcements.load()
  second.announcements.hear(said('older', 2))
  expect(second.shown()).toEqual(['new'])
})

test('a storage that holds something else is as if it were empty', async () => {
  const storage = emptyStorage()
  storage.set('dismissed-broadcasts', '{"a":')
  const { announcements, shown } = page(storage)
  await announcements.load()
  expect(shown()).toContain('new')
})
