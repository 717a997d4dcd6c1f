import { expect, test } from 'vitest'
import { busConformance, type Parties } from '../test/bus-conformance.ts'
import { rpcConformance } from '../test/rpc-conformance.ts'
import { createInProcessBus } from './in-process.ts'

const silent = { info() {}, warn() {}, error() {} }

async function open(): Promise<Parties> {
  const bus = createInProcessBus({ log: silent })
  return { near: bus, far: bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

busConformance('in-process', open)
rpcConformance('in-process', open)

const message = (id: string) => ({ subject: 'event.made', id, headers: {}, body: new Uint8Array() })

test('an event counts as stored when every consumer has handled it', async () => {
  await using bus = createInProcessBus({ log: silent })
  await bus.ensureStream({ name: 'S', subjects: ['event.>'], maxAgeMs: 1, maxBytes: 1 })
  const handled: string[] = []
  await bus.consume({ stream: 'S', name: 'quick', filter: '>' }, async ({ id }) => void handled.push(`quick ${id}`))
  await bus.consume({ stream: 'S', name: 'slow', filter: '>' }, async ({ id }) => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    handled.push(`slow ${id}`)
  })
  await bus.publishDurable([message('a'), message('b')])
  expect(handled.sort()).toEqual(['quick a', 'quick b', 'slow a', 'slow b'])
})

test('a failed consumer makes the publish uncertain; the retry reaches only that one', async () => {
  await using bus = createInProcessBus({ log: silent })
  await bus.ensureStream({ name: 'S', subjects: ['event.>'], maxAgeMs: 1, maxBytes: 1 })
  const handled: string[] = []
  await bus.consume({ stream: 'S', name: 'good', filter: '>' }, async ({ id }) => void handled.push(`good ${id}`))
  await bus.consume({ stream: 'S', name: 'bad', filter: '>' }, async ({ id, attempt }) => {
    handled.push(`bad ${id} ${attempt}`)
    if (attempt === 1) throw new Error('on purpose')
  })
  await expect(bus.publishDurable([message('a')])).rejects.toMatchObject({ code: 'unavailable' })
  await bus.publishDurable([message('a')])
  expect(handled).toEqual(['good a', 'bad a 1', 'bad a 2'])
})
