import type { Me, OpenReports } from '@parley/contracts'
import { expect, test } from 'vitest'
import { createChatStore } from './chat-store.ts'
import { ana } from './fixtures.ts'
import { OwnAccount } from './own-account.ts'

/** What is asked for is answered when the test says so, in the order in which it was asked. */
function setUp() {
  const store = createChatStore()
  const waiting: ((answer: never) => void)[] = []
  const asking = <T>() => new Promise<T>((resolve) => waiting.push(resolve))
  const account = new OwnAccount({
    store,
    rest: { getMe: asking, getPolicy: asking, updateMe: asking, listSessions: asking, endSession: asking },
    countReports: asking,
    onKnown: () => {},
    onRefused: () => {},
  })
  return { store, account, answer: (index: number, answer: unknown) => waiting[index]!(answer as never) }
}

test('who somebody is and what they have chosen since is not undone by an answer from before', async () => {
  const { store, account, answer } = setUp()
  const learnt = account.learnMe()
  account.know(ana)
  const changed = account.change({ receipts: false })
  answer(1, { ...ana, receipts: false } satisfies Me)
  await changed
  answer(0, ana)
  await learnt
  expect(store.getState().me?.receipts).toBe(false)
})

test('the rules that were asked for last hold, whichever are answered last', async () => {
  const { store, account, answer } = setUp()
  const [first, second] = [account.learnPolicy(), account.learnPolicy()]
  const policy = { messages: { maxLength: 30 } }
  answer(1, policy)
  await second
  answer(0, { messages: { maxLength: 10_000 } })
  await first
  expect(store.getState().policy).toBe(policy)
})

test('reports that have been counted live meanwhile are not counted back', async () => {
  const { store, account, answer } = setUp()
  account.know({ ...ana, role: 'admin' })
  const counted = account.countReports()
  store.dispatch({ type: 'reports_counted', open: 3 })
  answer(0, { open: 2 } satisfies OpenReports)
  await counted
  expect(store.getState().openReports).toBe(3)
})
