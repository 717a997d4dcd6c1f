import { ParleyError } from '@parley/contracts'
import { currentTrace, startTracing, traceIdOf } from '@parley/tracing'
import { expect, test } from 'vitest'
import type { Delivery } from './bus.ts'
import { durableConsumer, type PendingReading } from './durable-consumer.ts'
import { createInProcessBus } from './in-process.ts'

const STREAM = { name: 'S', subjects: ['s.>'], maxAgeMs: 60_000, maxBytes: 1_000_000 }

async function scene(
  handle: (delivery: Delivery) => Promise<void>,
  setAside: (id: string) => void = () => {},
  bus = createInProcessBus(),
) {
  const aside: string[] = []
  const lines: object[] = []
  const readings: PendingReading[] = []
  const consumer = durableConsumer({
    ...{ bus, stream: STREAM, name: 'c', filter: 's.>', handle },
    setAside({ id }) {
      setAside(id)
      aside.push(id)
    },
    describe: ({ subject }) => ({ subject }),
    log: { info: () => {}, warn: () => {}, error: (fields) => lines.push(fields) },
    show: (reading) => readings.push(reading),
  })
  await consumer.start()
  return {
    ...{ bus, consumer, aside, lines },
    pending: () => readings[0]!.read(),
    /** Resolves to whether it is done with. */
    publish: (id: string) =>
      bus.publishDurable([{ subject: 's.made', id, headers: {}, body: Buffer.from('words') }]).then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose](),
  }
}

const outcomes = async (times: number, publish: () => Promise<boolean>) => {
  const found: boolean[] = []
  for (let i = 0; i < times; i++) found.push(await publish())
  return found
}

test('what fails five times goes aside, and what comes after it does not wait', async () => {
  await using all = await scene(async ({ id }) => {
    if (id === 'poison') throw new Error('on purpose')
  })
  expect(await outcomes(4, () => all.publish('poison'))).toEqual([false, false, false, false])
  expect(await all.pending()).toBe(1)
  expect(await all.publish('good')).toBe(true)
  expect(all.aside).toEqual([])
  expect(await all.publish('poison')).toBe(true)
  expect(all.aside).toEqual(['poison'])
  expect(await all.pending()).toBe(0)
  expect(all.lines).toMatchObject([{ consumer: 'c', delivery: 'poison', subject: 's.made' }])
  expect(JSON.stringify(all.lines)).not.toContain('words')
})

test('processes that share the work count what the others have tried, unless something was out of reach', async () => {
  const failing = async ({ id, attempt }: Delivery) => {
    throw id === 'late' && attempt < 5 ? new ParleyError('unavailable', 'Out of reach') : new Error('on purpose')
  }
  await using one = await scene(failing)
  await using other = await scene(failing, undefined, one.bus)
  expect(await outcomes(5, () => one.publish('poison'))).toEqual([false, false, false, false, true])
  expect(await outcomes(8, () => one.publish('late'))).not.toContain(true)
  expect([...one.aside, ...other.aside]).toEqual(['poison'])
})

test('what can never be applied goes aside at once', async () => {
  await using all = await scene(async () => {
    throw new ParleyError('invalid_input', 'This cannot be')
  })
  expect(await all.publish('wrong')).toBe(true)
  expect(all.lines).toMatchObject([{ reason: 'This cannot be' }])
})

test('what is out of reach is tried on, and does not count', async () => {
  let tries = 0
  await using all = await scene(async () => {
    tries++
    if (tries === 20) return
    throw tries > 16 ? new Error('on purpose') : new ParleyError('unavailable', 'Out of reach')
  })
  expect(await outcomes(20, () => all.publish('late'))).toEqual([...Array(19).fill(false), true])
  expect(all.aside).toEqual([])
})

test('what cannot be put aside comes again', async () => {
  let isFull = true
  const failing = async () => {
    throw new ParleyError('invalid_input', 'This cannot be')
  }
  await using all = await scene(failing, () => {
    if (isFull) throw new Error('no room')
  })
  expect(await all.publish('wrong')).toBe(false)
  isFull = false
  expect(await all.publish('wrong')).toBe(true)
  expect(all.aside).toEqual(['wrong'])
})

test('a consumer that was closed waits for what is at work, and takes no more', async () => {
  const done: string[] = []
  let begun = () => {}
  const isAtWork = new Promise<void>((resolve) => {
    begun = resolve
  })
  let end = () => {}
  const isToEnd = new Promise<void>((resolve) => {
    end = resolve
  })
  await using all = await scene(async ({ id }) => {
    begun()
    await isToEnd
    done.push(id)
  })
  const first = all.publish('one')
  await isAtWork
  const closing = all.consumer.close().then(() => done.push('closed'))
  await all.publish('two')
  end()
  await Promise.all([first, closing])
  expect(done).toEqual(['one', 'closed'])
})

test('what belongs to a trace is handled as a part of it', async () => {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_SAMPLER_ARG: 0 }
  await using _tracing = await startTracing(settings, 'test')
  const traces: (string | undefined)[] = []
  await using world = await scene(async () => void traces.push(currentTrace()))
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const publish = (id: string, headers: Record<string, string>) =>
    world.bus.publishDurable([{ subject: 's.made', id, headers, body: Buffer.from('words') }])
  await publish('1', { traceparent })
  await publish('2', {})
  await publish('3', { traceparent: 'nonsense' })
  expect(traces.map((trace) => trace && traceIdOf(trace))).toEqual([traceIdOf(traceparent), undefined, undefined])
  expect(traces[0]).not.toBe(traceparent)
})
