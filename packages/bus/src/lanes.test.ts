import { shardOf } from '@parley/contracts'
import { expect, test, vi } from 'vitest'
import { actor, manyKeys } from '../test/rpc-world.ts'
import type { Bus } from './bus.ts'
import { createInProcessBus } from './in-process.ts'
import { createLanes } from './lanes.ts'
import type { Replicas } from './replicas.ts'
import { connectionLost, nobodyServes } from './unavailable.ts'

/** Two keys whose calls share a lane, of however few. */
const [keyOfA, keyOfB] = manyKeys.filter((key) => shardOf(key) % 4 === 0)

interface Request {
  subject: string
  /** The inputs of its calls. */
  inputs: string[]
  /** Answers these with their own input, in one part. */
  answer(...inputs: string[]): void
  reject(err: unknown): void
}

/** Lanes over a bus whose servers the test plays; calls that begin with the same letter have the same key. */
function scene() {
  const requests: Request[] = []
  let target: string | undefined = 'one'
  const listeners = new Set<() => void>()
  const requestParts: Bus['requestParts'] = (subject, body, { onPart }) =>
    new Promise((resolve, reject) => {
      const inputs: string[] = JSON.parse(new TextDecoder().decode(body)).items.map(
        ({ input }: { input: string }) => input,
      )
      const answer = (...answered: string[]) => {
        const items = answered.map((input) => [inputs.indexOf(input), { ok: true, data: input }])
        if (onPart(new TextEncoder().encode(JSON.stringify({ items })))) resolve()
      }
      requests.push({ subject, inputs, answer, reject })
    })
  const bus: Bus = Object.create(createInProcessBus(), { requestParts: { value: requestParts } })
  const replicas: Replicas = {
    forLane: () => target,
    count: 1,
    next: () => target,
    forget() {},
    onGone(_, listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {},
  }
  const call = createLanes(bus, {
    ...{ subject: 'sub', timeoutMs: 60_000, replicas },
    batchKey: (_, input) => ((input as string).startsWith('A') ? keyOfA! : keyOfB!),
  })
  return {
    requests,
    send: (input: string) => call(actor, input).catch(({ code }) => code),
    /** The next request that is made. */
    async next(): Promise<Request> {
      const known = requests.length
      await vi.waitFor(() => expect(requests.length).toBeGreaterThan(known), { interval: 1, timeout: 20_000 })
      return requests[known]!
    },
    /** Nobody is known any more. It said good-bye where `told` is false: what it has is still its. */
    lose(told = true) {
      target = undefined
      if (told) for (const listener of [...listeners]) listener()
    },
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

test('calls whose replica falls silent, and whose connection then goes, are made once more, and the next of their keys are not held up', async () => {
  const { requests, send, next, lose } = scene()
  const calls = [send('A1'), send('B1')]
  await next()
  lose()
  const second = await next()
  expect(second.inputs).toEqual(['A1', 'B1'])
  for (const { reject } of [...requests]) reject(connectionLost('gone'))
  const third = await next()
  await settled()
  expect(requests.slice(2).map(({ inputs }) => inputs)).toEqual([['A1', 'B1']])
  third.answer('A1')
  await settled()
  third.answer('B1')
  expect(await Promise.all(calls)).toEqual(['A1', 'B1'])
  const later = [send('A2'), send('B2')]
  ;(await next()).answer('A2', 'B2')
  expect(await Promise.all(later)).toEqual(['A2', 'B2'])
})

test('a late answer of the replica that was silent is taken, and neither the failure of its request nor its calls once more harm the next', async () => {
  const { requests, send, next, lose } = scene()
  const calls = [send('A1'), send('B1')]
  const first = await next()
  lose()
  const second = await next()
  first.answer('A1')
  expect(await calls[0]).toBe('A1')
  // what is left of it is of the second request now
  first.reject(new Error('no answer in time'))
  await settled()
  second.answer('B1')
  expect(await calls[1]).toBe('B1')
  const later = [send('A2'), send('B2')]
  ;(await next()).answer('A2', 'B2')
  expect(await Promise.all(later)).toEqual(['A2', 'B2'])
  expect(requests).toHaveLength(3)
})

test('what reaches a replica that has just said good-bye is done by another', async () => {
  const { send, next, lose } = scene()
  const call = send('A1')
  const first = await next()
  lose(false)
  first.reject(nobodyServes(first.subject))
  const second = await next()
  expect([first.subject, second.subject]).toEqual(['sub.one', 'sub'])
  second.answer('A1')
  expect(await call).toBe('A1')
})

test('a clock that is put forward ends no call that waits its turn', async () => {
  const { send, next } = scene()
  const calls = [send('A1')]
  const first = await next()
  calls.push(send('A2'))
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + 600_000)
  try {
    first.answer('A1')
    ;(await next()).answer('A2')
  } finally {
    vi.restoreAllMocks()
  }
  expect(await Promise.all(calls)).toEqual(['A1', 'A2'])
})
