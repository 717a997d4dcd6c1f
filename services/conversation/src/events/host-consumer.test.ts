import { PassThrough } from 'node:stream'
import { createInProcessBus } from '@parley/bus'
import { ParleyError, subjects } from '@parley/contracts'
import { countSetAside, createLogger, createMetrics } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createHostConsumer } from './host-consumer.ts'

test('a context that cannot be applied is named in the log and counted, and the others are applied', async () => {
  const destination = new PassThrough()
  const metrics = createMetrics()
  const accepted: unknown[] = []
  await using bus = createInProcessBus()
  const consumer = createHostConsumer({
    bus,
    log: createLogger({ name: 'test', level: 'error', destination }),
    setAside: countSetAside(metrics),
    accept: async (tenantId, context) => {
      if (context.id === 'refused') throw new ParleyError('invalid_input', 'This cannot be')
      accepted.push([tenantId, context.id])
      return undefined as never
    },
  })
  const count = async () => /parley_set_aside_total\{what="host_context"\} (\d+)/.exec(await metrics.metrics())?.[1]
  expect(await count()).toBe('0')
  await consumer.start()
  const tell = (tenantId: string, body: unknown) =>
    bus.publishDurable([
      {
        subject: subjects.hostContext(tenantId),
        id: crypto.randomUUID(),
        headers: {},
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      },
    ])
  const members = [{ userId: 'ana', role: 'customer' }]
  await tell('acme', { type: 'booking', id: '7', version: 1, members })
  await tell('acme', { type: 'booking', id: 'B-1', version: 4, members: [{ userId: 'in confidence' }] })
  await tell('acme', { type: 'booking', id: 'refused', version: 5, members })
  await tell('No-Tenant', { type: 'booking', id: 'B-2', members })
  await tell('acme', 'not json')
  await consumer.close()
  expect(accepted).toEqual([['acme', '7']])
  expect(await count()).toBe('4')
  const lines = String(destination.read()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { tenantId: 'acme', context: { type: 'booking', id: 'B-1', version: '4' } },
    { tenantId: 'acme', context: { type: 'booking', id: 'refused', version: '5' }, reason: 'This cannot be' },
    { tenantId: 'No-Tenant', context: { type: 'booking', id: 'B-2' } },
    { tenantId: 'acme', context: {} },
  ])
  expect(lines.join()).not.toContain('in confidence')
})
