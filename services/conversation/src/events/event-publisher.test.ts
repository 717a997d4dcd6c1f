import { createInProcessBus, type Delivery } from '@parley/bus'
import { EVENT_STREAM, type LiveEntry, type Message, subjects } from '@parley/contracts'
import { expect, test } from 'vitest'
import { committedChange } from '../domain/changes/committed-change.ts'
import { Epochs } from '../domain/epochs.ts'
import { createEventPublisher, eventStream } from './event-publisher.ts'

const conversationId = '019a4000-0000-7000-8000-000000000001'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const changeOf = (seq: number) =>
  committedChange(
    { tenantId: 'acme', conversationId, head: { seq, rev: 0 }, at: new Date().toISOString() },
    { type: 'message.created', message: { id: `m${seq}`, conversationId, seq } as Message },
    { version: null, userIds: ['ana'] },
  )

test('what is told of a change that is traced says to which trace it belongs, live and in the header of its event', async () => {
  await using bus = createInProcessBus()
  await bus.ensureStream(eventStream)
  const heard: Delivery[] = []
  const consumer = { stream: EVENT_STREAM, name: 'test', filter: subjects.allEvents }
  await bus.consume(consumer, async (delivery) => void heard.push(delivery))
  const told: LiveEntry[] = []
  const published: string[] = []
  const publisher = createEventPublisher({
    bus,
    epochs: new Epochs(),
    live: { publish: (entries) => void told.push(...entries), forget() {}, async start() {}, async close() {} },
    meter: { committed() {}, published: (how, events) => void published.push(`${how} ${events}`) },
    onAcknowledged() {},
    onUnacknowledged() {},
  })
  const changes = [{ ...changeOf(1), traceparent }, changeOf(2)]
  publisher.committed({ eventId: 1, changes, personal: [], hints: [] })
  await expect.poll(() => published).toEqual(['acknowledged 2'])
  expect(heard.map(({ headers }) => headers.traceparent)).toEqual([traceparent, undefined])
  const traces = new Set(told.map(({ seq, traceparent }) => `${seq} ${traceparent}`))
  expect(traces).toEqual(new Set([`1 ${traceparent}`, '2 undefined']))
})

test('events gather for a moment and go to the stream in order; what still waits goes at once when nothing may wait', async () => {
  const published: number[][] = []
  const live: number[] = []
  const acknowledged: number[] = []
  const publisher = createEventPublisher({
    bus: {
      ...createInProcessBus(),
      publishDurable: async (messages) => void published.push(messages.map(({ id }) => Number(id.split(':')[1]))),
    },
    epochs: new Epochs(),
    live: {
      publish: (entries) => void live.push(...entries.map(({ seq }) => seq)),
      forget() {},
      async start() {},
      async close() {},
    },
    meter: { committed() {}, published() {} },
    onAcknowledged: (eventId) => void acknowledged.push(eventId),
    onUnacknowledged() {},
  })
  const commit = (seq: number) =>
    publisher.committed({ eventId: seq, changes: [changeOf(seq)], personal: [], hints: [] })
  commit(1)
  commit(2)
  expect(live).toEqual([1, 2])
  expect(published).toEqual([])
  await expect.poll(() => acknowledged).toEqual([1, 2])
  commit(3)
  await publisher.flush()
  expect(published).toEqual([[1], [2], [3]])
  expect(acknowledged).toEqual([1, 2, 3])
})
