import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { CatchingUp } from './catching-up.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A page that is behind, before a server that fails so. */
function scene(failure: RequestFailure | null) {
  const asked: number[] = []
  const shown: boolean[] = []
  const server = { failure, connected: true }
  const catching = new CatchingUp({
    async ask() {
      asked.push(Date.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 10))
      return server.failure
    },
    connected: () => server.connected,
    onChange: (isCatchingUp) => shown.push(isCatchingUp),
  })
  const began = Date.now()
  return { catching, asked, shown, server }
}

test('while the server is away it is asked at growing intervals, once, however often something is said to be missed', async () => {
  const { catching, asked, shown, server } = scene(new RequestFailure('unavailable', 'away'))
  for (let i = 0; i < 20; i++) {
    void catching.ask()
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await vi.advanceTimersByTimeAsync(100_000)
  expect(asked).toEqual([0, 2_010, 6_020, 14_030, 30_040, 62_050])
  server.failure = null
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveLength(7)
  expect(shown.at(-1)).toBe(false)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(asked).toHaveLength(7)
})

test('it waits as long as the server wants, and not at all where there is another connection', async () => {
  const { catching, asked, server } = scene(new RequestFailure('rate_limited', 'later', 30_000))
  void catching.ask()
  await vi.advanceTimersByTimeAsync(29_000)
  expect(asked).toEqual([0])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toEqual([0, 30_010])
  server.failure = null
  void catching.askAnew()
  await vi.advanceTimersByTimeAsync(10)
  expect(asked).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(asked).toHaveLength(3)
})

test('what is missed while it is being asked is asked for after that, once; where the connection goes the next one asks', async () => {
  const { catching, asked, server } = scene(null)
  void catching.ask()
  await vi.advanceTimersByTimeAsync(5)
  void catching.ask()
  void catching.ask()
  await vi.advanceTimersByTimeAsync(100)
  expect(asked).toEqual([0, 10])
  server.failure = new RequestFailure('disconnected', 'gone')
  void catching.ask()
  await vi.advanceTimersByTimeAsync(100)
  server.connected = false
  await vi.advanceTimersByTimeAsync(600_000)
  expect(asked).toHaveLength(3)
})
