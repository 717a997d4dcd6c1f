import perfHooks from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createMeters } from './meters.ts'
import { createMetrics } from './metrics.ts'

const gaugeIn = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])

test('the event loop is not monitored by a timer that wakes a process at rest', async () => {
  const monitor = vi.spyOn(perfHooks, 'monitorEventLoopDelay')
  const timeout = vi.spyOn(globalThis, 'setTimeout')
  const interval = vi.spyOn(globalThis, 'setInterval')
  const registry = createMetrics()
  await registry.metrics()
  for (const [options] of monitor.mock.calls) expect(options?.resolution).toBeGreaterThan(60_000)
  expect(interval).not.toHaveBeenCalled()
  for (const [, ms] of timeout.mock.calls) expect(ms).toBeGreaterThanOrEqual(500)
  vi.restoreAllMocks()
})

test('how late the event loop is stands under the usual names, and says what was since the last scrape', async () => {
  const registry = createMetrics()
  await registry.metrics()
  // A moment that holds the loop for longer than samples are apart is always seen.
  const end = performance.now() + 800
  while (performance.now() < end);
  await sleep(20)
  const late = await registry.metrics()
  expect(gaugeIn(late, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.25)
  expect(gaugeIn(late, 'nodejs_eventloop_utilization_ratio')).toBeGreaterThan(0.9)
  for (const statistic of ['', '_min', '_mean', '_stddev', '_p50', '_p90', '_p99'])
    expect(gaugeIn(late, `nodejs_eventloop_lag${statistic}_seconds`)).toBeGreaterThanOrEqual(0)
  await sleep(600)
  const quiet = await registry.metrics()
  expect(gaugeIn(quiet, 'nodejs_eventloop_lag_max_seconds')).toBeLessThan(0.25)
  expect(gaugeIn(quiet, 'nodejs_eventloop_utilization_ratio')).toBeLessThan(0.5)
})

test('what else is known of a process is there', async () => {
  const text = await createMetrics().metrics()
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_gc_duration_seconds'])
    expect(text).toContain(`# TYPE ${name} `)
})

test('what is measured when somebody looks is there, and what cannot be keeps nothing else away', async () => {
  const registry = createMetrics()
  const { show } = createMeters(registry)
  show({ name: 'parley_here', help: 'is known', read: async () => 7 })
  show({ name: 'parley_gone', help: 'is not', read: () => Promise.reject(new Error('out of reach')) })
  const text = await registry.metrics()
  expect(gaugeIn(text, 'parley_here')).toBe(7)
  expect(text).toContain('parley_gone Nan')
})

test('readings of one name are told apart by their labels', async () => {
  const registry = createMetrics()
  const { show } = createMeters(registry)
  const reading = { name: 'parley_waiting', help: 'How many wait' }
  show({ ...reading, labels: { consumer: 'one' }, read: async () => 7 })
  show({ ...reading, labels: { consumer: 'other' }, read: () => Promise.reject(new Error('out of reach')) })
  const text = await registry.metrics()
  expect(text).toContain('parley_waiting{consumer="one"} 7')
  expect(text).toContain('parley_waiting{consumer="other"} Nan')
})

test('counts are there from the start where their labels are known, and grow by what is added', async () => {
  const registry = createMetrics()
  const { count } = createMeters(registry)
  const plain = count({ name: 'parley_plain_total', help: 'Without a label' })
  const labelled = count({ name: 'parley_labelled_total', help: 'With one', label: 'what', from: ['cut', 'lost'] })
  const both = count({ name: 'parley_both_total', help: 'With two', label: ['channel', 'outcome'] })
  expect(await registry.metrics()).toContain('parley_plain_total 0')
  plain(2)
  plain(3)
  labelled(1, 'cut')
  both(1, 'email', 'accepted')
  both(1, 'email', 'accepted')
  for (let looks = 0; looks < 2; looks++) {
    const text = await registry.metrics()
    for (const line of [
      ...['parley_plain_total 5', 'parley_labelled_total{what="cut"} 1', 'parley_labelled_total{what="lost"} 0'],
      'parley_both_total{channel="email",outcome="accepted"} 2',
    ])
      expect(text).toContain(line)
  }
})

test('distributions are histograms as Prometheus has them: each bucket counts all that is no more than it', async () => {
  const registry = createMetrics()
  const { measure } = createMeters(registry)
  const plain = measure({ name: 'parley_seconds', help: 'How long', buckets: [0.1, 1] })
  const labelled = measure({ name: 'parley_items', help: 'How many', label: 'of', buckets: [1, 10] })
  expect(await registry.metrics()).toContain('parley_seconds_count 0')
  for (const seconds of [0.1, 0.5, 3]) plain(seconds)
  labelled(10, 'reads')
  const text = await registry.metrics()
  for (const line of [
    '# TYPE parley_seconds histogram',
    ...['parley_seconds_bucket{le="0.1"} 1', 'parley_seconds_bucket{le="1"} 2', 'parley_seconds_bucket{le="+Inf"} 3'],
    ...['parley_seconds_sum 3.6', 'parley_seconds_count 3'],
    ...['parley_items_bucket{of="reads",le="1"} 0', 'parley_items_bucket{of="reads",le="10"} 1'],
  ])
    expect(text).toContain(line)
})
